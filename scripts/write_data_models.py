"""Write `docs/data-models.md` from the code: nouns, tables of the database, files.

Usage: python scripts/write_data_models.py [--check]

`--check` writes nothing and ends with 1 where the document is not what the code says.
"""

import argparse
import dataclasses
import importlib
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sqlalchemy import JSON as JSON_TYPE
from sqlalchemy import Boolean, Column, Float, Integer, String, Table

from core.storage import schema
from core.storage.columns import Moment
from core.storage.json_outputs import MOST_JSON_ROWS
from scripts.data_model_words import JSON, PARQUET, TABLES

DOCUMENT = ROOT / "docs" / "data-models.md"

_KINDS: tuple[tuple[type[Any], str], ...] = (
    (Moment, "moment"),
    (Boolean, "yes or no"),
    (Integer, "whole number"),
    (Float, "number"),
    (JSON_TYPE, "JSON"),
    (String, "text"),
)
_SIGNS = {
    "ge": ">=",
    "gt": ">",
    "le": "<=",
    "lt": "<",
    "min_length": "at least",
    "max_length": "at most",
}
_PREFIX = re.compile(r"\b(?:\w+\.)+(?=\w)")


def text() -> str:
    """The whole document."""
    return "\n".join([*_beginning(), *_files(), *_tables(), *_nouns()]) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the document, or only compare it; the exit code."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    asked, wanted = parser.parse_args(arguments), text()
    if not asked.check:
        DOCUMENT.write_text(wanted, encoding="utf-8")
    elif not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != wanted:
        sys.stderr.write(f"{DOCUMENT.name} is not what the code says; run this without --check.\n")
        return 1
    return 0


def _beginning() -> Iterator[str]:
    yield "# Data models"
    yield ""
    yield "Written by `python scripts/write_data_models.py`; a test fails when it is not what the"
    yield "code says. Three places hold data: files in the workspace, the database (SQLite in the"
    yield "workspace, or PostgreSQL), and in memory the nouns of `core/models`, which are frozen."
    yield ""


def _files() -> Iterator[str]:
    yield "## Files"
    yield "In `data/processed/tables`, one row a customer (or event); `*` is an id or a campaign:"
    yield ""
    for name, (what, columns) in PARQUET.items():
        yield f"- `{name}.parquet`: {what}. Always there: {_coded(columns)}."
    yield ""
    yield "In `data/processed` of the last campaign, in `campaigns/ID` of each. Above"
    yield f"{MOST_JSON_ROWS:,} rows the file only names a Parquet file beside it."
    yield ""
    yield from (f"- `{name}`: {_coded(fields)}." for name, fields in JSON.items())
    yield ""


def _tables() -> Iterator[str]:
    yield "## Tables of the database"
    yield f"Version {schema.HEAD}. `payload` holds what is never looked up, as JSON; `number`"
    yield "counts rows as they came. An arrow names the table a column refers to."
    yield ""
    for name, table in sorted(schema.METADATA.tables.items()):
        if name not in TABLES:
            raise SystemExit(f"Say in scripts/data_model_words.py what the table {name} is for.")
        yield f"- **{name}**: {TABLES[name]}. {', '.join(_columns(table))}."
    yield ""


def _columns(table: Table) -> Iterator[str]:
    yield from (f"`{column.name}` {_kind(column)}" for column in table.columns)


def _kind(column: Column[object]) -> str:
    words = [next(word for kind, word in _KINDS if isinstance(column.type, kind))]
    words += ["unique"] if column.unique else []
    words += ["or nothing"] if column.nullable else []
    words += [f"→ {key.column.table.name}" for key in column.foreign_keys]
    return " ".join(words)


def _nouns() -> Iterator[str]:
    yield "## Nouns"
    yield "Frozen dataclasses and closed lists of words, one module a station."
    for path in sorted((ROOT / "core" / "models").glob("*.py")):
        if path.stem == "__init__":
            continue
        module = importlib.import_module(f"core.models.{path.stem}")
        yield f"\n### `core/models/{path.name}`"
        yield f"{_first_line(module)}\n"
        for name, noun in vars(module).items():
            own = inspect.isclass(noun) and noun.__module__ == module.__name__
            if own and not name.startswith("_"):
                yield f"- **{name}**: {_first_line(noun)} {_inside(noun)}"


def _inside(noun: type) -> str:
    if issubclass(noun, Enum):
        return f"One of {_coded(str(each.value) for each in noun)}."
    if not dataclasses.is_dataclass(noun):
        return ""
    return ", ".join(f"`{f.name}: {_written(f.type)}`" for f in dataclasses.fields(noun)) + "."


def _written(kind: object) -> str:
    if get_origin(kind) is Annotated:
        bare, *rules = get_args(kind)
        return " ".join([_written(bare), *_limits(rules)])
    if get_origin(kind) in (Union, UnionType):
        return " | ".join(map(_written, get_args(kind)))
    if kind is NoneType:
        return "None"
    said = kind if isinstance(kind, str) else inspect.formatannotation(kind)
    return _PREFIX.sub("", said)


def _limits(rules: Iterable[object]) -> Iterator[str]:
    """How a configuration value is bounded, such as `>= 1`."""
    for rule in (each for field in rules for each in getattr(field, "metadata", ())):
        for name, sign in _SIGNS.items():
            if (bound := getattr(rule, name, None)) is not None:
                yield f"{sign} {bound}"


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def _coded(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
