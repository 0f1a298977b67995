"""Which lines of a text file could not be read, why, and on which line every other row stands."""

import csv
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import duckdb

from core.models.customers import RejectedRow
from core.storage.clean_text import CleanText

MAX_LISTED = 10_000
"""How many rejected rows are listed one by one; all of them are counted."""

ROW_CHARACTERS = 500
"""How much of a rejected row is kept."""

_CHUNK_BYTES = 1 << 20
_WHY = {
    "UNQUOTED VALUE": "a quotation mark is not closed, or stands inside an unquoted field",
    "LINE SIZE OVER MAXIMUM": "the row is longer than 2 MB",
}


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a file: where each record starts, and which records are broken.

    `starts` gives the line of every record, that of the header included; it is only asked when a
    line is to be named. `broken` are the places in it of the records that could not be read, and
    `listed` the first of these in full. `above` is the number of records before the first row.
    """

    starts: Callable[[], Sequence[int]]
    broken: tuple[int, ...]
    listed: tuple[RejectedRow, ...]
    above: int = 1

    def of(self, row: int) -> int:
        """The line of a row that was read, counted from 0."""
        starts = self.starts()
        readable_before = [place - self.above - i for i, place in enumerate(self.broken)]
        place = row + self.above + bisect_right(readable_before, row)
        return starts[min(place, len(starts) - 1)]


@dataclass(frozen=True, slots=True)
class _Broken:
    record: int
    byte: int
    kind: str
    found: str
    text: str


def lines(
    connection: duckdb.DuckDBPyConnection,
    text: CleanText,
    delimiter: str,
    *,
    fields: int,
    header: bool = True,
) -> Lines:
    """The lines of the file that was just read as `source`, with what DuckDB refused."""
    broken = [_Broken(*row) for row in connection.execute(_REFUSED).fetchall()]
    rows = int(connection.execute("SELECT count(*) FROM source").fetchall()[0][0])
    above = int(header)
    simple = text.starts is None and text.lines == rows + len(broken) + above
    if simple:
        counted = range(text.first_line, text.first_line + text.lines)
        starts: Callable[[], Sequence[int]] = partial(_same, counted)
        places = tuple(each.record - 1 for each in broken)
    else:
        records = cache(partial(_records, text.path, delimiter))
        starts = cache(partial(_starts, text, records))
        found = _lines_at(text.path, broken)
        places = tuple(bisect_right(records(), line) - 1 for line in found)
    listed = tuple(
        RejectedRow(starts()[place], _reason(each, fields, header=header), each.text)
        for place, each in zip(places[:MAX_LISTED], broken, strict=False)
    )
    return Lines(starts, places, listed, above)


def _same(known: Sequence[int]) -> Sequence[int]:
    return known


def _starts(text: CleanText, records: Callable[[], Sequence[int]]) -> Sequence[int]:
    if text.starts is not None:
        return text.starts
    return [line + text.first_line - 1 for line in records()]


# DuckDB counts the blank lines before a broken record as part of it.
_REFUSED = f"""
    SELECT line, min(line_byte_position) + min(length(csv_line) - length(text)),
        arg_min(error_type, column_idx), max(regexp_extract(error_message, 'Found: ([0-9]+)', 1)),
        min(text[:{ROW_CHARACTERS}])
    FROM (SELECT *, ltrim(csv_line, chr(10)) AS text FROM reject_errors)
    GROUP BY line ORDER BY line
"""


def _reason(broken: _Broken, fields: int, *, header: bool) -> str:
    swallowed = broken.text.strip("\n").count("\n")
    if broken.kind in _WHY:
        more = f"; {swallowed + 1} lines were taken for one row" if swallowed else ""
        return _WHY[broken.kind] + more
    expected = f"the header has {fields}" if header else f"most rows have {fields}"
    return f"it has {broken.found or 'other'} fields where {expected}"


def _records(path: Path, delimiter: str) -> Sequence[int]:
    """The line on which each record starts, when blank lines or line ends in quotes shift them."""
    starts, line = array("L"), 1
    with path.open(encoding="utf-8", newline="\n") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for record in reader:
                starts.extend([line] if record else [])
                line = reader.line_num + 1
        except csv.Error:  # a field longer than the reader takes: the lines after it stay unknown
            starts.append(line)
    return starts


def _lines_at(path: Path, broken: Sequence[_Broken]) -> list[int]:
    found, line, position = [], 1, 0
    with path.open("rb") as file:
        for each in broken:
            while position < each.byte - 1:
                piece = file.read(min(_CHUNK_BYTES, each.byte - 1 - position))
                if not piece:
                    break
                line += piece.count(b"\n")
                position += len(piece)
            found.append(line)
    return found
