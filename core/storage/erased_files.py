"""A customer in files of other kinds: documents of JSON, CSV files, and whatever else is text."""

import csv
import json
import mmap
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.frames import CUSTOMER_ID
from core.storage.duck import literal, replacing, session

_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Looked:
    """What was taken out of a file, and whether the id still stands in it."""

    path: Path
    rows: int
    remains: bool = False


def distinctive(customer_id: str) -> bool:
    """Whether an id can be told from any other word or number in a text."""
    long_enough = len(customer_id) >= _SHORTEST
    return long_enough and not customer_id.isdigit() and not customer_id.isalpha()


def named_in(ids: Collection[str]) -> re.Pattern[str]:
    """What finds one of these ids in a text, as a whole word and in any case."""
    every = "|".join(re.escape(each) for each in sorted(ids, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{every})(?![\w-])", re.IGNORECASE)


def unnamed(text: str, customer_id: str) -> str:
    """A text without the id, for records that are never changed."""
    if not distinctive(customer_id):
        return text
    return named_in([customer_id]).sub("this customer", text)


def without(path: Path, ids: Collection[str]) -> Looked | None:
    """Rewrite a file without the rows of these customers; None where it names nobody of them.

    A CSV loses the records with a cell that is the id, a JSON list its objects of that customer;
    every other byte stays. Of any other file it is only said that it names one of them.
    """
    if not mentions(path, ids):
        return None
    rewrite = _KINDS.get(path.suffix)
    rows = 0 if rewrite is None else rewrite(path, ids)
    told = any(distinctive(each) for each in ids)
    remains = told and mentions(path, ids)
    return Looked(path, rows, remains) if rows or remains else None


def mentions(path: Path, ids: Collection[str]) -> bool:
    """Whether the bytes of an id stand in a file; nothing is read into memory."""
    try:
        if not path.stat().st_size:
            return False
        with (
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            return any(content.find(each.encode()) >= 0 for each in ids)
    except FileNotFoundError:
        return False  # removed by whoever made it


def set_rows(path: Path, twin: Path, taken: int) -> None:
    """Correct the document that names a Parquet file beside it, and how many rows that has."""
    if not path.is_file():
        return
    document = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(document, dict) and document.get("parquet") == twin.name:
        document["rows"] -= taken
        with replacing(path) as unfinished:
            unfinished.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _json(path: Path, ids: Collection[str]) -> int:
    """Every other object of the list stays as it is written, letter for letter."""
    listed = ", ".join(literal(each) for each in sorted(ids))
    if not _is_list(path):
        return 0
    query = (
        f"SELECT json, json ->> '{CUSTOMER_ID}' AS customer FROM read_json_objects("
        f"{literal(str(path))}, format = 'array', maximum_object_size = 67108864)"
    )
    with session() as connection:
        connection.execute("SET preserve_insertion_order = true")
        rows = connection.execute(
            f"SELECT count(*) FROM ({query}) WHERE customer IN ({listed})"
        ).fetchall()[0][0]
        if not rows:
            return 0
        kept = connection.execute(
            f"SELECT json FROM ({query}) WHERE coalesce(customer NOT IN ({listed}), true)"
        )
        with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
            # As DuckDB writes a list: an object a line, after a tab.
            before = "[\n\t"
            while batch := kept.fetchmany(10_000):
                for (text,) in batch:
                    file.write(before + str(text))
                    before = ",\n\t"
            file.write("\n]\n" if before != "[\n\t" else "[]\n")
    return int(rows)


def _is_list(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(64).lstrip().startswith(b"[")


def _csv(path: Path, ids: Collection[str]) -> int:
    """Every other record stays byte for byte, quotes and line ends included."""
    known, taken = frozenset(each.casefold() for each in ids), 0
    try:
        with (
            path.open(encoding="utf-8", newline="") as file,
            replacing(path) as unfinished,
            unfinished.open("w", encoding="utf-8", newline="") as out,
        ):
            header = file.readline()
            file.seek(0)
            for text, hit in _hits(file, max(",;\t|", key=header.count), known):
                taken += hit
                if not hit:
                    out.write(text)
    except (UnicodeDecodeError, csv.Error):
        return 0
    return taken


def _hits(lines: Iterator[str], delimiter: str, ids: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """Each record as it is written, and whether one of its cells is an id."""
    taken: list[str] = []

    def raw() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    for cells in csv.reader(raw(), delimiter=delimiter):
        text = "".join(taken)
        taken.clear()
        yield text, any(_plain(cell) in ids for cell in cells)


def _plain(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return cell.strip().removeprefix("'").removeprefix("\ufeff").casefold()


_KINDS: dict[str, Callable[[Path, Collection[str]], int]] = {".json": _json, ".csv": _csv}
