"""Recency, frequency and monetary value as ordinary rules, one for each of the usual cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import BadInput
from core.models.customers import Column, ColumnKind, ColumnRole, SegmentRule
from core.protocols.customer_table import CustomerTable

_RECENCY = re.compile(r"recency|(days|weeks|months)_since|since_last")
_FREQUENCY = re.compile(r"frequency|(^|_)(orders|purchases|transactions)(_|$)|order_count")
_MONETARY = re.compile(r"monetary|spend|spent|revenue|turnover|(total|order)_(amount|value)")
_QUANTILES = {
    "recency": (0.2, 0.4, 0.6, 0.8),
    "frequency": (0.4, 0.6),
    "monetary": (0.6, 0.8),
}
_STEPS = 40


@dataclass(frozen=True, slots=True)
class RfmConfig:
    """Which columns hold what (None: guessed by name), and the cuts (empty: from quantiles).

    The cuts of recency stand at 20, 40, 60 and 80 %, of frequency at 40 and 60 %, and of the
    money at 60 and 80 % of the customers.
    """

    recency: str | None = None
    frequency: str | None = None
    monetary: str | None = None
    recency_cuts: tuple[float, ...] = ()
    frequency_cuts: tuple[float, ...] = ()
    monetary_cuts: tuple[float, ...] = ()


def rfm_rules(table: CustomerTable, config: RfmConfig) -> tuple[SegmentRule, ...]:
    """The usual cells as rules over the table's own columns; together they hold everybody.

    Raises:
        BadInput: one of the three columns is missing; says which.
    """
    recency = _found(table, config.recency, _RECENCY)
    frequency = _found(table, config.frequency, _FREQUENCY)
    monetary = _found(table, config.monetary, _MONETARY)
    if recency is None or frequency is None or monetary is None:
        raise BadInput(_lacking(recency, frequency, monetary))
    r = _cuts(table, recency, config.recency_cuts, _QUANTILES["recency"])
    f = _cuts(table, frequency, config.frequency_cuts, _QUANTILES["frequency"])
    m = _cuts(table, monetary, config.monetary_cuts, _QUANTILES["monetary"])
    return _cells(
        [_Axis(c.name, cuts) for c, cuts in ((recency, r), (frequency, f), (monetary, m))]
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    column: str
    cuts: Sequence[float]

    def upto(self, cut: int) -> str:
        return f"{_quoted(self.column)} <= {self.cuts[cut]!r}"

    def above(self, cut: int) -> str:
        return f"{_quoted(self.column)} > {self.cuts[cut]!r}"


def _cells(axes: Sequence[_Axis]) -> tuple[SegmentRule, ...]:
    """In order: the first cell that fits decides."""
    r, f, m = axes
    conditions = {
        "Champions": (r.upto(1), f.above(1), m.above(0)),
        "Loyal customers": (r.upto(2), f.above(1)),
        "Big spenders": (r.upto(2), m.above(1)),
        "New customers": (r.upto(0), f.upto(0)),
        "Promising": (r.upto(1),),
        "At risk": (r.above(2), f.above(1)),
        "Hibernating": (r.above(3), f.upto(0)),
        "Need attention": (),
    }
    return tuple(
        SegmentRule(name.lower().replace(" ", "-"), name, " and ".join(rule))
        for name, rule in conditions.items()
    )


def _found(table: CustomerTable, named: str | None, pattern: re.Pattern[str]) -> Column | None:
    numbers = [
        c for c in table.columns if c.kind is ColumnKind.NUMBER and c.role is ColumnRole.ATTRIBUTE
    ]
    if named is not None:
        return next((c for c in numbers if c.name == named), None)
    return next((c for c in numbers if pattern.search(c.name.lower())), None)


def _lacking(recency: Column | None, frequency: Column | None, monetary: Column | None) -> str:
    parts = (
        (recency, "how long ago each customer last bought", "recency"),
        (frequency, "how many orders each customer made", "order count"),
        (monetary, "how much each customer spent", "amount spent"),
    )
    needed = " and ".join(needs for column, needs, _ in parts if column is None)
    absent = " and no ".join(short for column, _, short in parts if column is None)
    present = " and ".join(column.name for column, _, _ in parts if column is not None)
    return (
        f"RFM needs {needed}; this data has {present + ' but no ' if present else 'no '}{absent}."
    )


def _cuts(
    table: CustomerTable, column: Column, fixed: Sequence[float], quantiles: Sequence[float]
) -> tuple[float, ...]:
    if fixed and (len(fixed) != len(quantiles) or list(fixed) != sorted(fixed)):
        raise BadInput(f"{column.name} needs {len(quantiles)} rising cut points, not {fixed}.")
    if fixed:
        return tuple(float(cut) for cut in fixed)
    if column.minimum is None or column.maximum is None:
        raise BadInput(f"{column.name} holds no number, so RFM cannot use it.")
    span = float(column.minimum), float(column.maximum)
    return tuple(_quantile(table, column.name, span, share) for share in quantiles)


def _quantile(table: CustomerTable, column: str, span: tuple[float, float], share: float) -> float:
    """A value up to which at least this share of the known values lies, found by halving."""
    low, high = span
    for _ in range(_STEPS):
        middle = (low + high) / 2
        truth = table.truth(f"{_quoted(column)} <= {middle!r}")
        if truth.true >= share * (truth.true + truth.false):
            high = middle
        else:
            low = middle
        if high - low <= 1e-6 * max(abs(high), 1.0):
            break
    return float(f"{high:.6g}")


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
