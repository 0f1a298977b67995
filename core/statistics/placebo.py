"""Does the test keep its promise on these customers? Arms dealt out anew by chance, many times."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy import special

from core.errors import BadInput
from core.models.cube import Cube, Floats
from core.models.experiment import AnalysisPlan, MetricKind, MetricSpec
from core.models.placebo import Placebo, PlaceboRequest, PlaceboRow
from core.models.readout import Estimate, Interval
from core.statistics.comparison import Rules
from core.statistics.estimates import Pile, estimates
from core.statistics.moments import Moments, merge_by

MOST_UNITS = 1_000_000
MONTE_CARLO_ALPHA = 0.05
LARGEST_STEP = 0.02
NO_P_VALUE = "No shuffle had a p-value."
NO_SUMS = "A quantile is not read from sums, so it is not shuffled."
FEW_VALUES = "The p-value takes few different values here, so it cannot be uniform."

Draw = Callable[[np.random.Generator], dict[str, Moments]]


def needs_rows(metric: MetricSpec, *, clustered: bool) -> bool:
    """Whether shuffling a metric takes the customers' values; events are only counted.

    Reference:
        Under permutation the events of an arm are hypergeometric: Fisher (1935), "The Design of
        Experiments", chapter 2.

    Examples:
        >>> needs_rows(MetricSpec.parse("visit:proportion"), clustered=False)
        False
    """
    counted = metric.kind is MetricKind.PROPORTION and not clustered
    return not counted and metric.kind is not MetricKind.QUANTILE


def shuffled_counts(cube: Cube, metric: MetricSpec) -> Draw:
    """Deals the customers of a proportion out to arms of the same sizes, by their counts alone.

    Reference:
        Fisher (1935); the multivariate hypergeometric distribution.

    Examples:
        >>> from core.models.cube import Block
        >>> block = Block(np.full(2, 4.0), np.array([[1.0], [0.0]]), np.zeros((2, 1, 1)))
        >>> cube = Cube(("a", "b"), {}, (0, 0), (0, 0), np.full(2, 4.0), {"visit": block})
        >>> draw = shuffled_counts(cube, MetricSpec.parse("visit:proportion"))
        >>> sum(m.n * m.mean[0] for m in draw(np.random.default_rng(1)).values())
        4.0
    """
    sizes = cube.counts()
    known = merge_by(cube.blocks[metric.name], [0] * len(cube.arms))
    n, events = (known[0].n, round(known[0].n * known[0].mean[0])) if known else (0, 0)
    everybody = [events, int(n) - events, sum(sizes.values()) - int(n)]

    def draw(rng: np.random.Generator) -> dict[str, Moments]:
        left, found = np.array(everybody), {}
        for arm, size in sizes.items():
            dealt = rng.multivariate_hypergeometric(left, size)
            left = left - dealt
            found[arm] = _of_counts(int(dealt[0]), int(dealt[1]))
        return found

    return draw


def shuffled_values(sizes: Mapping[str, int], values: Floats) -> Draw:
    """Deals the customers' values out to arms of these sizes.

    Args:
        sizes: customers in each arm, all together as many as there are rows.
        values: one row a customer, one column a variable; NaN where the outcome is missing.

    Reference:
        Ernst (2004), "Permutation Methods: A Basis for Exact Inference", Statistical Science 19.

    Examples:
        >>> draw = shuffled_values({"a": 2, "b": 2}, np.array([[1.0], [2.0], [3.0], [4.0]]))
        >>> sum(m.n * m.mean[0] for m in draw(np.random.default_rng(1)).values())
        10.0
    """
    # In an order of their own, so that a seed gives the same however the rows came in.
    ordered = values[np.lexsort(values.T)]
    known = np.asarray(~np.isnan(ordered).any(axis=1))
    centre = ordered[known].mean(axis=0) if known.any() else np.zeros(values.shape[1])
    shifted = np.where(known[:, None], ordered - centre, 0.0)
    width = values.shape[1]
    products = (shifted[:, :, None] * shifted[:, None, :]).reshape(len(shifted), width**2)
    table = np.column_stack([known.astype(float), shifted, products])
    ends = [0, *np.cumsum(list(sizes.values())).tolist()]

    def draw(rng: np.random.Generator) -> dict[str, Moments]:
        order = rng.permutation(len(table))
        sums = [table[order[start:end]].sum(axis=0) for start, end in pairwise(ends)]
        return {arm: _of_sums(total, centre) for arm, total in zip(sizes, sums, strict=True)}

    return draw


def deals(plan: AnalysisPlan, cube: Cube, values: Mapping[str, Floats]) -> dict[str, Draw]:
    """How each metric of the plan is dealt out anew; quantiles are not.

    Args:
        plan: names the metrics.
        cube: everything; its arms keep their sizes.
        values: one row a customer, for the metrics that need rows.

    Reference:
        Ernst (2004), Statistical Science 19.

    Examples:
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("spend:mean"),))
        >>> cube = Cube(("a", "b"), {}, (0, 0), (0, 0), np.ones(2), {})
        >>> list(deals(plan, cube, {"spend": np.ones((2, 1))}))
        ['spend']
    """
    found = {}
    for metric in plan.all_metrics:
        if needs_rows(metric, clustered=cube.clustered):
            found[metric.name] = shuffled_values(cube.counts(), values[metric.name])
        elif metric.kind is MetricKind.PROPORTION:
            found[metric.name] = shuffled_counts(cube, metric)
    return found


def placebo(
    plan: AnalysisPlan,
    draws: Mapping[str, Draw],
    rules: Rules,
    request: PlaceboRequest,
    *,
    clustered: bool,
) -> Placebo:
    """How often the plan's fixed-horizon tests see a difference where the arms are chance.

    Every shuffle is read by the very code that reads the file. Each metric has shuffles of its
    own, so that adding one does not change another.

    Args:
        plan: its metrics, arms and alpha.
        draws: by metric; a metric without one is not shuffled.
        rules: of the read-out; sequential bounds are not used.
        request: how many shuffles, and their seed.
        clustered: whether the draws deal out units whose rows were summed.

    Reference:
        Kohavi, Tang and Xu (2020), "Trustworthy Online Controlled Experiments", chapter 19: the
        A/A test; Clopper and Pearson (1934) for the interval of the share.

    Examples:
        >>> from core.models.experiment import MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("spend:mean"),))
        >>> values = np.random.default_rng(1).normal(size=(200, 1))
        >>> draws = {"spend": shuffled_values({"a": 100, "b": 100}, values)}
        >>> request = PlaceboRequest(200, seed=1)
        >>> found = placebo(plan, draws, Rules(0.05, 0.05, 0.3, 10), request, clustered=False)
        >>> found.rows[0].share_interval[0] < 0.05 < found.rows[0].share_interval[1]
        True
    """
    fixed, rows = replace(rules, bound=None), []
    for place, metric in enumerate(plan.all_metrics):
        if metric.name not in draws:
            rows.append(PlaceboRow(metric.name, None, undefined=NO_SUMS))
            continue
        rng = np.random.default_rng([request.seed, place])
        p_values: dict[tuple[str, bool], list[float | None]] = {}
        for _ in range(request.runs):
            pile = Pile(metric, None, draws[metric.name](rng), clustered)
            for row in _read(pile, plan, fixed):
                p_values.setdefault((row.arm, row.covariate_adjusted), []).append(row.p_value)
        rows += [_row(metric.name, key, found, plan.alpha) for key, found in p_values.items()]
    sentence = _sentence(rows, request, plan.alpha)
    return Placebo(request.runs, request.seed, plan.alpha, tuple(rows), sentence)


def check_size(units: float) -> None:
    """Refuse to pull the values of more customers than can be shuffled in reasonable time.

    Raises:
        BadInput: there are more than a million.

    Reference:
        House rule of this product; shuffles take seconds per million customers.

    Examples:
        >>> check_size(64_000)
    """
    if units > MOST_UNITS:
        raise BadInput(
            f"A placebo of amounts shuffles at most {MOST_UNITS:,} customers, not {units:,.0f}; "
            "give a sample of the file, or proportions only."
        )


def _read(pile: Pile, plan: AnalysisPlan, rules: Rules) -> list[Estimate]:
    arms = tuple(sorted(arm for arm in pile.arms if arm != plan.control))
    return estimates(pile, plan, arms, rules)


def _of_counts(events: int, others: int) -> Moments:
    n = events + others
    share = events / n if n else 0.0
    return Moments(float(n), (share,), ((n * share * (1 - share),),))


def _of_sums(total: Floats, centre: Floats) -> Moments:
    n, width = float(total[0]), len(centre)
    mean = total[1 : width + 1] / max(n, 1.0)
    products = total[width + 1 :].reshape(width, width)
    scatter = (products - n * np.outer(mean, mean)).tolist()
    return Moments(n, tuple((centre + mean).tolist()), tuple(tuple(row) for row in scatter))


def _row(
    metric: str, key: tuple[str, bool], p_values: Sequence[float | None], alpha: float
) -> PlaceboRow:
    arm, adjusted = key
    known = np.array([p for p in p_values if p is not None])
    if not len(known):
        return PlaceboRow(metric, arm, adjusted, undefined=NO_P_VALUE)
    low = int((known < alpha).sum())
    interval = _exact_interval(low, len(p_values), MONTE_CARLO_ALPHA)
    share, ks = low / len(p_values), _uniform(known)
    return PlaceboRow(
        metric, arm, adjusted, share, interval, ks, FEW_VALUES if ks is None else None
    )


def _exact_interval(successes: int, n: int, alpha: float) -> Interval:
    """Clopper and Pearson's interval of a share."""
    low = special.betaincinv(successes, n - successes + 1, alpha / 2) if successes else 0.0
    high = special.betaincinv(successes + 1, n - successes, 1 - alpha / 2) if successes < n else 1.0
    return float(low), float(high)


