"""How a text table is laid out: its delimiter, its header, and the names of its columns."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from core.errors import FileInvalid
from core.models.customer_file import DELIMITERS, Reading
from core.storage.clean_text import CleanText

SPACES = " \t\n\u00a0"
"""What does not count at the ends of a value."""

_MARKS = ",;\t|"
_SAMPLE_CHARACTERS = 1 << 18
_SAMPLE_RECORDS = 50
_CHUNK_CHARACTERS = 1 << 20
_ALIGNED_COLUMNS = 3
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*$")
_DATE = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}([ T].*)?$")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The layout of a text; `text` is what is to be read, with runs of spaces made to tabs."""

    text: CleanText
    delimiter: str
    fields: tuple[str, ...]
    header: bool
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What to call the columns: the words of the header, or their places."""
        if self.header:
            return self.fields
        return tuple(f"column_{i}" for i in range(1, len(self.fields) + 1))


def dialect(path: Path, text: CleanText, reading: Reading) -> Dialect:
    """The layout of a text: as somebody says, as the file itself says, or the most fitting.

    Raises:
        FileInvalid: the text is empty, or a field in its first rows is too long.
    """
    sample = _sample(text.path)
    if not sample.strip():
        raise FileInvalid(path, "the file is empty.")
    named = reading.delimiter or (text.delimiter if text.delimiter in DELIMITERS else None)
    spaced = named == " " or (named is None and _is_aligned(sample))
    notes = []
    if spaced:
        text = _without_runs(text)
        sample, named = _sample(text.path), "\t"
        notes.append("The columns are parted by spaces.")
    order = "\t" + _MARKS if path.suffix.lower() == ".tsv" else _MARKS
    tried = [_as_delimited(path, sample, mark) for mark in (named or order)]
    best = max(tried, key=lambda t: t.score)
    header = not _all_values(best.records[0]) if reading.header is None else reading.header
    if not header:
        notes.append(
            "There is no header: the first row is data already, and the columns are named by "
            "their place."
        )
    fields = best.records[0] if header else [""] * best.width
    delimiter = " " if spaced else best.delimiter
    return Dialect(text, delimiter, tuple(fields), header, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Tried:
    delimiter: str
    records: Sequence[Sequence[str]]
    score: float

    @property
    def width(self) -> int:
        """How many fields most records have."""
        return Counter(len(record) for record in self.records).most_common(1)[0][0]


def _sample(path: Path) -> str:
    with path.open(encoding="utf-8", newline="\n") as file:
        return file.read(_SAMPLE_CHARACTERS)


def _as_delimited(path: Path, sample: str, delimiter: str) -> _Tried:
    reader = csv.reader(io.StringIO(sample, newline="\n"), delimiter=delimiter)
    try:
        records = list(islice(filter(None, reader), _SAMPLE_RECORDS))
    except csv.Error as error:
        raise FileInvalid(path, f"a field is too long ({error}).", line=reader.line_num) from error
    header, *rows = records
    agreeing = sum(len(row) == len(header) for row in rows) / max(len(rows), 1)
    score = agreeing + min(len(header), 100) / 1_000 if len(header) > 1 else 0.0
    return _Tried(delimiter, records, score)


def _all_values(record: Sequence[str]) -> bool:
    """Whether a first row can only be data: numbers and dates, and no name at all."""
    cells = [cell.strip(SPACES) for cell in record]
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_NUMBER.match(c) or _DATE.match(c) for c in filled)


def _is_aligned(sample: str) -> bool:
    """Whether columns are parted by runs of spaces, the same number of them in each line."""
    lines = [line for line in sample.splitlines()[:_SAMPLE_RECORDS] if line.strip()]
    if not lines or any(mark in line for line in lines for mark in _MARKS + '"'):
        return False
    counts = {len(line.split()) for line in lines}
    runs = sum(line.startswith(" ") or "  " in line for line in lines)
    return len(counts) == 1 and counts.pop() >= _ALIGNED_COLUMNS and 2 * runs > len(lines)


def _without_runs(text: CleanText) -> CleanText:
    """The text with each run of spaces as one tab, and none at the ends of a line."""
    target = text.path.with_name("source.aligned.csv")
    with (
        text.path.open(encoding="utf-8", newline="\n") as file,
        target.open("w", encoding="utf-8", newline="\n") as to,
    ):
        held = ""
        while piece := file.read(_CHUNK_CHARACTERS):
            whole, end, rest = (held + piece).rpartition("\n")
            to.write(_tabbed(whole + end))
            held = rest
        to.write(_tabbed(held))
    return replace(text, path=target)


def _tabbed(lines: str) -> str:
    trimmed = re.sub(r"^[ \t]+|[ \t]+$", "", lines, flags=re.MULTILINE)
    return re.sub(r"[ \t]+", "\t", trimmed)
