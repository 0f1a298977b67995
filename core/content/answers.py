"""The answer of a writing engine: its shape, what is wrong with it, and the message it makes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from core.content.merge_fields import default_text, merge_findings
from core.content.sentences import count_words
from core.models.campaign import Brief
from core.models.content import Passage
from core.models.merge_fields import MergeField
from core.models.messages import Citation, Message, TextField

_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an answer is held to; lengths in characters."""

    brief: Brief
    passages: tuple[Passage, ...]
    merge_fields: tuple[MergeField, ...]
    subject_max: int
    preheader_max: int


class Unusable(Exception):
    """Why an answer cannot be used, in words that the engine can act on."""


class _Sentence(BaseModel):
    model_config = _STRICT
    text: str
    passage_ids: tuple[str, ...]


class Answer(BaseModel):
    """A message as an engine gives it: sentences with the passages they rest on."""

    model_config = _STRICT
    subject: str
    preheader: str
    paragraphs: tuple[tuple[_Sentence, ...], ...]

    @property
    def sentences(self) -> tuple[_Sentence, ...]:
        """Every sentence of the body."""
        return tuple(sentence for paragraph in self.paragraphs for sentence in paragraph)

    @property
    def body(self) -> str:
        """The body as one text."""
        return "\n\n".join(" ".join(s.text for s in paragraph) for paragraph in self.paragraphs)


def read_answer(text: str) -> Answer:
    """The answer as it is written in JSON.

    Raises:
        Unusable: it is not JSON after the schema.
    """
    try:
        return Answer.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise Unusable(f"{place}: {first['msg']}.") from error


def message_of(answer: Answer, wanted: Wanted) -> Message:
    """The message of an answer that keeps every rule of form.

    Raises:
        Unusable: says everything that is wrong with it.
    """
    message = Message(answer.subject, answer.preheader, answer.body)
    problems = [
        *_problems_of_fields(message, wanted.merge_fields),
        *_problems_of_form(message, wanted),
        *_problems_of_brief(message, wanted.brief),
        *_problems_of_sources(answer, {p.passage_id for p in wanted.passages}),
    ]
    if problems:
        raise Unusable(" ".join(problems))
    return message


def _problems_of_fields(message: Message, allowed: Sequence[MergeField]) -> Iterator[str]:
    for part in TextField:
        for found in merge_findings(message.part(part), part, allowed):
            yield f"In the {part}, '{found.text}': {found.explanation}"


def _problems_of_form(message: Message, wanted: Wanted) -> Iterator[str]:
    limits = ((TextField.SUBJECT, wanted.subject_max), (TextField.PREHEADER, wanted.preheader_max))
    for name, most in limits:
        text = default_text(message.part(name))
        if not text or "\n" in text:
            yield f"The {name} must be one line of text."
        elif len(text) > most:
            yield f"The {name} has {len(text)} characters, at most {most} are allowed."
    if message.subject.casefold() == message.preheader.casefold():
        yield "The preheader repeats the subject."
    words, brief = count_words(default_text(message.body)), wanted.brief
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


def _problems_of_sources(answer: Answer, offered: set[str]) -> Iterator[str]:
    if any(not s.text or "\n" in s.text for s in answer.sentences):
        yield "Every sentence must be one line of text."
    cited = {name for sentence in answer.sentences for name in sentence.passage_ids}
    if not cited:
        yield "No sentence cites a passage."
    for name in sorted(cited - offered):
        yield f"There is no passage '{name}'; cite only the passages given."


def citations_of(answer: Answer, passages: tuple[Passage, ...]) -> tuple[Citation, ...]:
    """What each sentence rests on, in the order of the text."""
    by_id = {p.passage_id: p for p in passages}
    cited = [(by_id[i], s.text) for s in answer.sentences for i in dict.fromkeys(s.passage_ids)]
    return tuple(
        Citation(p.document_id, p.version, p.title, p.index, quote=text) for p, text in cited
    )
