"""All rows of the state as lines of JSON, out of one database and into another, of either kind."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Integer, Table, exists, func, insert, select, text

from core.storage.codec import plain
from core.storage.columns import Moment
from core.storage.schema import METADATA, WORKERS, WORKSPACE_SETTINGS

_PIECE = 500

# Who is at work is not state; which folder belongs to the database is the new one's own.
_LEFT_OUT = frozenset({WORKERS.name})
FOLDER_MARK = "mark of the files"
"""The key under which a database remembers its folder of files."""


def tables() -> tuple[str, ...]:
    """The names of the tables, those that others point to first."""
    return tuple(t.name for t in METADATA.sorted_tables if t.name not in _LEFT_OUT)


def lines(tx: Connection, name: str) -> Iterator[str]:
    """The rows of a table, each as a line."""
    table = METADATA.tables[name]
    wanted = select(table).order_by(*table.primary_key.columns)
    if table is WORKSPACE_SETTINGS:
        wanted = wanted.where(WORKSPACE_SETTINGS.c.key != FOLDER_MARK)
    for row in tx.execute(wanted.execution_options(yield_per=_PIECE)).mappings():
        words = {column: _told(value) for column, value in row.items()}
        yield json.dumps(words, ensure_ascii=False, separators=(",", ":")) + "\n"


def load(tx: Connection, name: str, rows: Iterable[str]) -> int:
    """Insert the rows of these lines into an empty table; how many there were."""
    table, count, left = METADATA.tables[name], 0, iter(rows)
    while piece := list(islice(left, _PIECE)):
        tx.execute(insert(table), [_read(table, json.loads(line)) for line in piece])
        count += len(piece)
    _count_on(tx, table)
    return count


def empty(tx: Connection) -> bool:
    """Whether nothing was ever recorded here."""
    for table in METADATA.sorted_tables:
        if table is WORKSPACE_SETTINGS or table.name in _LEFT_OUT:
            continue
        if tx.execute(select(exists().select_from(table))).scalar():
            return False
    return True


def _count_on(tx: Connection, table: Table) -> None:
    """Let the next row's number follow the last; SQLite does so by itself."""
    counted = table.c.get("number")
    if tx.dialect.name != "postgresql" or counted is None or not isinstance(counted.type, Integer):
        return
    last = tx.execute(select(func.max(counted))).scalar()
    if last is not None:
        sequence = text("SELECT setval(pg_get_serial_sequence(:name, 'number'), :last)")
        tx.execute(sequence, {"name": table.name, "last": last})


def _told(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else plain(value)


def _read(table: Table, words: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value)
        if isinstance(table.c[name].type, Moment) and value is not None
        else value
        for name, value in words.items()
    }
