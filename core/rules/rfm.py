"""Recency, frequency and monetary value: scores from 1 to 5, and the usual cells as rules.

The scores are those of the R package `rfm` (`rfm_table_customer`): the cut points are the
quantiles at 20, 40, 60 and 80 %, linear between two values; a value at or above a cut is in the
next bin, and the fewest days since the last order score 5. Like the package we add 1 to the
quantiles of whole numbers, so that a customer at the quantile is below the cut. For amounts with
decimals, where adding 1 would make the score depend on the currency, being above the quantile
takes its place. Cut points that a person gives are taken as they are.

FM is the mean of the frequency and the monetary score, rounded up. Every pair of R and FM is in
exactly one cell:

            FM 1                FM 2                 FM 3                 FM 4     FM 5
    R 5     New customers       Potential loyalists  Potential loyalists  Champions
    R 4     Promising           Potential loyalists  Potential loyalists  Loyal customers
    R 3     About to sleep      About to sleep       Need attention       Loyal customers
    R 2     Hibernating         Hibernating          At risk              At risk  Cannot lose them
    R 1     Lost                Lost                 At risk              At risk  Cannot lose them

A customer of whom one of the three is not known is in "No purchase known".
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.errors import BadInput
from core.models.customers import Column, ColumnKind, SegmentRule
from core.models.segment_models import RfmAxis, RfmModel
from core.protocols.customer_table import CustomerTable

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

SHARES = (0.2, 0.4, 0.6, 0.8)
BINS = len(SHARES) + 1

_RECENCY = re.compile(r"recency|(days|weeks|months)_since|since_last")
_LAST_DAY = re.compile(r"(^|_)(last|latest)(_|$)|recency")
_FREQUENCY = re.compile(r"frequency|(^|_)(orders|purchases|transactions)(_|$)|order_count")
_MONETARY = re.compile(r"monetary|spend|spent|revenue|turnover|(total|order)_(amount|value)")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class RfmConfig:
    """Which columns hold what (None: guessed by name), and the cuts (empty: from quantiles)."""

    recency: str | None = None
    frequency: str | None = None
    monetary: str | None = None
    recency_cuts: tuple[float, ...] = ()
    frequency_cuts: tuple[float, ...] = ()
    monetary_cuts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One named cell: the least recency score and the least sum of the other two, in order."""

    segment_id: str
    name: str
    about: str
    recency: int = 1
    both: int = 2


CELLS = (
    Cell("champions", "Champions", "bought just now, often and for much", 5, 7),
    Cell("loyal-customers", "Loyal customers", "buy often or for much, and did so lately", 3, 7),
    Cell("potential-loyalists", "Potential loyalists", "bought lately, more than once", 4, 3),
    Cell("new-customers", "New customers", "bought just now, little so far", 5),
    Cell("promising", "Promising", "bought lately, little so far", 4),
    Cell("need-attention", "Need attention", "in the middle of all three", 3, 5),
    Cell("about-to-sleep", "About to sleep", "bought little, some time ago", 3),
    Cell("cannot-lose-them", "Cannot lose them", "were among the best, long ago", 1, 9),
    Cell("at-risk", "At risk", "bought a fair amount, long ago", 1, 5),
    Cell("hibernating", "Hibernating", "bought little, long ago", 2),
    Cell("lost", "Lost", "bought little, longest ago"),
)
UNSCORED = SegmentRule("no-purchase-known", "No purchase known", "")


def rfm_model(table: CustomerTable, config: RfmConfig) -> RfmModel:
    """The three columns and their cut points.

    Raises:
        BadInput: one of the three columns is missing or unfit, or cut points do not rise.
    """
    recency = _found(table, config.recency, _RECENCY) or _last_day(table, config.recency)
    frequency = _found(table, config.frequency, _FREQUENCY)
    monetary = _found(table, config.monetary, _MONETARY)
    if recency is None or frequency is None or monetary is None:
        raise BadInput(_lacking(recency, frequency, monetary))
    given = (config.recency_cuts, config.frequency_cuts, config.monetary_cuts)
    columns = (recency, frequency, monetary)
    r, f, m = (_axis(table, column, cuts) for column, cuts in zip(columns, given, strict=True))
    return RfmModel(r, f, m, fixed=all(given))


def rfm_rules(model: RfmModel) -> tuple[SegmentRule, ...]:
    """The cells as rules in order: the first that holds decides, and together they hold everybody.

    Examples:
        >>> days, orders = RfmAxis("days", (30, 60, 90, 180)), RfmAxis("orders", (2, 3, 4, 5))
        >>> rules = rfm_rules(RfmModel(days, orders, RfmAxis("spend", (10, 20, 40, 80))))
        >>> [rule.rule for rule in rules if rule.segment_id == "hibernating"]
        ['"days" < 180.0']
    """
    unknown = " or ".join(f"{_quoted(axis.column)} is missing" for axis in model.axes)
    unscored = SegmentRule(UNSCORED.segment_id, UNSCORED.name, unknown, about="not scored")
    return (unscored, *(_rule(cell, model) for cell in CELLS))


def cells_of(values: Values, model: RfmModel) -> Places:
    """The cell of each customer by its place in the rules, 0 for those who are not scored.

    Args:
        values: a row each customer; recency, frequency and money as columns, NaN for missing.
        model: the cut points.
    """
    r, f, m = scores_of(values, model)
    both = f + m
    places = np.zeros(len(values), dtype=np.int64)
    for place, cell in reversed(list(enumerate(CELLS, 1))):
        places[(r >= cell.recency) & (both >= cell.both)] = place
    places[np.isnan(values).any(axis=1)] = 0
    return places


