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
    inside = f"""{CUSTOMER_ID} IN (SELECT {CUSTOMER_ID} FROM {parquet(segments_path)}
        WHERE segment_id = {literal(segment_id)})"""
    found = []
    wanted = [c for c in customers.attributes if only is None or c.name in only]
    with looking() as connection:
        for column in wanted:
            query = _ranged if column.kind in _RANGED else _shared
            row = connection.execute(
                query(column, customers.source(), inside), [customer_id]
            ).fetchall()[0]
            found.append(Standing(column.name, column.kind, *row))
    return tuple(found)


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


def _ranged(column: Column, source: str, inside: str) -> str:
    name = identifier(column.name)
    number = f"CAST({name} AS DOUBLE)"
    value = f"CASE WHEN isfinite({number}) THEN {number} END"
    means = "avg(v) FILTER (inside), avg(v)"
    if column.kind is ColumnKind.DATE:
        value, means = f"CAST({name} AS DATE)", f"{_mean_day('FILTER (inside)')}, {_mean_day('')}"
    return f"""WITH everybody AS (SELECT {value} AS v, {inside} AS inside,
            {CUSTOMER_ID} AS who FROM {source}),
        own AS (SELECT v FROM everybody WHERE who = ?)
        SELECT (SELECT CAST(v AS VARCHAR) FROM own), {means},
        count(*) FILTER (v < (SELECT v FROM own)) / nullif(count(v), 0) FROM everybody"""


def _mean_day(only: str) -> str:
    days = f"avg(date_diff('day', DATE '1970-01-01', v)) {only}"
    return f"CAST(DATE '1970-01-01' + CAST(round({days}) AS INTEGER) AS VARCHAR)"


def _shared(column: Column, source: str, inside: str) -> str:
    return f"""WITH everybody AS (SELECT CAST({identifier(column.name)} AS VARCHAR) AS v,
            {inside} AS inside, {CUSTOMER_ID} AS who FROM {source}),
        own AS (SELECT v FROM everybody WHERE who = ?)
        SELECT (SELECT v FROM own),
        count(*) FILTER (inside AND v = (SELECT v FROM own)) / nullif(count(v) FILTER (inside), 0),
        count(*) FILTER (v = (SELECT v FROM own)) / nullif(count(v), 0), NULL FROM everybody"""
