"""Rules counted over the customers of an audience, all of a message in one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from core.errors import BadInput
from core.models.audience import Counted
from core.models.customers import Column, ColumnKind, Truth
from core.rules import columns_of, parse
from core.storage.duck import identifier, looking
from core.storage.sql_rules import predicate
from core.storage.tables import ParquetCustomers

MOST_VALUES = 200
"""Beyond so many values a column of text names things, not kinds of customers."""

_SHOWN = 5
_LISTED = frozenset({ColumnKind.TEXT, ColumnKind.YES_NO})
_RANGED = frozenset({ColumnKind.NUMBER, ColumnKind.DATE})


def categories(customers: ParquetCustomers) -> Mapping[str, tuple[str, ...]]:
    """The values of each column of text, the most frequent first; without columns of too many."""
    texts = [c.name for c in customers.attributes if c.kind is ColumnKind.TEXT]
    if not texts:
        return {}
    parts = ", ".join(
        f"approx_count_distinct({identifier(n)}), "
        f"CASE WHEN approx_count_distinct({identifier(n)}) <= {2 * MOST_VALUES} "
        f"THEN histogram(CAST({identifier(n)} AS VARCHAR)) END"
        for n in texts
    )
    with looking() as connection:
        row = connection.execute(f"SELECT {parts} FROM {customers.source()}").fetchall()[0]
    found = zip(texts, row[1::2], strict=True)
    return {name: _ordered(held) for name, held in found if held and len(held) <= MOST_VALUES}


def counts(customers: ParquetCustomers, rules: Sequence[str]) -> tuple[Counted, ...]:
    """For how many customers each rule is true, false or unknown, and what its column holds.

    A rule that speaks of a column that is not there is unknown for everybody.

    Raises:
        BadInput: a text is not a rule.
    """
    if not rules:
        return ()
    asked = [_asked(rule, customers.attributes) for rule in rules]
    with looking() as connection:
        row = _row(connection, customers, asked)
    return tuple(_counted(each, row[4 * i : 4 * i + 4]) for i, each in enumerate(asked))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A rule as SQL, and the one column it speaks of, when it speaks of one only."""

    sql: str
    column: Column | None

    @property
    def held(self) -> str:
        """SQL for what the column holds: values with their counts, or the smallest and largest."""
        if self.column is None:
            return "NULL"
        name = identifier(self.column.name)
        if self.column.kind in _LISTED:
            return f"histogram(CAST({name} AS VARCHAR))"
        value = f"CAST({name} AS DATE)" if self.column.kind is ColumnKind.DATE else name
        return f"[CAST(min({value}) AS VARCHAR), CAST(max({value}) AS VARCHAR)]"


def _asked(rule: str, columns: Sequence[Column]) -> _Asked:
    parsed = parse(rule)
    try:
        sql = predicate(parsed, columns)
    except BadInput:
        return _Asked("CAST(NULL AS BOOLEAN)", None)
    names = columns_of(parsed)
    one = next((c for c in columns if c.name in names), None) if len(names) == 1 else None
    few = one is not None and (one.kind in _RANGED or one.distinct <= MOST_VALUES)
    return _Asked(sql, one if few else None)


def _row(
    connection: duckdb.DuckDBPyConnection, customers: ParquetCustomers, asked: Sequence[_Asked]
) -> tuple[object, ...]:
    parts = ", ".join(
        f"count(*) FILTER ({a.sql}), count(*) FILTER (NOT {a.sql}), "
        f"count(*) FILTER (({a.sql}) IS NULL), {a.held}"
        for a in asked
    )
    found: tuple[object, ...] = connection.execute(
        f"SELECT {parts} FROM {customers.source()}"
    ).fetchall()[0]
    return found


def _counted(asked: _Asked, row: Sequence[object]) -> Counted:
    true, false, unknown = (int(str(count)) for count in row[:3])
    truth, held = Truth(true, false, unknown), row[3]
    if isinstance(held, Mapping):
        most = sorted(held.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN]
        return Counted(truth, tuple((str(v), int(n)) for v, n in most))
    if isinstance(held, list) and held[0] is not None and asked.column is not None:
        return Counted(truth, span=f"{asked.column.name} from {held[0]} to {held[1]}")
    return Counted(truth)


def _ordered(held: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(v for v, _ in sorted(held.items(), key=lambda pair: (-pair[1], pair[0])))