def _uniform(p_values: Floats) -> float | None:
    """The Kolmogorov-Smirnov p-value; None where the p-values come in few large steps."""
    _, repeats = np.unique(np.round(p_values, 12), return_counts=True)
    if repeats.max() > max(LARGEST_STEP * len(p_values), 1):
        return None
    from scipy import stats  # noqa: PLC0415 - takes a second to import, and is rarely needed

    return float(stats.kstest(p_values, "uniform").pvalue)


def _sentence(rows: Sequence[PlaceboRow], request: PlaceboRequest, alpha: float) -> str:
    read = [row for row in rows if row.share is not None]
    if not read:
        return "Nothing could be shuffled."
    runs, promise = request.runs, f"{100 * alpha:.3g} %"
    level = MONTE_CARLO_ALPHA / len(read)
    loud = [row for row in read if _too_many(row, runs, alpha, level)]
    if loud:
        worst = max(loud, key=lambda row: row.share or 0.0)
        return (
            f"Do not rely on {worst.metric}: dealt out by chance, {100 * (worst.share or 0):.1f} % "
            f"of {runs:,} shuffles looked different, {promise} were to be expected."
        )
    highest = max(row.share or 0.0 for row in read)
    return (
        f"Dealt out by chance, at most {100 * highest:.1f} % of {runs:,} shuffles looked "
        f"different on any metric; {promise} are to be expected, so the tests keep their promise."
    )


def _too_many(row: PlaceboRow, runs: int, alpha: float, level: float) -> bool:
    return _exact_interval(round((row.share or 0.0) * runs), runs, level)[0] > alpha
