"""The events of a campaign: one Parquet file, sorted by id, to which new ones are added once."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.storage.duck import bounded, copy_parquet, looking, number, parquet, session
from core.storage.event_columns import STORED
from core.storage.event_file import ROWS, StagedEvents, differs, told

_MERGED = "merged.parquet"


@dataclass(frozen=True, slots=True)
class MergedEvents:
    """All events of a campaign with those of a file, in a file beside what was staged."""

    path: Path
    new: int
    known: int


def merge_events(staged: StagedEvents, kept: Path) -> MergedEvents:
    """The kept events and the staged ones; an event that is kept already is not added again.

    Raises:
        FileInvalid: an id is kept with other content, an order under another id, or the amounts
            are in another currency. Names the line; nothing is kept.
    """
    with session() as connection:
        bounded(connection, staged.folder)
        new = parquet(staged.events)
        brought = number(connection, f"SELECT count(*) FROM {new}")
        if not kept.is_file():
            return MergedEvents(staged.events, brought, 0)
        old = parquet(kept)
        _refuse_other_content(connection, staged, old)
        _refuse_other_currency(connection, staged, old)
        _refuse_other_order(connection, staged, old)
        added = f"SELECT * FROM {new} AS n WHERE event_id NOT IN (SELECT event_id FROM {old})"
        fresh = number(connection, f"SELECT count(*) FROM ({added})")
        if not fresh:
            return MergedEvents(kept, 0, brought)
        names = ", ".join(STORED)
        path = staged.folder / _MERGED
        copy_parquet(
            connection,
            f"SELECT {names} FROM (SELECT {names} FROM {old} UNION ALL SELECT {names} FROM "
            f"({added})) ORDER BY event_id",
            path,
        )
        return MergedEvents(path, fresh, brought - fresh)


def currency_of(events: Path) -> str | None:
    """The one currency of all amounts; None without any."""
    with looking() as connection:
        return _currency(connection, parquet(events))


def _currency(connection: duckdb.DuckDBPyConnection, table: str) -> str | None:
    rows = connection.execute(f"SELECT any_value(currency) FROM {table}").fetchall()
    return None if rows[0][0] is None else str(rows[0][0])


def _refuse_other_content(
    connection: duckdb.DuckDBPyConnection, staged: StagedEvents, old: str
) -> None:
    found = connection.execute(
        f"""SELECT r.row, n.event_id, {", ".join(told("k", "n"))}
        FROM {parquet(staged.events)} AS n JOIN {old} AS k ON k.event_id = n.event_id
        JOIN {parquet(staged.folder / ROWS)} AS r ON r.event_id = n.event_id
        WHERE {differs("k", "n")} ORDER BY r.row LIMIT 1"""
    ).fetchall()
    for row, event, column, before, now in found:
        raise staged.refuse(
            f"the event '{event}' is already kept with the {column} {before}, here it is {now}", row
        )


def _refuse_other_currency(
    connection: duckdb.DuckDBPyConnection, staged: StagedEvents, old: str
) -> None:
    kept = _currency(connection, old)
    found = connection.execute(
        f"SELECT row, currency FROM {parquet(staged.folder / ROWS)} WHERE currency <> $1 "
        "ORDER BY row LIMIT 1",
        [kept],
    ).fetchall()
    for row, currency in found:
        raise staged.refuse(
            f"the currency is {currency}, but the campaign's amounts are in {kept}; nothing is "
            "converted, so bring amounts in that currency",
            row,
        )


def _refuse_other_order(
    connection: duckdb.DuckDBPyConnection, staged: StagedEvents, old: str
) -> None:
    found = connection.execute(
        f"""SELECT r.row, r.order_id, k.event_id FROM {parquet(staged.folder / ROWS)} AS r
        JOIN {old} AS k ON k.order_id = r.order_id AND k.kind = r.kind
        WHERE r.kind = 'ordered' AND k.event_id <> r.event_id ORDER BY r.row LIMIT 1"""
    ).fetchall()
    for row, order, event in found:
        raise staged.refuse(
            f"the order '{order}' is already kept as the event '{event}' and would count twice", row
        )