def scores_of(values: Values, model: RfmModel) -> tuple[Places, Places, Places]:
    """The scores of each customer, 1 to 5: recency, frequency, money; the values as `cells_of`."""
    r = BINS + 1 - _scores(values[:, 0], model.recency)
    if model.recency.date:
        r = BINS + 1 - r
    return r, _scores(values[:, 1], model.frequency), _scores(values[:, 2], model.monetary)


def cut_anew(values: Values, model: RfmModel) -> RfmModel:
    """The model with the cut points that the quantiles of these customers give."""
    r, f, m = (
        replace(axis, cuts=_quantile_cuts(values[:, place], axis))
        for place, axis in enumerate(model.axes)
    )
    return RfmModel(r, f, m)


def _quantile_cuts(values: Values, axis: RfmAxis) -> tuple[float, ...]:
    known = values[~np.isnan(values)]
    if not len(known):
        return axis.cuts
    found = np.quantile(known, SHARES)
    if axis.date:
        return tuple(np.floor(found - 1).tolist())
    return tuple((found + 1 if axis.inclusive else found).tolist())


def _scores(values: Values, axis: RfmAxis) -> Places:
    """1 and one more for each cut that the value is above."""
    side: Literal["left", "right"] = "right" if axis.inclusive and not axis.date else "left"
    return 1 + np.searchsorted(np.array(axis.cuts), values, side=side)


def _rule(cell: Cell, model: RfmModel) -> SegmentRule:
    parts = [_recent(model.recency, cell.recency), _both(model, cell.both)]
    rule = " and ".join(part for part in parts if part)
    return SegmentRule(cell.segment_id, cell.name, rule, about=cell.about)


def _recent(axis: RfmAxis, score: int) -> str:
    """That the recency score is at least this; few days, or a late date, score high."""
    if score <= 1:
        return ""
    column = _quoted(axis.column)
    if axis.date:
        day = _EPOCH + timedelta(days=int(axis.cuts[score - 2]))
        return f"{column} > '{day.isoformat()}'"
    return f"{column} {'<' if axis.inclusive else '<='} {float(axis.cuts[BINS - score])!r}"


def _both(model: RfmModel, total: int) -> str:
    """That the frequency and the monetary score together are at least this."""
    if total <= 2:
        return ""
    pairs = [
        (f, max(total - f, 1)) for f in range(max(total - BINS, 1), BINS + 1) if total - f <= BINS
    ]
    kept = [(f, m) for f, m in pairs if f == 1 or m > 1 or (f - 1, 1) not in pairs]
    either = [
        " and ".join(filter(None, (_high(model.frequency, f), _high(model.monetary, m))))
        for f, m in kept
    ]
    joined = " or ".join(f"({part})" if " and " in part else part for part in either)
    return f"({joined})" if len(either) > 1 else joined


def _high(axis: RfmAxis, score: int) -> str:
    if score <= 1:
        return ""
    sign = ">=" if axis.inclusive else ">"
    return f"{_quoted(axis.column)} {sign} {float(axis.cuts[score - 2])!r}"


def _axis(table: CustomerTable, column: Column, fixed: Sequence[float]) -> RfmAxis:
    if fixed and (len(fixed) != len(SHARES) or list(fixed) != sorted(fixed)):
        listed = ", ".join(f"{cut:g}" for cut in fixed)
        raise BadInput(f"{column.name} needs {len(SHARES)} rising cut points, not {listed}.")
    dated = column.kind is ColumnKind.DATE
    if fixed and dated:
        raise BadInput(f"{column.name} holds dates; cut points are for a number of days.")
    if fixed:
        return RfmAxis(column.name, tuple(float(cut) for cut in fixed))
    found = table.quantiles(column.name, SHARES)
    if not found:
        raise BadInput(f"{column.name} holds no value, so RFM cannot use it.")
    if dated:
        return RfmAxis(column.name, tuple(math.floor(day - 1) for day in found), date=True)
    whole = table.profiles([column.name])[0].whole
    cuts = tuple(value + 1 for value in found) if whole else found
    return RfmAxis(column.name, cuts, inclusive=whole)


def _found(table: CustomerTable, named: str | None, pattern: re.Pattern[str]) -> Column | None:
    known = [c for c in table.columns if c.in_rules]
    numbers = [c for c in known if c.kind is ColumnKind.NUMBER]
    if named is None:
        return next((c for c in numbers if pattern.search(c.name.lower())), None)
    chosen = next((c for c in known if c.name == named), None)
    if chosen is None:
        listed = ", ".join(c.name for c in numbers) or "none"
        raise BadInput(f"There is no attribute '{named}'; the numbers of this data are: {listed}.")
    if chosen.kind is ColumnKind.DATE and pattern is _RECENCY:
        return None
    if chosen.kind is not ColumnKind.NUMBER:
        raise BadInput(f"{named} holds {chosen.kind.replace('_', '/')}, and RFM needs a number.")
    return chosen


def _last_day(table: CustomerTable, named: str | None) -> Column | None:
    dates = [c for c in table.columns if c.in_rules and c.kind is ColumnKind.DATE]
    if named is not None:
        return next((c for c in dates if c.name == named), None)
    return next((c for c in dates if _LAST_DAY.search(c.name.lower())), None)


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


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
