"""Is choosing by slice worth it? The answer with its interval, and in words."""

from collections.abc import Collection

from core.errors import UndefinedStatistic
from core.models.cube import Cube
from core.models.experiment import AnalysisPlan, MetricKind
from core.models.readout import Personalization
from core.statistics.estimates import piles
from core.statistics.moments import Moments
from core.statistics.personalization_words import Size, sentence
from core.statistics.policy_value import PolicyValue, customers_to_show, policy_value


def personalization(
    cube: Cube,
    plan: AnalysisPlan,
    column: str,
    choosing: Collection[int],
    *,
    power: float = 0.8,
    alpha: float | None = None,
) -> Personalization | None:
    """The best arm per value of the column against one arm for all, on the primary metric.

    That one arm is the best of the plan's single messages, where it names some; else the best
    of all. Only an arm that gave everybody the same text answers whether texts by slice pay.

    Args:
        cube: split by the column and by folds.
        plan: names the primary metric, alpha, the single messages and the smallest effect.
        column: decides who gets what.
        choosing: the folds whose customers choose; all others value the choice.
        power: chance to show a gain of the smallest effect, for the customers needed.
        alpha: of the gain's interval, where looking more than once leaves less than the plan's.

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
            plan.alpha if alpha is None else alpha,
            single_messages=plan.single_messages or (),
        )
    except UndefinedStatistic:
        return None
    size = _size(cube, plan, found, power)
    share = len(set(choosing) & set(cube.folds))
    return Personalization(
        column=column,
        metric=plan.primary.name,
        policy=found.policy,
        value=found.value,
        best_single_arm=found.best_single_arm,
        best_single_value=found.best_single_value,
        gain=found.gain,
        # Where nothing was chosen, the gain is 0 and nothing about it is uncertain.
        gain_interval=found.gain_interval or (0.0, 0.0),
        method=f"chosen on {share} folds, valued on the other {len(others)}; normal interval"
        + ("" if alpha in {None, plan.alpha} else ", wide enough for looking again"),
        sentence=sentence(plan, column, found, size),
        single_message=plan.single_messages != (),
        needed_customers=size.needed,
    )


def _by_slice(
    cube: Cube, plan: AnalysisPlan, column: str, folds: Collection[int]
) -> dict[str, dict[str, Moments]]:
    found = piles(cube, plan.primary, column, folds=folds)
    return {pile.slice.value: pile.as_means() for pile in found if pile.slice is not None}


def _size(cube: Cube, plan: AnalysisPlan, found: PolicyValue, power: float) -> Size:
    customers = int(cube.n.sum())
    smallest = plan.mde * abs(found.best_single_value)
    needed = customers_to_show(smallest, found, customers=customers, power=power, alpha=plan.alpha)
    return Size(customers, needed, smallest, power)
