"""Whether choosing the arm by slice is worth it, judged by customers who did not choose."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scipy import special

from core.errors import UndefinedStatistic
from core.models.readout import Interval
from core.statistics.moments import Moments, merge

Piles = Mapping[str, Mapping[str, Moments]]


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """The best arm per slice, the best single arm, and what the first gains over the second.

    `gain_interval` is None where both are the same arm everywhere: nothing was chosen.
    """

    policy: Mapping[str, str]
    value: float
    best_single_arm: str
    best_single_value: float
    gain: float
    gain_interval: Interval | None


def policy_value(choosing: Piles, valuing: Piles, alpha: float) -> PolicyValue:
    """The policy chosen on one part of the customers, valued on the other part.

    Args:
        choosing: slice to arm to moments of the outcome, of the customers who choose.
        valuing: the same of the customers who did not; slices count by their size here.
        alpha: two-sided, of the gain's interval.

    Raises:
        UndefinedStatistic: a chosen arm has fewer than two customers to be valued on.

    Reference:
        Sample splitting for policy learning: Athey and Wager (2021), "Policy Learning with
        Observational Data", Econometrica 89; stratified means with estimated slice sizes.

    Examples:
        >>> high, low = Moments(50, (2.0,), ((49.0,),)), Moments(50, (1.0,), ((49.0,),))
        >>> part = {"x": {"a": high, "b": low}, "y": {"a": low, "b": high}}
        >>> found = policy_value(part, part, 0.05)
        >>> found.policy, found.gain
        ({'x': 'a', 'y': 'b'}, 0.5)
    """
    single = _best(_over_slices(choosing))
    policy = {name: _best(choosing.get(name, {}), default=single) for name in sorted(valuing)}
    sizes = {name: sum(m.n for m in arms.values()) for name, arms in valuing.items()}
    total = sum(sizes.values())
    value = best_single_value = variance = spread = 0.0
    for name, chosen in policy.items():
        share = sizes[name] / total
        mine, theirs = _known(valuing[name], chosen, name), _known(valuing[name], single, name)
        value += share * mine.mean[0]
        best_single_value += share * theirs.mean[0]
        spread += share * (mine.mean[0] - theirs.mean[0]) ** 2
        if chosen != single:
            variance += share**2 * sum(m.covariance() / m.n for m in (mine, theirs))
    gain = value - best_single_value
    # How large the slices are is estimated too.
    variance += max(spread - gain**2, 0.0) / total
    interval = _interval(gain, variance, alpha) if set(policy.values()) != {single} else None
    return PolicyValue(policy, value, single, best_single_value, gain, interval)


def _over_slices(part: Piles) -> dict[str, Moments]:
    arms = {arm for piles in part.values() for arm in piles}
    return {arm: merge([p[arm] for p in part.values() if arm in p]) for arm in sorted(arms)}


def _best(arms: Mapping[str, Moments], default: str | None = None) -> str:
    usable = {arm: moments.mean[0] for arm, moments in sorted(arms.items()) if moments.n > 1}
    if not usable and default is None:
        raise UndefinedStatistic("No group has enough customers to choose from.")
    return max(usable, key=lambda arm: usable[arm]) if usable else str(default)


def _known(arms: Mapping[str, Moments], arm: str, name: str) -> Moments:
    if arm not in arms or arms[arm].n <= 1:
        raise UndefinedStatistic(f"Too few customers of '{name}' were in '{arm}' to value it.")
    return arms[arm]


def _interval(gain: float, variance: float, alpha: float) -> Interval:
    reach = -float(special.ndtri(alpha / 2)) * math.sqrt(variance)
    return gain - reach, gain + reach
