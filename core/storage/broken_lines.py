"""Which lines of a text file could not be read, why, and on which line every other row stands."""

import csv
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from core.models.customers import RejectedRow
from core.storage.clean_text import CleanText

MAX_LISTED = 10_000
"""How many rejected rows are listed one by one; all of them are counted."""

ROW_CHARACTERS = 500
"""How much of a rejected row is kept."""

_WHY = {
    "UNQUOTED VALUE": "a quotation mark is not closed, or stands inside an unquoted field",
    "LINE SIZE OVER MAXIMUM": "the row is longer than 2 MB",
}


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a file: where each record starts, and which records are broken.

    `starts` holds the line of every record, the header first; `broken` the places in it of the
    records that could not be read, and `listed` the first of these in full.
    """

    starts: Sequence[int]
    broken: tuple[int, ...]
    listed: tuple[RejectedRow, ...]

    def of(self, row: int) -> int:
        """The line of a row that was read, counted from 0."""
        readable_before = [place - 1 - i for i, place in enumerate(self.broken)]
        place = row + 1 + bisect_right(readable_before, row)
        return self.starts[min(place, len(self.starts) - 1)]


@dataclass(frozen=True, slots=True)
class _Broken:
    record: int
    byte: int
    kind: str
    found: str
    text: str


def lines(
    connection: duckdb.DuckDBPyConnection, text: CleanText, delimiter: str, *, fields: int
) -> Lines:
    """The lines of the file that was just read as `source`, with what DuckDB refused."""
    broken = [_Broken(*row) for row in connection.execute(_REFUSED).fetchall()]
    rows = int(connection.execute("SELECT count(*) FROM source").fetchall()[0][0])
    simple = text.lines == rows + len(broken) + 1
    starts = range(1, text.lines + 1) if simple else _record_starts(text, delimiter)
    if simple:
        places = tuple(each.record - 1 for each in broken)
    else:
        places = tuple(bisect_right(starts, line) - 1 for line in _lines_at(text, broken))
    listed = tuple(
        RejectedRow(starts[place], _reason(each, fields), each.text)
        for place, each in zip(places[:MAX_LISTED], broken, strict=False)
    )
    return Lines(starts, places, listed)


# DuckDB counts the blank lines before a broken record as part of it.
_REFUSED = f"""
    SELECT line, min(line_byte_position) + min(length(csv_line) - length(text)),
        arg_min(error_type, column_idx), max(regexp_extract(error_message, 'Found: ([0-9]+)', 1)),
        min(text[:{ROW_CHARACTERS}])
    FROM (SELECT *, ltrim(csv_line, chr(10)) AS text FROM reject_errors)
    GROUP BY line ORDER BY line
"""


def _reason(broken: _Broken, fields: int) -> str:
    swallowed = broken.text.strip("\n").count("\n")
    if broken.kind in _WHY:
        more = f"; {swallowed + 1} lines were taken for one row" if swallowed else ""
        return _WHY[broken.kind] + more
    return f"it has {broken.found or 'other'} fields where the header has {fields}"


def _record_starts(text: CleanText, delimiter: str) -> list[int]:
    """The line on which each record starts, when blank lines or line ends in quotes shift them."""
    starts, line = [], 1
    with text.path.open(encoding="utf-8", newline="\n") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for record in reader:
                starts.extend([line] if record else [])
                line = reader.line_num + 1
        except csv.Error:  # a field longer than the reader takes: the lines after it stay unknown
            starts.append(line)
    return starts


def _lines_at(text: CleanText, broken: Sequence[_Broken]) -> list[int]:
    content = text.path.read_bytes()
    found, line, position = [], 1, 0
    for each in broken:
        line += content.count(b"\n", position, each.byte - 1)
        position = each.byte - 1
        found.append(line)
    return found
