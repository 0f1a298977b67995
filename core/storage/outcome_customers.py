"""The customers of a file of outcomes: each once, and each a part of the test."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import FileInvalid
from core.frames import CUSTOMER_ID
from core.storage.duck import parquet
from core.storage.source_file import SOURCE, SourceFile
from core.storage.suppression_tokens import NOBODY, Suppressed

MOST_OTHERS = 0.5
"""Where more of the rows than this are of nobody in the test, the file is another one's."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Who is no longer spoken of: `erased` on request, or `suppressed` before the assignment."""

    erased: Suppressed = NOBODY
    suppressed: Suppressed = NOBODY


@dataclass(frozen=True, slots=True)
class Assigned:
    """The customers of a campaign, by its name for people."""

    path: Path
    campaign: str


def leave_out_others(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    field: str,
    assigned: Assigned,
    *,
    allowed: bool,
) -> int:
    """Removes the rows of customers who are not in the test; gives how many there were.

    Raises:
        FileInvalid: there are some and that is not allowed, or they are most of the file.
    """
    others = (
        f"{field} IS NOT NULL AND {field} NOT IN "
        f"(SELECT {CUSTOMER_ID} FROM {parquet(assigned.path)})"
    )
    count, row, customer = connection.execute(
        f"SELECT count(*), min(row), arg_min({field}, row) FROM {SOURCE} WHERE {others}"
    ).fetchall()[0]
    if not count:
        return 0
    most = count > MOST_OTHERS * source.rows
    if most or not allowed:
        rows = f"{count:,} of {source.rows:,} rows are of such customers"
        advice = (
            "This is probably the file of another campaign."
            if most
            else "Bring the file of this campaign, or choose to leave such rows out "
            "(--leave-out-others)."
        )
        raise FileInvalid(
            source.path,
            f"the customer '{customer}' was not part of '{assigned.campaign}'; {rows}. {advice} "
            "Nothing was stored.",
            line=source.line_of(row),
        )
    connection.execute(f"DELETE FROM {SOURCE} WHERE {others}")
    return int(count)


def pass_over_left_out(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    field: str,
    assigned: Assigned,
    gone: LeftOut,
) -> int:
    """Removes the rows of who was erased, or was left out before assignment; how many there were.

    They are no strangers: what is kept of them is a mark that says they are to be passed over.
    """
    erased = gone.erased.matches(connection, field)
    connection.execute(f"CREATE TEMP TABLE passed_over AS SELECT row FROM {SOURCE} WHERE {erased}")
    hidden = gone.suppressed.matches(connection, field)
    known = f"SELECT {CUSTOMER_ID} FROM {parquet(assigned.path)}"
    connection.execute(
        f"INSERT INTO passed_over SELECT row FROM {SOURCE} WHERE {hidden} "
        f"AND {field} NOT IN ({known}) AND row NOT IN (FROM passed_over)"
    )
    count = int(connection.execute("SELECT count(*) FROM passed_over").fetchall()[0][0])
    if count == source.rows and count:
        raise FileInvalid(
            source.path, "all of its customers were erased or left out. Nothing was stored."
        )
    connection.execute(f"DELETE FROM {SOURCE} WHERE row IN (FROM passed_over)")
    connection.execute("DROP TABLE passed_over")
    return count


def refuse_customers(connection: duckdb.DuckDBPyConnection, source: SourceFile, field: str) -> None:
    """Refuses a row without a customer, and a customer with two rows.

    Raises:
        FileInvalid: names the first line.
    """
    rows = connection.execute(
        f"""SELECT row, {field}, first
        FROM (SELECT row, {field}, min(row) OVER (PARTITION BY {field}) AS first FROM {SOURCE})
        WHERE {field} IS NULL OR first < row ORDER BY row"""
    ).fetchmany(1)
    for row, customer, first in rows:
        problem = f"the customer '{customer}' is already on line {source.line_of(first)}."
        if customer is None:
            problem = "there is no customer id."
        raise FileInvalid(source.path, f"{problem} Nothing was stored.", line=source.line_of(row))
