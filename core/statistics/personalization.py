"""Is choosing by slice worth it? The answer with its interval, and in words."""

from collections.abc import Collection

from core.errors import UndefinedStatistic
from core.models.cube import Cube
from core.models.experiment import AnalysisPlan, MetricKind
from core.models.readout import Personalization
from core.statistics.estimates import piles
from core.statistics.moments import Moments
from core.statistics.policy_value import PolicyValue, policy_value


def personalization(
    cube: Cube, plan: AnalysisPlan, column: str, choosing: Collection[int]
) -> Personalization | None:
    """The best arm per value of the column against the best single arm, on the primary metric.

    Args:
        cube: split by the column and by folds.
        plan: names the primary metric and alpha.
        column: decides who gets what.
        choosing: the folds whose customers choose; all others value the choice.

    Returns:
        None where a slice has too few customers in the chosen arm to be valued, and for a
        quantile, which is no average over customers.

    Reference:
        Athey and Wager (2021), "Policy Learning with Observational Data", Econometrica 89.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Block
        >>> from core.models.experiment import MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> n = np.full(4, 50.0)
        >>> block = Block(n, np.array([[1.0], [2.0], [1.0], [2.0]]), np.full((4, 1, 1), 49.0))
        >>> where = {"channel": ("Web",) * 4}
        >>> cube = Cube(("a", "b", "a", "b"), where, (0,) * 4, (0, 0, 1, 1), n, {"visit": block})
        >>> personalization(cube, plan, "channel", [0]).policy
        {'Web': 'b'}
    """
    if plan.primary.kind is MetricKind.QUANTILE:
        return None
    others = set(cube.folds) - set(choosing)
    try:
        found = policy_value(
            _by_slice(cube, plan, column, choosing),
            _by_slice(cube, plan, column, others),
            plan.alpha,
        )
    except UndefinedStatistic:
        return None
    share = len(set(choosing) & set(cube.folds))
    return Personalization(
        column=column,
        metric=plan.primary.name,
        policy=found.policy,
        value=found.value,
        best_single_arm=found.best_single_arm,
        best_single_value=found.best_single_value,
        gain=found.gain,
        gain_interval=found.gain_interval,
        method=f"chosen on {share} folds, valued on the other {len(others)}; normal interval",
        sentence=_sentence(plan, column, found),
    )


def _by_slice(
    cube: Cube, plan: AnalysisPlan, column: str, folds: Collection[int]
) -> dict[str, dict[str, Moments]]:
    found = piles(cube, plan.primary, column, folds=folds)
    return {pile.slice.value: pile.as_means() for pile in found if pile.slice is not None}


def _sentence(plan: AnalysisPlan, column: str, found: PolicyValue) -> str:
    if found.gain_interval is None:
        return f"The same group, {found.best_single_arm}, was best for every {column}."
    low, high = found.gain_interval
    points = plan.primary.kind is MetricKind.PROPORTION
    scale, unit = (100, " points") if points else (1, "")
    numbers = f"{scale * found.gain:+.3g}{unit} ({scale * low:+.3g} to {scale * high:+.3g})"
    if low > 0:
        return f"Choosing by {column} is worth {numbers} of {plan.primary.name}."
    if high < 0:
        return f"Choosing by {column} loses against {found.best_single_arm} for all: {numbers}."
    return (
        f"A benefit of choosing by {column} over {found.best_single_arm} for all is not shown: "
        f"{numbers} of {plan.primary.name}."
    )
