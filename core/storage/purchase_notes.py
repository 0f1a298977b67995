"""What is worth saying about purchases that were rolled up: cancellations, gaps, repeats."""

from collections.abc import Iterator, Sequence

import duckdb

from core.models.customer_file import Transactions
from core.storage.source_file import SOURCE, SourceFile

_FACTS = """
    SELECT count(*) FILTER (used), count(DISTINCT id) FILTER (used), max(day),
        count(*) FILTER (id IS NULL), count(*) FILTER (used AND cancelled),
        count(DISTINCT coalesce(purchase, CAST(row AS VARCHAR))) FILTER (used AND cancelled),
        coalesce(sum(amount) FILTER (used AND cancelled), 0),
        count(*) FILTER (used AND amount = 0), count(*) FILTER (cancelled)
    FROM (SELECT *, reason IS NULL AND NOT suppressed AS used FROM purchases)
"""


def said(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    told: Transactions,
    left: Sequence[str],
) -> tuple[str, ...]:
    """Sentences about the purchases as they were judged and rolled up."""
    facts = connection.execute(_FACTS).fetchall()[0]
    rows, customers, newest, nameless, cancelled, orders, returned, free, all_cancelled = facts
    sentences = [_of_all(rows, customers, newest), *_of_gaps(nameless, free)]
    sentences += _of_cancellations(cancelled, orders, returned, all_cancelled)
    sentences += [*_of_repeats(connection, source), *_of_orders(connection, told)]
    if left:
        names = ", ".join(left[:8])
        sentences.append(f"Not kept, because they differ from purchase to purchase: {names}.")
    return tuple(sentences)


def _of_all(rows: int, customers: int, newest: object) -> str:
    return (
        f"{rows:,} purchases of {customers:,} customers were added up; recency_days counts to "
        f"{newest}, the newest date in the file."
    )


def _of_gaps(nameless: int, free: int) -> Iterator[str]:
    if nameless:
        yield f"{nameless:,} rows have no customer id; they belong to nobody and were left out."
    if free:
        yield f"{free:,} purchases have the amount 0; they count as purchases."


def _of_cancellations(lines: int, orders: int, amount: float, everywhere: int) -> Iterator[str]:
    if lines:
        yield (
            f"{lines:,} rows of {orders:,} cancelled orders were netted out: they take "
            f"{-amount:,.2f} from total_spend and count in cancelled_orders, not in orders."
        )
    if everywhere > lines:
        yield f"{everywhere - lines:,} more cancelled rows are among those that were left out."


def _of_repeats(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> Iterator[str]:
    fields = ", ".join(f"c{i}" for i in range(len(source.columns)))
    total, different = connection.execute(
        f"SELECT count(*), count(DISTINCT hash({fields})) FROM {SOURCE} SEMI JOIN "
        "(SELECT row FROM purchases WHERE reason IS NULL AND NOT suppressed) USING (row)"
    ).fetchall()[0]
    repeats = total - different
    if repeats:
        yield f"{repeats:,} rows repeat another one in every column; they were counted, too."


def _of_orders(connection: duckdb.DuckDBPyConnection, told: Transactions) -> Iterator[str]:
    if told.order is None:
        yield (
            "No column names the order, so all purchases of a customer on one day count as one "
            "order."
        )
    only = connection.execute("SELECT count(*) FROM rolled WHERE orders = 0").fetchall()[0][0]
    if only:
        yield f"{only:,} customers have nothing but cancellations; their orders are 0."
