"""Whether choosing the arm by slice is worth it, judged by customers who did not choose."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from scipy import optimize, special

from core.errors import UndefinedStatistic
from core.models.readout import Interval
from core.statistics.moments import Moments, merge

Piles = Mapping[str, Mapping[str, Moments]]
# So many times the customers for a choice without mistakes are enough with them: half right at
# worst, the gain is still more than five errors.
_MOST_MISTAKES = 16.0


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """The best arm per slice, the best single arm, and what the first gains over the second.

    `gain_interval` is None where both are the same arm everywhere: nothing was chosen.
    `departures` are the slices in which another test like this one may find a gain.
    """

    policy: Mapping[str, str]
    value: float
    best_single_arm: str
    best_single_value: float
    gain: float
    gain_interval: Interval | None
    departures: tuple["Departure", ...] = ()


def policy_value(
    choosing: Piles, valuing: Piles, alpha: float, *, single_messages: Collection[str] = ()
) -> PolicyValue:
    """The policy chosen on one part of the customers, valued on the other part.

    Both the policy and the single arm are valued slice by slice and weighted by the sizes of the
    slices, so that they differ only where they choose differently.

    Args:
        choosing: slice to arm to moments of the outcome, of the customers who choose.
        valuing: the same of the customers who did not; slices count by their size here.
        alpha: two-sided, of the gain's interval.
        single_messages: the arms that may stand for "one for all"; the best of them does, by
            the customers who choose. Every arm, when none is named. The policy may choose any.

    Raises:
        UndefinedStatistic: a chosen arm has fewer than two customers to be valued on, nobody is
            left to value anything, or no arm that may stand for all has enough to be chosen.

    Reference:
        Sample splitting for policy learning: Athey and Wager (2021), "Policy Learning with
        Observational Data", Econometrica 89; stratified means with estimated slice sizes.

    Examples:
        >>> high, low = Moments(50, (2.0,), ((49.0,),)), Moments(50, (1.0,), ((49.0,),))
        >>> part = {"x": {"a": high, "b": low}, "y": {"a": low, "b": high}}
        >>> found = policy_value(part, part, 0.05)
        >>> found.policy, found.gain
        ({'x': 'a', 'y': 'b'}, 0.5)
        >>> policy_value(part, part, 0.05, single_messages=["b"]).best_single_arm
        'b'
    """
    single = _best(_over_slices(choosing), among=single_messages)
    policy = {name: _best(choosing.get(name, {}), default=single) for name in sorted(valuing)}
    total = sum(m.n for arms in valuing.values() for m in arms.values())
    if not total:
        raise UndefinedStatistic("Nobody is left to value the choice.")
    slices = [
        _Slice(
            sum(m.n for m in valuing[name].values()) / total,
            _known(valuing[name], chosen, name),
            _known(valuing[name], single, name),
        )
        for name, chosen in policy.items()
    ]
    gain = sum(part.gain for part in slices)
    chose = set(policy.values()) != {single}
    elsewhere = slices
    if single_messages:
        elsewhere = [
            part.elsewhere(choosing.get(name, {}), valuing[name], single)
            for name, part in zip(policy, slices, strict=True)
        ]
    chosen_by = sum(m.n for arms in choosing.values() for m in arms.values())
    return PolicyValue(
        policy,
        sum(part.share * part.chosen.mean[0] for part in slices),
        single,
        sum(part.share * part.single.mean[0] for part in slices),
        gain,
        _interval(gain, _variance(slices, total), alpha) if chose else None,
        tuple(s.departure(total / chosen_by) for s in elsewhere if s.error),
    )


def customers_to_show(
    gain: float, found: PolicyValue, *, customers: float, power: float, alpha: float
) -> int | None:
    """How many customers a whole test needs so that a gain this large is shown with this power.

    The gain is taken to be as large in every slice where there may be one: where the policy left
    the single arm or, when that is one message for everyone, in each. Those who choose may take
    the single arm there by mistake; what that costs is counted, mistakes between others are not.

    Args:
        gain: absolute, above 0, of the right policy over the single arm.
        found: what a test found; its errors are scaled to other sizes.
        customers: how many that whole test had, all arms and folds.
        power: chance that the interval lies above 0.
        alpha: two-sided, of that interval.

    Returns:
        None where no slice may have a gain, or it is not above 0.

    Reference:
        The normal sample size formula, Cohen (1988), chapter 2: the gain has to be as large as
        z(1 - alpha / 2) + z(power) standard errors, whose squares fall as 1 / n.

    Examples:
        >>> high, low = Moments(50, (2.0,), ((49.0,),)), Moments(50, (1.0,), ((49.0,),))
        >>> part = {"x": {"a": high, "b": low}, "y": {"a": low, "b": high}}
        >>> found = policy_value(part, part, 0.05)
        >>> customers_to_show(0.1, found, customers=400, power=0.8, alpha=0.05)
        3166
    """
    if not found.departures or gain <= 0:
        return None
    critical = -float(special.ndtri(alpha / 2))
    least = sum(part.share**2 * part.error for part in found.departures)
    least *= ((critical + float(special.ndtri(power))) / gain) ** 2

    def missing(scale: float) -> float:
        return _chance_to_show(gain, found.departures, scale, critical) - power

    scale = optimize.brentq(missing, least / _MOST_MISTAKES, least * _MOST_MISTAKES, rtol=1e-9)
    return math.ceil(customers * scale)


@dataclass(frozen=True, slots=True)
class Departure:
    """A slice in which a policy may leave the single arm, and how well that is known.

    Squared errors of the difference between the two: among those who value, and who choose.
    """

    share: float
    error: float
    choosing_error: float


def _chance_to_show(
    gain: float, departures: Sequence[Departure], scale: float, critical: float
) -> float:
    """The power of a test so many times as large, where each slice may be chosen rightly or not."""
    each = gain / sum(part.share for part in departures)
    expected = mistakes = variance = 0.0
    for part in departures:
        right = float(special.ndtr(each / math.sqrt(part.choosing_error / scale)))
        expected += part.share * each * right
        mistakes += (part.share * each) ** 2 * right * (1 - right)
        variance += part.share**2 * part.error * right / scale
    excess = expected - critical * math.sqrt(variance)
    return float(special.ndtr(excess / math.sqrt(variance + mistakes)))


@dataclass(frozen=True, slots=True)
class _Slice:
    """One slice: its share of the customers, its chosen arm and the single one, both valued."""

    share: float
    chosen: Moments
    single: Moments

    @property
    def difference(self) -> float:
        return self.chosen.mean[0] - self.single.mean[0]

    @property
    def gain(self) -> float:
        return self.share * self.difference

    @property
    def error(self) -> float:
        """The squared error of the difference; an arm does not differ from itself."""
        if self.chosen is self.single:
            return 0.0
        return sum(m.covariance() / m.n for m in (self.chosen, self.single))

    def departure(self, valued_per_choosing: float) -> Departure:
        """What is known of the difference, as a part of a test to be planned."""
        return Departure(self.share, self.error, self.error * valued_per_choosing)

    def elsewhere(
        self, choosing: Mapping[str, Moments], valuing: Mapping[str, Moments], single: str
    ) -> "_Slice":
        """The slice as if the best of the other arms had been chosen where none of them was."""
        others = {
            arm: moments
            for arm, moments in choosing.items()
            if arm != single and moments.n > 1 and arm in valuing and valuing[arm].n > 1
        }
        if self.chosen is not self.single or not others:
            return self
        return replace(self, chosen=valuing[_best(others)])


def _variance(slices: Sequence[_Slice], total: float) -> float:
    gain = sum(part.gain for part in slices)
    spread = sum(part.share * part.difference**2 for part in slices)
    # How large the slices are is estimated too.
    sizes = max(spread - gain**2, 0.0) / total
    return sum(part.share**2 * part.error for part in slices) + sizes


def _over_slices(part: Piles) -> dict[str, Moments]:
    arms = {arm for piles in part.values() for arm in piles}
    return {arm: merge([p[arm] for p in part.values() if arm in p]) for arm in sorted(arms)}


def _best(
    arms: Mapping[str, Moments], default: str | None = None, *, among: Collection[str] = ()
) -> str:
    usable = {
        arm: moments.mean[0]
        for arm, moments in sorted(arms.items())
        if moments.n > 1 and (not among or arm in among)
    }
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
