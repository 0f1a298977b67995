"""The whole journey of one campaign, station by station, with whatever engines are configured."""

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.models.approval import ReviewDecision
from core.models.campaign import Brief, Tone
from core.models.content import Retrieval
from core.models.customers import SegmentationMethod
from core.models.messages import Variant
from core.models.readout import Decision
from core.models.runs import Run, RunState
from core.models.segmentation import SegmentationRequest
from core.orchestrator import config
from core.orchestrator.application import Application
from core.orchestrator.config import ROOT
from core.orchestrator.wiring import opened
from core.protocols.identity import Identity

CAMPAIGN = "whole-journey"
BRIEF = Brief(
    name="The whole journey",
    goal="Bring customers back for a first look at the clothes for the week ahead",
    tones=(Tone.FRIENDLY, Tone.URGENT),
    offer_document_id="PRM-001",
    hypothesis="A message brings more visits than none.",
    holdout=0.4,
    same_message=None,
)
MESSAGES = 4


@dataclass(frozen=True)
class Journey:
    """What a whole journey left behind; the states of the messages are by station."""

    folder: Path
    states: dict[str, dict[str, str]]
    variants: tuple[Variant, ...]
    searches: tuple[Retrieval, ...]
    documents: dict[tuple[str, int], str]
    decision: Decision
    report: bytes


def begin(app: Application) -> None:
    """The demo, two segments of its customers, a campaign for them, and the library indexed."""
    app.demo.load()
    marketer, rules = app.people.get("marketer"), app.segments.default_rules()
    wanted = SegmentationRequest(SegmentationMethod.RULES, rules=(rules[0], rules[-1]))
    made = app.segments.compute(None, wanted, by=marketer).segmentation_id
    app.campaigns.create(BRIEF, by=marketer, segmentation_id=made, campaign_id=CAMPAIGN)
    app.library.reindex()


def write(app: Application) -> Run:
    """Every message of the campaign written and screened, or said why not."""
    begun = app.messages.generate(CAMPAIGN, by=app.people.get("marketer"))
    return app.messages.wait(begun.run_id, timeout_s=120)


def _outcomes(folder: Path) -> Path:
    """A file of visits: who got a message came more often."""
    assigned = json.loads((folder / "data" / "processed" / "assignments.json").read_text())
    with (folder / "outcomes.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["customer_id", "visit"])
        for place, row in enumerate(assigned):
            rows.writerow([row["customer_id"], int(place % (3 if row["variant_id"] else 9) == 0)])
    return folder / "outcomes.csv"


def carried_through(
    folder: Path, variables: Mapping[str, str], identity: Identity | None = None
) -> Journey:
    """Every station in order."""
    states = dict[str, dict[str, str]]()

    def note(station: str) -> None:
        found = app.messages.variants(CAMPAIGN)
        states[station] = {v.variant_id: str(v.state) for v in found}

    with opened(config.load(folder, environment=variables), execute=True, identity=identity) as app:
        begin(app)
        marketer, approver = app.people.get("marketer"), app.people.get("approver")
        assert write(app).state is RunState.DONE
        note("written")
        for one in app.approvals.queue(CAMPAIGN):
            app.approvals.decide(
                one.variant_id, ReviewDecision.APPROVE, revision=1, reason="", by=approver
            )
        note("approved")
        app.send.prepare(CAMPAIGN, by=marketer)
        app.send.export(CAMPAIGN, profile="generic", out=folder / "export", by=marketer)
        note("exported")
        app.results.import_outcomes(CAMPAIGN, _outcomes(folder), by=marketer)
        variants = app.messages.variants(CAMPAIGN)
        cited = {(c.document_id, c.version) for v in variants for c in v.citations}
        return Journey(
            folder,
            states,
            variants,
            tuple(r for v in variants for r in app.library.retrievals_of(v.variant_id)),
            {d: "\n".join(p.text for p in app.library.passages(*d)) for d in cited},
            app.results.readout(CAMPAIGN).conclusion.decision,
            app.reporting.build(CAMPAIGN).pdf.read_bytes(),
        )


def logged(folder: Path) -> str:
    """All log files of a workspace."""
    return "".join(path.read_text() for path in sorted((folder / "logs").iterdir()))


def personal(text: str) -> set[str]:
    """What in a text is of one of the demo's customers: id, name, address, or what they spent."""
    known, pattern = _customers()
    return {word for word in pattern.findall(text) if word in known}


@cache
def _customers() -> tuple[set[str], re.Pattern[str]]:
    with (ROOT / "data/raw/customers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    # A sum to the cent is nearly as good as a name.
    columns = ("customer_id", "first_name", "email", "past_year_spend")
    known = {row[column] for row in rows for column in columns}
    names = "|".join(sorted({re.escape(row["first_name"]) for row in rows if row["first_name"]}))
    told = rf"C\d{{5}}|c\d{{5}}@customers\.example|\d+\.\d\d|{names}"
    return known, re.compile(rf"(?<![\w.])(?:{told})(?!\w|\.\d)")
