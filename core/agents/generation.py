"""Writes one message for one segment in one tone, from approved passages and nothing else."""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from string import Template

from pydantic import BaseModel, ConfigDict, ValidationError

from core.content.sentences import count_words
from core.errors import ConfigInvalid, ProviderRejected
from core.models.campaign import Brief, Tone
from core.models.content import Passage
from core.models.customers import Segment
from core.models.messages import Citation, Draft, Generation, Message, TextField
from core.protocols.chat_model import ChatModel, Completion, Material, Prompt

logger = logging.getLogger(__name__)

REQUEST_LINE = "=== REQUEST ==="
_LENGTHS = ("words_min", "words_max", "subject_max", "preheader_max")
_PLACEHOLDERS = {"tone", "brief", "segment", "passages", *_LENGTHS}
_QUOTED_ANSWER_MAX = 8000
_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)


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
        without = [tone.value for tone in Tone if not self.tones.get(tone.value, "").strip()]
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
                answer = _read(completions[-1].text)
                message = self._message(answer, material)
            except _Unusable as problem:
                self._give_up(material, completions, problem)
                asked = replace(prompt, user=_repair(prompt.user, completions[-1].text, problem))
            else:
                citations = _citations(answer, material.passages)
                return Draft(message, citations, self._generation(completions))

    def _message(self, answer: "_Answer", material: Material) -> Message:
        message = Message(answer.subject, answer.preheader, answer.body)
        problems = [
            *_problems_of_form(message, material.brief, self.config),
            *_problems_of_brief(message, material.brief),
            *_problems_of_sources(answer, {p.passage_id for p in material.passages}),
        ]
        if problems:
            raise _Unusable(" ".join(problems))
        return message

    def _give_up(
        self, material: Material, completions: list[Completion], problem: "_Unusable"
    ) -> None:
        """Raise when another attempt is not allowed."""
        attempts, cost = len(completions), sum(c.cost_usd for c in completions)
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
            cost_usd=sum(c.cost_usd for c in completions),
        )


def answer_schema(passage_ids: list[str]) -> dict[str, object]:
    """The JSON Schema of an answer that may cite these passages; strict, without options."""
    text: dict[str, object] = {"type": "string"}
    ids = {"type": "array", "items": {"type": "string", "enum": passage_ids}}
    sentence = _closed({"text": text, "passage_ids": ids})
    paragraphs = {"type": "array", "items": {"type": "array", "items": sentence}}
    return _closed({"subject": text, "preheader": text, "paragraphs": paragraphs})


def _closed(properties: dict[str, object]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


class _Unusable(Exception):
    """Why an answer cannot be used, in words that the engine can act on."""


class _Sentence(BaseModel):
    model_config = _STRICT
    text: str
    passage_ids: tuple[str, ...]


class _Answer(BaseModel):
    model_config = _STRICT
    subject: str
    preheader: str
    paragraphs: tuple[tuple[_Sentence, ...], ...]

    @property
    def sentences(self) -> tuple[_Sentence, ...]:
        return tuple(sentence for paragraph in self.paragraphs for sentence in paragraph)

    @property
    def body(self) -> str:
        return "\n\n".join(" ".join(s.text for s in paragraph) for paragraph in self.paragraphs)


def _read(text: str) -> _Answer:
    try:
        return _Answer.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise _Unusable(f"{place}: {first['msg']}.") from error


def _problems_of_form(message: Message, brief: Brief, config: GenerationConfig) -> Iterator[str]:
    limits = ((TextField.SUBJECT, config.subject_max), (TextField.PREHEADER, config.preheader_max))
    for name, most in limits:
        text = message.part(name)
        if not text or "\n" in text:
            yield f"The {name} must be one line of text."
        elif len(text) > most:
            yield f"The {name} has {len(text)} characters, at most {most} are allowed."
    if message.subject.casefold() == message.preheader.casefold():
        yield "The preheader repeats the subject."
    words = count_words(message.body)
    if not brief.words_min <= words <= brief.words_max:
        yield f"The body has {words} words; it needs {brief.words_min} to {brief.words_max}."


def _problems_of_brief(message: Message, brief: Brief) -> Iterator[str]:
    for phrase in brief.must_say:
        if phrase.strip() not in message.body:
            yield f'The body must say "{phrase}", word for word.'
    everything = f"{message.subject}\n{message.preheader}\n{message.body}".casefold()
    for phrase in brief.must_not_say:
        if phrase.strip() and phrase.strip().casefold() in everything:
            yield f'The message says "{phrase}", which the brief forbids.'


def _problems_of_sources(answer: _Answer, offered: set[str]) -> Iterator[str]:
    if any(not s.text or "\n" in s.text for s in answer.sentences):
        yield "Every sentence must be one line of text."
    cited = {name for sentence in answer.sentences for name in sentence.passage_ids}
    if not cited:
        yield "No sentence cites a passage."
    for name in sorted(cited - offered):
        yield f"There is no passage '{name}'; cite only the passages given."


def _citations(answer: _Answer, passages: tuple[Passage, ...]) -> tuple[Citation, ...]:
    by_id = {p.passage_id: p for p in passages}
    cited = [(by_id[i], s.text) for s in answer.sentences for i in dict.fromkeys(s.passage_ids)]
    return tuple(
        Citation(p.document_id, p.version, p.title, p.index, quote=text) for p, text in cited
    )


def _repair(user: str, answer: str, problem: _Unusable) -> str:
    return (
        f"{user}\n\nYour last answer could not be used. {problem}\n"
        f"<last_answer>{_data(answer[:_QUOTED_ANSWER_MAX])}</last_answer>\n"
        "Answer again with one complete JSON object that keeps every rule above."
    )


def _brief_data(brief: Brief) -> str:
    wishes = ("goal", "channel", "language", "offer_document_id", "must_say", "must_not_say")
    return _data({wish: getattr(brief, wish) for wish in wishes})


def _segment_data(segment: Segment) -> str:
    # Averages in words only: no size, no rule and no value of any one customer leaves here.
    traits = [trait.words for trait in segment.traits]
    return _data({"name": segment.name, "about": segment.words, "traits": traits})


def _passage_data(passage: Passage) -> str:
    kind = {"id": passage.passage_id, "title": passage.title, "category": passage.category}
    return _data({**kind, "text": passage.text})


def _data(value: object) -> str:
    """JSON that cannot close the tag around it, whatever somebody wrote into a document."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
