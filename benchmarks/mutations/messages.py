"""The messages that mutants are made from: the local writer's, over the demo's documents."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from benchmarks.mutations.mutants import Known
from core.agents.generation import GenerationAgent
from core.content.documents import document_of
from core.content.instructions import instructions
from core.content.offers import offers_of
from core.content.passages import passages_of
from core.integrations.chat_model.local import build
from core.models.campaign import TONES, Brief, Tone
from core.models.content import Document, Passage
from core.models.customers import Segment
from core.models.messages import Citation, Message, TextField
from core.models.offer import Offer
from core.orchestrator.config import CONFIG, ROOT, SegmentsConfig
from core.orchestrator.prompts import read_prompts
from core.orchestrator.yaml_file import read_yaml
from core.protocols.chat_model import Material
from core.protocols.provider import ProviderContext

DAY = date(2026, 11, 7)
GOAL = "Bring customers back for a first look at the clothes for the week ahead"
_HELP = ("SRV-002", "SRV-003", "SRV-005", "POL-001", "POL-002", "SRV-009", "BRD-002", "SRV-004")
_PRODUCTS = (
    ("PRD-M-001", "PRD-W-004"), ("PRD-M-002", "PRD-W-002"), ("PRD-M-006", "PRD-W-007"),
    ("PRD-B-001", "PRD-W-009"), ("PRD-M-008", "PRD-W-001"), ("PRD-B-002", "PRD-M-009"),
    ("PRD-M-003", "PRD-W-010"), ("PRD-W-011", "PRD-M-011"),
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A message of the local writer with what it cites and may rest on."""

    name: str
    message: Message
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    offers: tuple[Offer, ...]

    def parts(self, message: Message | None = None) -> dict[TextField, str]:
        """The parts of the message, or of another in its place."""
        return {field: (message or self.message).part(field) for field in TextField}


@cache
def documents() -> dict[str, Document]:
    """The demo's documents that may be used on the day, by id; the Gold offer for its members."""
    folder = ROOT / "data" / "content" / "approved_content"
    read = (
        document_of(json.loads(path.read_text(encoding="utf-8")), anchor=DAY)
        for path in sorted(folder.glob("*.json"))
    )
    return {d.document_id: d for d in read if d.valid_on(DAY) and not instructions(d.content)}


def known() -> Known:
    """The product names and the codes of the demo."""
    every = documents().values()
    titles = [d.title for d in every if d.category == "product"]
    names = [re.sub(r"^The ", "", t).split()[0] for t in titles]
    return Known(names, sorted(o.code for o in offers_of(every) if o.code))


def written() -> Iterator[Written]:
    """A message for every offer, tone and choice of products, each in turn for a segment."""
    rules = read_yaml(CONFIG / "segments.yaml", SegmentsConfig).segments
    segments = [Segment(r.segment_id, r.name, r.rule, 100, 0.2, 90, (), r.words) for r in rules]
    agent = GenerationAgent(build(ProviderContext({}, Path())), read_prompts(CONFIG / "prompts"))
    offers = [name for name in documents() if name.startswith("PRM")]
    for place, offer in enumerate(offers):
        for tone in TONES:
            products = _PRODUCTS[(place + len(tone)) % len(_PRODUCTS)]
            helping = (_HELP[place % len(_HELP)], _HELP[(place + 3) % len(_HELP)])
            offered = [documents()[n] for n in (offer, *products, *helping)]
            segment = segments[place % len(segments)]
            yield _one(agent, segment, tone, offered)


def _one(agent: GenerationAgent, segment: Segment, tone: Tone, offered: list[Document]) -> Written:
    brief = Brief("Mutants", GOAL, offer_document_id=offered[0].document_id)
    passages = tuple(p for d in offered for p in passages_of(d))
    draft = agent.run(Material(brief, segment, tone, passages))
    cited = [documents()[n] for n in sorted({c.document_id for c in draft.citations})]
    return Written(
        f"{offered[0].document_id} {tone}",
        _filled(draft.message),
        draft.citations,
        tuple(p for d in cited for p in passages_of(d)),
        offers_of(cited),
    )


def _filled(message: Message) -> Message:
    """The message as a reader gets it, its merge field filled by the default."""
    field = re.compile(r"\{\{[^}|]*\|\s*default:\s*\"([^\"]*)\"\s*\}\}")
    return replace(
        message,
        subject=field.sub(r"\1", message.subject),
        preheader=field.sub(r"\1", message.preheader),
        body=field.sub(r"\1", message.body),
    )
