"""Which numbers of a read-out are shown, and how they are written."""

import re
from collections.abc import Iterable, Sequence

from core.charts.metric_words import is_money
from core.charts.units import MONEY, NUMBER, POINTS, RELATIVE, Unit
from core.errors import NotFound
from core.models.experiment import MetricKind
from core.models.readout import Estimate, Interval, Readout

OPENS_DECIDE_NOTHING = (
    "Mail privacy features open messages by themselves; opens are shown last and decide nothing."
)
_OPENS = re.compile(r"(unique[ _]?)?open(s|ed|[ _]?rate)?|bot_clicks", re.IGNORECASE)
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
    return unit_of(metric, rows[0].type).fitted(shown_interval(row) for row in rows)


def unit_of(metric: str, kind: MetricKind) -> Unit:
    """How a metric of this kind is written, before its precision is known."""
    if kind is MetricKind.PROPORTION:
        return POINTS
    if kind is MetricKind.RATIO:
        return _MONEY_RATIO if is_money(metric) else _RATIO
    return MONEY if is_money(metric) else NUMBER


def lift_unit(readout: Readout, metric: str) -> Unit:
    """How a lift of this metric is written, with decimals that suit its precision.

    Raises:
        NotFound: the read-out has no such metric.
    """
    return RELATIVE.fitted(shown_lift_interval(row) for row in estimates_of(readout, metric))


def smallest_difference(
    readout: Readout, metric: str, relative: float | None = None
) -> float | None:
    """The smallest effect worth using as a difference: a share of the overall mean of control.

    `relative` is by default what was registered; None where nothing was, or without a mean.
    """
    effect = registered_effect(readout) if relative is None else relative
    means = [row.mean_control for row in estimates_of(readout, metric)]
    return effect * abs(means[0]) if effect and means[0] else None


def metrics(readout: Readout) -> list[str]:
    """The metrics to look at in full: the one that decides, then others; no guardrail, no opens.

    Opens that decide stay where the metric that decides stands.
    """
    primary = primary_metric(readout)
    others = [
        row.metric
        for row in readout.estimates
        if row.slice is None and not row.guardrail and not is_opens(row.metric)
    ]
    return list(dict.fromkeys([*filter(None, [primary]), *others]))


def opens(readout: Readout) -> list[str]:
    """The metrics that count opens and decide nothing."""
    primary = primary_metric(readout)
    found = [
        row.metric
        for row in readout.estimates
        if row.slice is None and not row.guardrail and is_opens(row.metric)
    ]
    return [name for name in dict.fromkeys(found) if name != primary]


def is_opens(metric: str) -> bool:
    """Whether a metric counts opens or clicks that mail programs make by themselves.

    Examples:
        >>> [is_opens(name) for name in ("opens", "Open_Rate", "bot_clicks", "open_tickets")]
        [True, True, True, False]
    """
    return _OPENS.fullmatch(metric.strip()) is not None


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


def shown_coverage(readout: Readout, rows: Sequence[Estimate]) -> float:
    """The coverage of the intervals that are shown of these rows.

    A guardrail keeps the whole error: harm must not be corrected away.
    """
    guardrail = all(row.guardrail for row in rows)
    shared = are_sequential(rows) and not guardrail
    return 1 - (shared_alpha(readout) if shared else alpha(readout))


def are_sequential(rows: Iterable[Estimate]) -> bool:
    """Whether the shown intervals of these rows are right for more than one look."""
    return any(row.sequential_interval for row in rows)


def is_sequential(readout: Readout) -> bool:
    """Whether the effect was planned to be looked at more than once.

    Guardrails do not tell: before the end, harm is looked for at any moment.
    """
    return are_sequential(row for row in readout.estimates if not row.guardrail)


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
