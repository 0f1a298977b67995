"""The values at given ranks within each arm and slice: what no sum can tell."""

from collections.abc import Mapping

from core.models.cube import Ranks
from core.models.experiment import AnalysisPlan, MetricSpec
from core.storage.cube_query import double, number, slice_value, wanted_rows
from core.storage.duck import identifier, literal
from core.storage.experiment_file import ExperimentSource

Group = tuple[str, str]


def order_statistics(
    source: ExperimentSource,
    plan: AnalysisPlan,
    metric: MetricSpec,
    by: str | None,
    wanted: Mapping[Group, Ranks],
) -> dict[Group, tuple[float, ...]]:
    """The values at these ranks, by value of the column (or "") and arm; one query an arm.

    Missing values are left out and caps do not apply: a cap would move the highest quantiles.
    """
    found = {}
    for arm in sorted({arm for _, arm in wanted}):
        ranks = {value: r for (value, of), r in wanted.items() if of == arm}
        # The middle of a rank, so that no rounding of n times the fraction picks its neighbour.
        shares = sorted({(k - 0.5) / r.n for r in ranks.values() for k in r.places})
        for value, ordered in source.rows(_query(source, plan, metric, by, arm, shares)):
            r = ranks.get(str(value))
            if r is not None and isinstance(ordered, list):
                at = dict(zip(shares, ordered, strict=True))
                found[str(value), arm] = tuple(float(at[(k - 0.5) / r.n]) for k in r.places)
    return found


def _query(
    source: ExperimentSource,
    plan: AnalysisPlan,
    metric: MetricSpec,
    by: str | None,
    arm: str,
    shares: list[float],
) -> str:
    value = number(metric.numerator, source.types[metric.numerator])
    key = "''" if by is None else slice_value(by)
    fractions = ", ".join(double(share) for share in shares)
    return (
        f"SELECT s, quantile_disc(value, [{fractions}]) FROM (SELECT {key} AS s, {value} AS value "
        f"FROM {source.table} WHERE {wanted_rows(plan)} "
        f"AND CAST({identifier(plan.arm)} AS VARCHAR) = {literal(arm)}) AS rows_of_arm "
        f"WHERE value IS NOT NULL GROUP BY s"
    )
