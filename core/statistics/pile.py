"""What every arm did on one metric, overall or in one slice."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from core.models.cube import Cube
from core.models.experiment import AnalysisPlan, MetricKind, MetricSpec
from core.models.readout import Slice
from core.statistics.cuped import adjusted, plain
from core.statistics.difference import Sample
from core.statistics.moments import Moments, labelled, merge_coded
from core.statistics.quantile import quantile_samples
from core.statistics.ratio import linearised


@dataclass(frozen=True)  # without slots, so that samples are kept once they are computed
class Pile:
    """The moments of every arm on one metric, overall or in one slice.

    `orders` are the order statistics around the quantile of each arm, for a quantile metric.
    """

    metric: MetricSpec
    slice: Slice | None
    arms: Mapping[str, Moments]
    clustered: bool
    orders: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def has_covariate(self) -> bool:
        """Whether the outcome can be adjusted."""
        width = max((len(m.mean) for m in self.arms.values()), default=0)
        return self.metric.kind is MetricKind.MEAN and width > (2 if self.clustered else 1)

    def as_means(self) -> dict[str, Moments]:
        """The arms with ratios and clusters written as means; arms without a value left out."""
        usable = {arm: m for arm, m in self.arms.items() if m.n > 1}
        if self.metric.kind is not MetricKind.RATIO and not self.clustered:
            return usable
        return {arm: linearised(m) for arm, m in usable.items() if m.mean[1] != 0}

    def samples(self, *, covariate: bool) -> dict[str, Sample]:
        """Every arm's mean and its squared error, adjusted by the covariate or not.

        A quantile stands in place of the mean of a quantile metric.

        Raises:
            UndefinedStatistic: the covariate does not vary within the arms.
        """
        return self._adjusted if covariate else self._raw

    @cached_property
    def _raw(self) -> dict[str, Sample]:
        if self.metric.quantile is not None:
            sizes = {arm: moments.n for arm, moments in self.arms.items()}
            return quantile_samples(self.metric.quantile, sizes, self.orders)
        return {arm: plain(moments) for arm, moments in self.as_means().items()}

    @cached_property
    def _adjusted(self) -> dict[str, Sample]:
        return adjusted(self.as_means())


# By slice column, None being overall, and by metric.
Piles = Mapping[str | None, Mapping[str, Sequence[Pile]]]


def piles(
    cube: Cube,
    metric: MetricSpec,
    column: str | None = None,
    *,
    folds: Collection[int] | None = None,
) -> list[Pile]:
    """The cube read for one metric: one pile overall, or one a value of the column, in order.

    Only the customers of these folds are read; None reads everybody.

    Reference:
        Chan, Golub and LeVeque (1983): the cells of each pile are merged, no row is read again.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Block
        >>> block = Block(np.full(2, 4.0), np.array([[1.0], [2.0]]), np.ones((2, 1, 1)))
        >>> cube = Cube(("a", "b"), {}, (), (0, 0), np.full(2, 4.0), {"visit": block})
        >>> [sorted(pile.arms) for pile in piles(cube, MetricSpec.parse("visit:mean"))]
        [['a', 'b']]
    """
    return _by_metric(cube, [metric], column, folds)[metric.name]


def all_piles(cubes: Mapping[str, Cube], plan: AnalysisPlan) -> Piles:
    """The piles of every metric, overall and by each column.

    Args:
        cubes: one for each column, and one of everything under "".
        plan: names the metrics and the columns.

    Reference:
        Chan, Golub and LeVeque (1983).

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Block
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),), by=("channel",))
        >>> block = Block(np.full(2, 4.0), np.array([[1.0], [2.0]]), np.ones((2, 1, 1)))
        >>> where = {"channel": ("Web", "Web")}
        >>> cube = Cube(("a", "b"), where, (), (0, 0), np.full(2, 4.0), {"visit": block})
        >>> found = all_piles({"": cube, "channel": cube}, plan)
        >>> [(pile.slice.value, sorted(pile.arms)) for pile in found["channel"]["visit"]]
        [('Web', ['a', 'b'])]
    """
    return {
        column: _by_metric(cubes[column or ""], plan.all_metrics, column)
        for column in (None, *plan.by)
    }


def _by_metric(
    cube: Cube,
    metrics: Sequence[MetricSpec],
    column: str | None,
    folds: Collection[int] | None = None,
) -> dict[str, list[Pile]]:
    """Which cells go together is found out once for all metrics."""
    arms, of_arm = labelled(cube.arms)
    values, of_value = [""], np.zeros_like(of_arm)
    if column is not None:
        values, of_value = labelled(cube.slices[column])
    codes = of_value * len(arms) + of_arm
    keys = [(value, arm) for value in values for arm in arms]
    if folds is not None:
        codes[[fold not in folds for fold in cube.folds]] = len(keys)
    found = {}
    for metric in metrics:
        # Codes that do not occur may be missing at the end, and unwanted cells are behind it.
        merged = zip(keys, merge_coded(cube.blocks[metric.name], codes), strict=False)
        found[metric.name] = _piles(cube, metric, column, merged)
    return found


def _piles(
    cube: Cube,
    metric: MetricSpec,
    column: str | None,
    merged: Iterable[tuple[tuple[str, str], Moments]],
) -> list[Pile]:
    # Overall there is always one pile, if only an empty one.
    by_value: dict[str, dict[str, Moments]] = {} if column else {"": {}}
    for (value, arm), moments in merged:
        if moments.n > 0:
            by_value.setdefault(value, {})[arm] = moments
    return [
        Pile(
            metric,
            Slice(column, value) if column else None,
            by_value[value],
            cube.clustered,
            _orders(cube, metric, column, value),
        )
        for value in sorted(by_value)
    ]


def _orders(
    cube: Cube, metric: MetricSpec, column: str | None, value: str
) -> dict[str, tuple[float, ...]]:
    if metric.quantile is None:
        return {}
    keys = {arm: (metric.name, column, value, arm) for arm in cube.arm_names}
    return {arm: cube.orders[key] for arm, key in keys.items() if key in cube.orders}
