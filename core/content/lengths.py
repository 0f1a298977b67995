"""Whether the parts of a message are there, as long as they may be, and easy enough to read."""

from dataclasses import dataclass

from core.content.patterns import PatternRule, at, row
from core.content.reading_grade import reading_grade
from core.content.sentences import count_words
from core.models.messages import Finding, Level, TextField

_NAMES = {
    TextField.SUBJECT: "The subject",
    TextField.PREHEADER: "The preheader",
    TextField.BODY: "The body",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a part may be: characters for one line, words for a body; None is no limit.

    `grade_max` is the school grade a body may ask of its reader before a person looks at it.
    """

    characters_max: int | None = None
    words_min: int | None = None
    words_max: int | None = None
    grade_max: float | None = None


def length_findings(text: str, field: TextField, limits: Limits) -> tuple[Finding, ...]:
    """What is wrong with the length of one part: missing, too long, too short, hard to read.

    The words of a body are counted by `core.content.sentences.count_words`.
    """
    name = _NAMES[field]
    if not text.strip():
        return (at(_rule(f"{name} is missing."), text, field, 0, len(text)),)
    most = limits.characters_max
    if most is not None and len(text) > most:
        why = f"{name} has {len(text)} characters; at most {most} are shown in full."
        return (at(_rule(why), text, field, most, len(text)),)
    words = count_words(text)
    low, high = limits.words_min or 0, limits.words_max or words
    if not low <= words <= high:
        why = f"{name} has {words} words; the brief asks for {low} to {limits.words_max or 'any'}."
        return (at(_rule(why), text, field, 0, len(text)),)
    return _too_hard(text, field, limits.grade_max)


def _too_hard(text: str, field: TextField, most: float | None) -> tuple[Finding, ...]:
    grade = reading_grade(text) if most is not None else None
    if grade is None or most is None or grade <= most:
        return ()
    why = (
        f"{_NAMES[field]} reads like school grade {grade:.0f}; the brand asks for at most "
        f"{most:g}. Shorter sentences and words help."
    )
    return (at(row("reading_grade", Level.REVIEW, r"(?!)", why), text, field, 0, len(text)),)


def _rule(explanation: str) -> PatternRule:
    return row("length", Level.BLOCK, r"(?!)", explanation)
