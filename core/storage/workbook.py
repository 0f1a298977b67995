"""An Excel workbook as a text file: one sheet, formulas as their values, bounded beforehand."""

import csv
import re
import zipfile
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from core.errors import FileInvalid
from core.storage.clean_text import CleanText

ZIP, OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
"""How the two kinds of workbook begin."""

MAX_BYTES = 1 << 30
"""The most a workbook may unpack to."""

MAX_OLD_BYTES = 200 << 20
"""The most an old workbook (.xls) may have; a full sheet of it stays far below."""

MAX_CELLS = 30_000_000
"""The most cells between the first and the last of a sheet: all of them are held in memory."""

MAX_TIMES = 200
_SAFE_BYTES = 100 << 20
_CHUNK_BYTES = 1 << 20
_TITLE_ROWS = 20
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
_REFERENCE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_AS_CSV = "save the sheet as CSV and bring that"

Cell = int | float | str | bool | time | date | datetime | timedelta


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as a comma separated file, with the names of all sheets that hold something."""

    text: CleanText
    name: str
    names: tuple[str, ...]


def read_workbook(source: Path, target: Path, wanted: str | None) -> Sheet:
    """One sheet of a workbook; the first that is not empty unless one is wanted.

    Numbers, dates and times are written as themselves; `starts` of the text has the row of the
    sheet for each record.

    Raises:
        FileInvalid: it is no workbook, is locked by a password, has no such sheet, or is empty.
    """
    _refuse_unsafe(source)
    try:
        with CalamineWorkbook.from_path(source) as workbook:
            names = _tables(workbook)
            name = _chosen(source, names, wanted)
            return Sheet(_written(source, workbook.get_sheet_by_name(name), target), name, names)
    except PasswordError as error:
        raise _locked(source) from error
    except (CalamineError, zipfile.BadZipFile, zlib.error, ValueError) as error:
        raise FileInvalid(
            source, f"the Excel workbook is damaged ({str(error)[:80]}); {_AS_CSV}."
        ) from error


def _locked(source: Path) -> FileInvalid:
    return FileInvalid(
        source, "the workbook is locked by a password; save it without one, then bring it."
    )


def _refuse_unsafe(source: Path) -> None:
    with source.open("rb") as file:
        start = file.read(8)
    if start.startswith(OLD):
        _refuse_old(source)
        return
    try:
        with zipfile.ZipFile(source) as archive:
            _refuse_archive(source, archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise FileInvalid(
            source, f"this is not a whole Excel workbook ({error}); {_AS_CSV}."
        ) from error
    except RuntimeError as error:  # how zipfile says that an archive needs a password
        raise _locked(source) from error


def _refuse_old(source: Path) -> None:
    if source.stat().st_size > MAX_OLD_BYTES:
        words = f"the workbook is larger than {MAX_OLD_BYTES >> 20} MB"
        raise FileInvalid(source, f"{words}, more than this format can hold; {_AS_CSV}.")
    if _ENCRYPTED in source.read_bytes():
        raise _locked(source)


def _refuse_archive(source: Path, archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names:
        binary = "xl/workbook.bin" in names or "content.xml" in names
        what = "a workbook of another kind" if binary else "a zip archive, not an Excel workbook"
        todo = "save it as .xlsx or CSV" if binary else "unpack it and bring the table in it"
        raise FileInvalid(source, f"this is {what}; {todo}.")
    total, most = 0, max(_SAFE_BYTES, min(MAX_BYTES, MAX_TIMES * source.stat().st_size))
    for name in sorted(names):
        extent = _Extent()
        # What the archive says of its sizes may be untrue: all of it is unpacked once.
        for chunk in _pieces(archive, name):
            total += len(chunk)
            if total > most:
                words = f"it unpacks to more than {most >> 20:,} MB, too much for a workbook"
                raise FileInvalid(source, f"{words}; {_AS_CSV}.")
            if _SHEET.search(name):
                extent.add(chunk)
        if extent.cells > MAX_CELLS:
            words = f"{name} spans {extent.rows:,} rows and {extent.width:,} columns"
            raise FileInvalid(source, f"the sheet {words}, too many to hold; {_AS_CSV}.")


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as member:
        while chunk := member.read(_CHUNK_BYTES):
            yield chunk


@dataclass(slots=True)
class _Extent:
    """How far the cells of a sheet reach, told from their references."""

    rows: int = 0
    width: int = 0
    held: bytes = b""

    @property
    def cells(self) -> int:
        return self.rows * self.width

    def add(self, chunk: bytes) -> None:
        content = self.held + chunk
        found = _REFERENCE.findall(content)
        if found:
            self.width = max(self.width, *(_place(letters) for letters in {c for c, _ in found}))
            self.rows = max(self.rows, *(int(row) for row in {r for _, r in found}))
        self.held = content[max(content.rfind(b"<"), len(content) - 1_000, 0) :]


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = 26 * place + letter - 64
    return place


def _tables(workbook: CalamineWorkbook) -> tuple[str, ...]:
    """The sheets of cells, those that are hidden last."""
    sheets = [s for s in workbook.sheets_metadata if s.typ is SheetTypeEnum.WorkSheet]
    shown = [s.name for s in sheets if s.visible is SheetVisibleEnum.Visible]
    return (*shown, *(s.name for s in sheets if s.name not in shown))


def _chosen(source: Path, names: Sequence[str], wanted: str | None) -> str:
    if not names:
        raise FileInvalid(source, "the workbook has no sheet of cells.")
    if wanted is None:
        return names[0]
    if wanted not in names:
        listed = ", ".join(names[:20])
        raise FileInvalid(source, f"there is no sheet '{wanted}'; the sheets are {listed}.")
    return wanted


def _written(source: Path, sheet: CalamineSheet, target: Path) -> CleanText:
    rows = iter(sheet.iter_rows())
    first = list(islice(rows, _TITLE_ROWS))
    above = _rows_above_header(first)
    # Rows without a value above the first cell are not given by the reader.
    begin = (sheet.start[0] if sheet.start else 0) + 1
    starts, errors, lines = array("I"), 0, 0
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number, row in enumerate(chain(first[above:], rows), begin + above):
            texts = [_text(cell) for cell in row]
            if not any(texts):
                continue
            errors += sum(text.startswith("#") and text in _ERRORS for text in texts)
            writer.writerow([text if text not in _ERRORS else "" for text in texts])
            starts.append(number)
            lines += 1 + sum(text.count("\n") for text in texts)
    if not starts:
        raise FileInvalid(source, f"the sheet '{sheet.name}' is empty; choose another sheet.")
    notes = tuple(_notes(above, errors, bool(sheet.merged_cell_ranges)))
    return CleanText(target, lines, notes, starts=starts, delimiter=",")


_ERRORS = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA"}
)


def _notes(above: int, errors: int, merged: bool) -> Iterator[str]:  # noqa: FBT001 - told apart
    if above:
        yield f"The first {above} rows of the sheet stand above the header; they were left out."
    if errors:
        yield f"{errors:,} cells hold an error of Excel such as #N/A; they count as missing."
    if merged:
        yield "The sheet has merged cells; the value of each stands in its first cell only."


def _rows_above_header(rows: Iterable[Sequence[Cell]]) -> int:
    """How many rows stand above the first with two cells, where the sheet is that wide."""
    filled = [sum(cell != "" for cell in row) for row in rows]
    most = max(filled, default=0)
    return next((i for i, count in enumerate(filled) if count and count >= min(most, 2)), 0)


def _text(cell: Cell) -> str:
    """A cell as text that the importer reads back as the same value."""
    if isinstance(cell, str):
        return cell.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        whole = cell.is_integer() and abs(cell) < 1 << 53
        return str(int(cell)) if whole else repr(cell)
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0)
        return str(cell.date()) if midnight else str(cell)
    return str(cell)
