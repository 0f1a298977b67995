"""Which numbers of a read-out are shown, and how they are written."""

import re
from collections.abc import Iterable

from core.charts.units import MONEY, NUMBER, POINTS, Unit
from core.errors import NotFound
from core.models.experiment import MetricKind
from core.models.readout import Estimate, Interval, Readout

_IS_MONEY = re.compile(
    r"spend|spent|revenue|sales|margin|profit|price|amount|turnover|aov", re.IGNORECASE
)
_RATIO = Unit("ratio")
_MONEY_RATIO = Unit("$", prefix="$")
_USUAL_ALPHA = 0.05


def primary_metric(readout: Readout) -> str | None:
    """The metric that decides; None where nothing was measured."""
    named = readout.settings.get("primary_metric")
    if isinstance(named, str):
        return named
    return next((row.metric for row in readout.estimates if not row.guardrail), None)


def estimates_of(readout: Readout, metric: str, column: str | None = None) -> list[Estimate]:
    """One estimate for each group on a metric, overall or within each value of a column.

    Where there is a covariate, the adjusted one: the conclusion reads it.

    Raises:
        NotFound: the read-out has no such metric, or was not read by that column.
    """
    wanted = [
        row
        for row in readout.estimates
        if row.metric == metric and (row.slice.column if row.slice else None) == column
    ]
    if not wanted:
        by = f"{metric} by {column}" if column else metric
        raise NotFound("metric", by, "The read-out does not hold it.")
    return _best(wanted)


def metric_unit(readout: Readout, metric: str) -> Unit:
    """How this metric is written, with decimals that suit the precision of the overall result.

    Raises:
        NotFound: the read-out has no such metric.
    """
    rows = estimates_of(readout, metric)
    return _unit(metric, rows[0].type).fitted(shown_interval(row) for row in rows)


def alpha(readout: Readout) -> float:
    """The error the read-out was made with."""
    return _setting(readout, "alpha") or _USUAL_ALPHA


def shared_alpha(readout: Readout) -> float:
    """The error left for one group when all are compared together."""
    arms = max(len({row.arm for row in readout.estimates}), 1)
    return _setting(readout, "alpha_per_arm") or alpha(readout) / arms


def registered_effect(readout: Readout) -> float | None:
    """The smallest effect worth using, relative to control; None where none was registered."""
    return _setting(readout, "mde") or None


def is_sequential(readout: Readout) -> bool:
    """Whether the read-out was planned to be looked at more than once."""
    return any(row.sequential_interval for row in readout.estimates)


def shown_interval(row: Estimate) -> Interval | None:
    """The interval of the difference to look at; a sequential plan shows no other."""
    return row.sequential_interval or row.difference_interval


def shown_lift_interval(row: Estimate) -> Interval | None:
    """The interval of the lift, on the same footing as that of the difference."""
    return row.sequential_lift_interval if row.sequential_interval else row.lift_interval


def _setting(readout: Readout, name: str) -> float | None:
    value = readout.settings.get(name)
    return float(value) if isinstance(value, int | float) else None


def _best(rows: Iterable[Estimate]) -> list[Estimate]:
    best: dict[tuple[object, ...], Estimate] = {}
    for row in rows:
        key = (row.slice, row.arm)
        if key not in best or row.covariate_adjusted:
            best[key] = row
    return list(best.values())


def _unit(metric: str, kind: MetricKind) -> Unit:
    if kind is MetricKind.PROPORTION:
        return POINTS
    is_money = _IS_MONEY.search(metric) is not None
    if kind is MetricKind.RATIO:
        return _MONEY_RATIO if is_money else _RATIO
    return MONEY if is_money else NUMBER
