"""What a report holds, as values: the paper and the HTML draw from them and cannot disagree."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from core.charts.table import Chart
from core.reports.plain_text import printable
from core.reports.report_tables import PaperTable

T = TypeVar("T")
_LONGEST_PASSAGE = 20_000


@dataclass(frozen=True, slots=True)
class Words:
    """Paragraphs; `strong` ones must not be overlooked."""

    lines: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, and the name of its file without an ending."""

    name: str
    chart: Chart


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text as somebody approved it: what is known of it, and its parts in order, each named.

    `language` is that of the parts, two or three letters, so that it is read aloud rightly.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    language: str = "en"


Block = Words | Points | Picture | Quoted | PaperTable


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report; `new_page` begins it on a page of its own."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The conclusion: its words, why, how far the test has come, and what somebody decided.

    `mood` is good, open or bad.
    """

    title: str
    reason: str
    mood: str
    progress: str
    decision: str


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """The whole report: the first page, then the sections.

    `front` is shown on the first page with `limits`, what the result does not say.
    """

    name: str
    state: str
    simulated: bool
    question: tuple[tuple[str, str], ...]
    verdict: Verdict
    front: tuple[Block, ...]
    advice: tuple[str, ...]
    limits: tuple[str, ...]
    sections: tuple[Section, ...]
    footer: tuple[str, ...]

    @property
    def pictures(self) -> Iterator[Picture]:
        """Every chart in order."""
        blocks = (*self.front, *(block for part in self.sections for block in part.blocks))
        return (block for block in blocks if isinstance(block, Picture))


def printed(value: T, *, longest: int | None = None) -> T:
    """The same with every text in a form that can be set; charts stay as they are.

    Approved texts are kept whole, everything else is shortened where it is very long.
    """
    found: T = _printed(value, longest)
    return found


def _printed(value: Any, longest: int | None) -> Any:  # noqa: ANN401 - whatever a field holds
    if isinstance(value, str):
        return printable(value) if longest is None else printable(value, longest=longest)
    if isinstance(value, tuple):
        return tuple(_printed(item, longest) for item in value)
    if isinstance(value, Picture):
        return replace(value, name=printable(value.name))
    if is_dataclass(value) and not isinstance(value, type):
        whole = _LONGEST_PASSAGE if isinstance(value, Quoted) else longest
        return replace(
            value, **{f.name: _printed(getattr(value, f.name), whole) for f in fields(value)}
        )
    return value
