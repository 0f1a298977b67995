"""One customer in the Parquet tables: their rows in all of them, and their place in an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq  # type: ignore[import-untyped]

from core.frames import CUSTOMER_ID
from core.models.customers import Column
from core.storage.duck import identifier, literal, looking, parquet
from core.storage.recipient_rows import NO_ADDRESS, SHARED_ADDRESS, address_sql
from core.storage.tables import ParquetCustomers

Row = Mapping[str, str | None]
"""The values of a row by column, as text; None where there is none."""


def rows_of(tables: Sequence[Path], customer_id: str) -> Mapping[str, tuple[Row, ...]]:
    """The rows of one customer in each of these tables, by the name of the table; one query.

    A table without a row of theirs is not named.
    """
    if not tables:
        return {}
    columns = {path.stem: tuple(pq.read_schema(path).names) for path in tables}
    every = " UNION ALL ".join(
        f"SELECT {literal(path.stem)}, [{_texts(columns[path.stem])}] "
        f"FROM {parquet(path)} WHERE {CUSTOMER_ID} = {literal(customer_id)}"
        for path in tables
    )
    with looking() as connection:
        rows = connection.execute(every).fetchall()
    found: dict[str, tuple[Row, ...]] = {}
    for name, values in rows:
        row = dict(zip(columns[name], values, strict=True))
        found[name] = (*found.get(name, ()), row)
    return found


def _texts(columns: Sequence[str]) -> str:
    return ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in columns)


@dataclass(frozen=True, slots=True)
class Ordered:
    """An assignment to find a customer's place in: its table, its salt, and their segment."""

    path: Path
    salt: str
    segment_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """A customer's hash, their place in the order of their segment from 1, and of how many."""

    digest: str
    place: int
    among: int


def places_of(orders: Sequence[Ordered], customer_id: str) -> tuple[Place, ...]:
    """The place of one customer in the order of each assignment, in one query.

    The order is that of `core.storage.assignment_table`: by SHA-256 of `salt:id`, then by id.
    """
    if not orders:
        return ()
    every = " UNION ALL ".join(_place(n, o, customer_id) for n, o in enumerate(orders))
    with looking() as connection:
        rows = connection.execute(f"SELECT * FROM ({every}) ORDER BY 1").fetchall()
    return tuple(Place(str(digest), int(place), int(among)) for _, digest, place, among in rows)


def _place(number: int, order: Ordered, customer_id: str) -> str:
    salt, own_id = literal(f"{order.salt}:"), literal(customer_id)
    own = f"sha256({salt} || {own_id})"
    return f"""SELECT {number}, {own}, count(*) FILTER (digest < {own}
            OR (digest = {own} AND {CUSTOMER_ID} <= {own_id})), count(*)
        FROM (SELECT {CUSTOMER_ID}, sha256({salt} || {CUSTOMER_ID}) AS digest
            FROM {parquet(order.path)} WHERE segment_id = {literal(order.segment_id)})"""


def inside(dataset: Path, columns: tuple[Column, ...], rule: str, customer_id: str) -> bool:
    """Whether an audience rule is true of a customer.

    Raises:
        BadInput: the text is no rule.
    """
    only = f"{CUSTOMER_ID} = {literal(customer_id)}"
    return ParquetCustomers(dataset, columns, where=only).truth(rule).true == 1


def address_problem(tables: tuple[Path, Path], email: str, customer_id: str) -> str:
    """Why a sender that finds people by address does not find this one; empty where it does.

    Args:
        tables: the assignments, and the data set.
        email: the column of addresses.
        customer_id: an assigned customer.
    """
    assignments, dataset = (parquet(path) for path in tables)
    address = address_sql(f"CAST(d.{identifier(email)} AS VARCHAR)")
    assigned = f"SELECT {CUSTOMER_ID} FROM {assignments}"
    with looking() as connection:
        own, alike = connection.execute(
            f"""WITH known AS (SELECT {CUSTOMER_ID} AS id, lower({address}) AS address
                FROM {dataset} AS d WHERE {CUSTOMER_ID} IN ({assigned})),
            own AS (SELECT address FROM known WHERE id = {literal(customer_id)})
            SELECT (SELECT address FROM own),
                count(*) FILTER (address = (SELECT address FROM own)) FROM known"""
        ).fetchall()[0]
    if own is None:
        return NO_ADDRESS
    return SHARED_ADDRESS if alike > 1 else ""


def example_id(dataset: Path) -> str | None:
    """An id of a data set, to show what one looks like; None for an empty one."""
    with looking() as connection:
        row = connection.execute(f"SELECT {CUSTOMER_ID} FROM {parquet(dataset)} LIMIT 1").fetchone()
    return None if row is None else str(row[0])
