"""One customer beside their segment and everybody: facts from a single row, for a single person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.frames import CUSTOMER_ID
from core.models.customers import Column, ColumnKind, SegmentRule
from core.models.segment_models import Feature
from core.storage.customer_values import pieces_with_ids
from core.storage.duck import identifier, literal, looking, parquet
from core.storage.rule_margins import Margins
from core.storage.tables import ParquetCustomers


@dataclass(frozen=True, slots=True)
class Standing:
    """One value of a customer: as text, and what is usual in the segment and overall.

    For a number and a date the means (a date's as text), and the share of everybody below; for a
    category and a yes or no the shares with the very same value. None where nothing is known.
    """

    column: str
    kind: ColumnKind
    value: str | None
    in_segment: float | str | None
    overall: float | str | None
    below: float | None = None


@dataclass(frozen=True, slots=True)
class RuleStanding:
    """Whether a rule holds for a customer, and how far it is from changing."""

    holds: bool
    distance: float


def standings(
    customers: ParquetCustomers,
    segments_path: Path,
    customer_id: str,
    segment_id: str,
    *,
    only: Collection[str] | None = None,
) -> tuple[Standing, ...]:
    """Every attribute of a customer, or some, beside the segment's and everybody's."""
    wanted = [c for c in customers.attributes if only is None or c.name in only]
    if not wanted:
        return ()
    inside = f"""{CUSTOMER_ID} IN (SELECT {CUSTOMER_ID} FROM {parquet(segments_path)}
        WHERE segment_id = {literal(segment_id)})"""
    values = ", ".join(f"{_value(c)} AS v{place}" for place, c in enumerate(wanted))
    asked = ", ".join(
        (_ranged if c.kind in _RANGED else _shared)(c, f"e.v{place}", f"o.v{place}")
        for place, c in enumerate(wanted)
    )
    # Everybody is read once, whatever the number of columns.
    with looking() as connection:
        row = connection.execute(
            f"""WITH everybody AS (SELECT {values}, {inside} AS inside, {CUSTOMER_ID} AS who
                FROM {customers.source()}),
            own AS (SELECT * FROM everybody WHERE who = ?)
            SELECT {asked} FROM everybody AS e, own AS o""",
            [customer_id],
        ).fetchall()[0]
    found = [row[place : place + _WIDTH] for place in range(0, len(row), _WIDTH)]
    return tuple(Standing(c.name, c.kind, *each) for c, each in zip(wanted, found, strict=True))


def rule_standings(
    customers: ParquetCustomers, rules: Sequence[SegmentRule], customer_id: str
) -> tuple[RuleStanding, ...]:
    """For each rule whether it holds for a customer, and how far it is from changing."""
    parsed = [customers.parsed(rule) for rule in rules]
    with looking() as connection:
        margins = Margins(connection, customers.source(), customers.attributes)
        rows = margins.of_one(parsed, CUSTOMER_ID, customer_id)
    return tuple(RuleStanding(truth is True, float(distance)) for truth, distance in rows)


def values_of(
    customers: ParquetCustomers, features: Sequence[Feature], customer_id: str
) -> npt.NDArray[np.float64]:
    """The values of one customer as a matrix with one row."""
    only = f"(SELECT * FROM {customers.source()} WHERE {CUSTOMER_ID} = {literal(customer_id)})"
    with looking() as connection:
        return np.vstack([p.values for p in pieces_with_ids(connection, only, features)])


_RANGED = frozenset({ColumnKind.NUMBER, ColumnKind.DATE})
_WIDTH = 4


def _value(column: Column) -> str:
    """SQL of the value of a column as it is compared."""
    name = identifier(column.name)
    if column.kind is ColumnKind.NUMBER:
        number = f"CAST({name} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    return f"CAST({name} AS {'DATE' if column.kind is ColumnKind.DATE else 'VARCHAR'})"


def _ranged(column: Column, value: str, own: str) -> str:
    means = f"avg({value}) FILTER (e.inside), avg({value})"
    if column.kind is ColumnKind.DATE:
        means = f"{_mean_day(value, 'FILTER (e.inside)')}, {_mean_day(value, '')}"
    return f"""CAST(any_value({own}) AS VARCHAR), {means},
        count(*) FILTER ({value} < {own}) / nullif(count({value}), 0)"""


def _mean_day(value: str, only: str) -> str:
    days = f"avg(date_diff('day', DATE '1970-01-01', {value})) {only}"
    return f"CAST(DATE '1970-01-01' + CAST(round({days}) AS INTEGER) AS VARCHAR)"


def _shared(column: Column, value: str, own: str) -> str:
    del column
    return f"""any_value({own}),
        count(*) FILTER (e.inside AND {value} = {own})
            / nullif(count({value}) FILTER (e.inside), 0),
        count(*) FILTER ({value} = {own}) / nullif(count({value}), 0), NULL"""
