"""A customer in the rows of the database: what people typed, and rows that were not kept.

Nearly every table knows nothing of customers. What is typed freely may name one, so every text
of every table is looked through; what is sealed, versioned or signed is counted and left as it is.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    RowMapping,
    String,
    Table,
    Text,
    cast,
    or_,
    select,
    update,
)

from core.models.erasure import Erased
from core.storage.erased_files import distinctive, named_in
from core.storage.schema import (
    AUDIT,
    CUSTOMER_TOKENS,
    DATASETS,
    ERASED_HASHES,
    ERASURES,
    METADATA,
    OUTCOMES,
    RETRIEVALS,
    SUGGESTIONS,
    SUPPRESSIONS,
)

TAKEN_OUT = "(erased on request)"
"""What stands where an id or a row stood."""

# Words that may be changed; the other tables are kept as they are by triggers, or are sealed.
_REDACTED = frozenset(t.name for t in (SUGGESTIONS, RETRIEVALS, OUTCOMES))
# Its own tokens are taken out by `customer_tokens`; the others hold no id by their making.
_PASSED_OVER = frozenset(
    t.name for t in (CUSTOMER_TOKENS, SUPPRESSIONS, ERASURES, ERASED_HASHES, DATASETS)
)
CHANGED = _REDACTED | {CUSTOMER_TOKENS.name, DATASETS.name}
"""The tables out of which something may be taken."""

_TRAIL = "entries of the audit trail"


def take_out(tx: Connection, ids: Collection[str]) -> tuple[Erased, ...]:
    """Take the ids out of what people typed and out of the lists of rows that were not kept."""
    rejected = _rejects(tx, named_in(ids))
    found = [Erased("rows that were not kept", "data sets", rejected)] if rejected else []
    told = [each for each in ids if distinctive(each)]
    for name in sorted(_REDACTED) if told else ():
        changed = _redacted(tx, METADATA.tables[name], told)
        if changed:
            found.append(Erased("texts", name.replace("_", " "), changed))
    return tuple(found)


def remaining(tx: Connection, ids: Collection[str]) -> tuple[str, ...]:
    """Where an id still stands in the database, in words; nothing of what may be changed."""
    told = [each for each in ids if distinctive(each)]
    said = []
    for table in METADATA.sorted_tables if told else ():
        if table.name in _PASSED_OVER | _REDACTED:
            continue
        count = sum(1 for _ in _naming(tx, table, told))
        if count:
            what = _TRAIL if table is AUDIT else f"rows of {table.name.replace('_', ' ')}"
            said.append(f"{count:,} {what}, as somebody typed it")
    return tuple(said)


def _rejects(tx: Connection, named: re.Pattern[str]) -> int:
    """Empty the listed rows that hold an id; line, reason and all counts stay."""
    count = 0
    rows = tx.execute(select(DATASETS.c.number, DATASETS.c.payload)).all()
    for number, payload in rows:
        listed = payload["report"]["rejects"]
        hits = [r for r in listed if named.search(r["row"]) or named.search(r["reason"])]
        for each in hits:
            each["row"], each["reason"] = TAKEN_OUT, named.sub(TAKEN_OUT, each["reason"])
        if hits:
            which = DATASETS.c.number == number
            tx.execute(update(DATASETS).where(which).values(payload=payload))
        count += len(hits)
    return count


def _redacted(tx: Connection, table: Table, ids: Collection[str]) -> int:
    named, count = named_in(ids), 0
    for row in list(_naming(tx, table, ids)):
        texts = {
            c.name: _without(row[c.name], named)
            for c in _texts(table)
            if _names(row[c.name], named)
        }
        which = [column == row[column.name] for column in table.primary_key.columns]
        tx.execute(update(table).where(*which).values(texts))
        count += 1
    return count


def _naming(tx: Connection, table: Table, ids: Collection[str]) -> Iterator[RowMapping]:
    """The rows of a table with a text that names one of them."""
    columns, named = _texts(table), named_in(ids)
    if not columns:
        return
    tests = [
        cast(c, Text).icontains(each, autoescape=True)
        for c in columns
        for name in ids
        for each in {name, json.dumps(name, ensure_ascii=False)[1:-1]}
    ]
    for row in tx.execute(select(table).where(or_(*tests))).mappings():
        if any(_names(row[c.name], named) for c in columns):
            yield row


def _texts(table: Table) -> list[Column[Any]]:
    return [c for c in table.columns if isinstance(c.type, String | Text | JSON)]


def _names(value: object, named: re.Pattern[str]) -> bool:
    if isinstance(value, str):
        return named.search(value) is not None
    if isinstance(value, Mapping):
        return any(_names(each, named) for each in value.values())
    return isinstance(value, list) and any(_names(each, named) for each in value)


def _without(value: object, named: re.Pattern[str]) -> object:
    if isinstance(value, str):
        return named.sub(TAKEN_OUT, value)
    if isinstance(value, Mapping):
        return {name: _without(each, named) for name, each in value.items()}
    return [_without(each, named) for each in value] if isinstance(value, list) else value
