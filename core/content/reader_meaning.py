"""What a phrase about the reader means: a rule, in words too, and where its words end."""

import re
from dataclasses import dataclass
from datetime import date

from core.content.reader_columns import quoted
from core.content.reader_phrases import Phrase
from core.content.reader_time import Time, time_in
from core.models.customers import Column

_SAID = {">": "above", ">=": "at least", "<": "below", "<=": "at most", "=": "is"}
_NEAR = 60


@dataclass(frozen=True, slots=True)
class Meant:
    """The rule of a phrase, in words too, the columns it reads, and where its words end."""

    rule: str
    words: str
    columns: tuple[str, ...]
    end: int


@dataclass(frozen=True, slots=True)
class Clock:
    """The day of the send, and the day the data was taken in."""

    day: date
    data_day: date


def compared(column: Column, sign: str, value: str, phrase: Phrase, end: int = 0) -> Meant:
    """A column against a value, or the opposite where the phrase denies it."""
    rule, words = f"{quoted(column.name)} {sign} {value}", f"{column.name} {_SAID[sign]} {value}"
    if phrase.negated:
        rule, words = f"not ({rule})", f"not ({words})"
    return Meant(rule, words, (column.name,), max(end, phrase.end))


def nearby(phrase: Phrase, clock: Clock) -> Time | None:
    """The time the phrase names, right behind it or before it in the sentence."""
    after = time_in(phrase.after[:_NEAR], clock.day)
    if after is not None and not re.search(r"[.;:!?]|,", phrase.after[: after.start]):
        return after
    return time_in(phrase.before[-_NEAR:], clock.day)


def ending(phrase: Phrase, time: Time | None, clock: Clock) -> int:
    """Where the words of a phrase end, those of its time included when they follow."""
    behind = time is not None and time == time_in(phrase.after[:_NEAR], clock.day)
    return phrase.end + time.end if time is not None and behind else phrase.end
