"""Writes one message for one segment in one tone, from approved passages and nothing else."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from string import Template

from core.content.answers import (
    Unusable,
    Wanted,
    answer_schema,
    citations_of,
    message_of,
    read_answer,
)
from core.errors import ConfigInvalid, ProviderRejected
from core.models.campaign import TONES, Brief
from core.models.content import Passage
from core.models.customers import Segment
from core.models.merge_fields import MergeField
from core.models.messages import Draft, Generation
from core.protocols.chat_model import ChatModel, Completion, Material, Prompt, total_cost_usd

logger = logging.getLogger(__name__)

REQUEST_LINE = "=== REQUEST ==="
_LENGTHS = ("words_min", "words_max", "subject_max", "preheader_max")
_PLACEHOLDERS = {"tone", "brief", "segment", "passages", "merge_fields", *_LENGTHS}
_QUOTED_ANSWER_MAX = 8000


@dataclass(frozen=True, slots=True)
class GenerationConfig:
    """How an answer is judged, in characters, and how much one message may cost in repairs.

    An answer that cannot be used is asked for again at most `max_repairs` times, and not at all
    once the message has cost `cost_cap_usd`. How many words a body has is said by the brief.
    """

    max_repairs: int = 2
    subject_max: int = 60
    preheader_max: int = 100
    cost_cap_usd: float = 0.25

    def __post_init__(self) -> None:
        if not 0 <= self.max_repairs <= 5:
            raise ValueError("max_repairs must be from 0 to 5")
        if self.subject_max < 1 or self.preheader_max < 1 or self.cost_cap_usd < 0:
            raise ValueError("subject_max, preheader_max and cost_cap_usd must be positive")

    @property
    def sha256(self) -> str:
        """A hash that changes with any of these settings."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompt texts: instructions and request in one template, and guidance for each tone.

    In `generation` a line `=== REQUEST ===` parts the instructions from the request; `$name` is
    filled in, and `$$` is a dollar sign. `sha256` covers all the texts.

    Raises:
        ConfigInvalid: a tone or that line is missing, or a placeholder is missing or unknown.
    """

    generation: str
    tones: Mapping[str, str]
    sha256: str

    def __post_init__(self) -> None:
        without = [tone.value for tone in TONES if not self.tones.get(tone.value, "").strip()]
        if without:
            raise ConfigInvalid(f"There is no prompt for the tone {', '.join(without)}; write one.")
        if self.generation.splitlines().count(REQUEST_LINE) != 1:
            raise ConfigInvalid(f"The generation prompt needs one line '{REQUEST_LINE}'.")
        template = Template(self.generation)
        if not template.is_valid():
            raise ConfigInvalid("The generation prompt has a lone '$'; write '$$' for a dollar.")
        named = set(template.get_identifiers())
        for name in sorted(named ^ _PLACEHOLDERS):
            problem = "has the unknown placeholder" if name in named else "lacks the placeholder"
            raise ConfigInvalid(f"The generation prompt {problem} ${name}.")

    def render(self, material: Material, config: GenerationConfig) -> Prompt:
        """The prompt for this material; everything written by others stands in it as JSON."""
        brief = material.brief
        instructions, _, request = self.generation.partition(REQUEST_LINE)
        values = {
            "tone": self.tones[material.tone.value].strip(),
            "words_min": brief.words_min,
            "words_max": brief.words_max,
            "subject_max": config.subject_max,
            "preheader_max": config.preheader_max,
            "brief": _brief_data(brief),
            "segment": _segment_data(material.segment),
            "passages": "\n".join(_passage_data(p) for p in material.passages),
            "merge_fields": _fields_data(material.merge_fields),
        }
        return Prompt(
            system=Template(instructions.strip()).substitute(values),
            user=Template(request.strip()).substitute(values),
            schema=answer_schema([p.passage_id for p in material.passages]),
            material=material,
        )


@dataclass(frozen=True, slots=True)
class GenerationAgent:
    """Asks an engine for a message and accepts only an answer that keeps every rule of form."""

    chat: ChatModel
    prompts: Prompts
    config: GenerationConfig = GenerationConfig()

    def run(self, material: Material) -> Draft:
        """A draft whose every citation names a passage of the material.

        Raises:
            ProviderUnavailable: the engine did not answer.
            ProviderRejected: there is no passage, the engine refused, or its answer was still
                unusable after the allowed repairs.
        """
        if not material.passages:
            raise self._rejected(material, "no approved passage may be used for this segment.")
        prompt = self.prompts.render(material, self.config)
        asked, completions = prompt, list[Completion]()
        while True:
            completions.append(self.chat.complete(asked))
            try:
                answer = read_answer(completions[-1].text)
                message = message_of(answer, self._wanted(material))
            except Unusable as problem:
                self._give_up(material, completions, problem)
                asked = replace(prompt, user=_repair(prompt.user, completions[-1].text, problem))
            else:
                citations = citations_of(answer, material.passages)
                return Draft(message, citations, self._generation(completions))

    def _wanted(self, material: Material) -> Wanted:
        return Wanted(
            material.brief,
            material.passages,
            material.merge_fields,
            self.config.subject_max,
            self.config.preheader_max,
        )

    def _give_up(
        self, material: Material, completions: list[Completion], problem: Unusable
    ) -> None:
        """Raise when another attempt is not allowed."""
        attempts, cost = len(completions), total_cost_usd(completions) or 0.0
        logger.info("answer %d of the writing engine was not usable", attempts)
        if attempts > self.config.max_repairs:
            why = f"its answer was unusable {attempts} times, at last because: {problem}"
        elif cost > 0 and cost >= self.config.cost_cap_usd:
            why = f"${cost:.2f} were spent on this message and the answer was unusable: {problem}"
        else:
            return
        raise self._rejected(material, why) from problem

    def _rejected(self, material: Material, why: str) -> ProviderRejected:
        task = f"write the {material.tone.value} message for '{material.segment.name}'"
        return ProviderRejected(self.chat.describe(), task, why)

    def _generation(self, completions: list[Completion]) -> Generation:
        return Generation(
            engine=completions[-1].engine,
            model=completions[-1].model,
            prompt_sha256=self.prompts.sha256,
            config_sha256=self.config.sha256,
            tokens_input=sum(c.tokens_input for c in completions),
            tokens_output=sum(c.tokens_output for c in completions),
            cost_usd=total_cost_usd(completions),
        )


def _repair(user: str, answer: str, problem: Unusable) -> str:
    return (
        f"{user}\n\nYour last answer could not be used. {problem}\n"
        f"<last_answer>{_data(answer[:_QUOTED_ANSWER_MAX])}</last_answer>\n"
        "Answer again with one complete JSON object that keeps every rule above."
    )


def _brief_data(brief: Brief) -> str:
    wishes = ("goal", "channel", "language", "offer_document_id", "must_say", "must_not_say")
    told = {name: str(getattr(brief, name) or "") for name in ("code", "price", "until")}
    said = {name: value for name, value in told.items() if value}
    return _data({wish: getattr(brief, wish) for wish in wishes} | said)


def _segment_data(segment: Segment) -> str:
    # Averages in words only: no size, no rule and no value of any one customer leaves here.
    traits = [trait.words for trait in segment.traits]
    return _data({"name": segment.name, "about": segment.words, "traits": traits})


def _passage_data(passage: Passage) -> str:
    kind = {"id": passage.passage_id, "title": passage.title, "category": passage.category}
    return _data({**kind, "text": passage.text})


def _fields_data(fields: tuple[MergeField, ...]) -> str:
    # What a field is called and what kind of value it has; never a value.
    return _data([{"field": f.name, "holds": f.kind.value} for f in fields])


def _data(value: object) -> str:
    """JSON that cannot close the tag around it, whatever somebody wrote into a document."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
