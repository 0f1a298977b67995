"""Whether the arms have the sizes they were planned with."""

from collections.abc import Mapping

import numpy as np
from scipy import special

from core.models.readout import SampleRatio
from core.statistics.compositions import can_be_listed, compositions

FAILED_BELOW = 0.001
SMALL_EXPECTED = 5


def sample_ratio(observed: Mapping[str, int], planned: Mapping[str, float]) -> SampleRatio:
    """One test over all arms with a planned share above 0; failed below 0.001.

    Arms without a planned share are left out of test and counts. With fewer than two planned
    arms, or nobody in them, there is nothing to test and p and verdict are None.

    Reference:
        Fabijan et al. (2019), "Diagnosing Sample Ratio Mismatch in Online Controlled
        Experiments", KDD; Pearson's chi-square, and the exact multinomial test where fewer than
        5 are expected in an arm.

    Examples:
        >>> result = sample_ratio({"a": 2300, "b": 2700}, {"a": 1, "b": 1})
        >>> result.passed, result.expected
        (False, {'a': 2500.0, 'b': 2500.0})
    """
    arms = [arm for arm, weight in planned.items() if weight > 0]
    counts = [observed.get(arm, 0) for arm in arms]
    total = sum(counts)
    shares = np.array([planned[arm] for arm in arms], dtype=float)
    shares /= shares.sum()
    expected = dict(zip(arms, (total * shares).tolist(), strict=True))
    seen = dict(zip(arms, counts, strict=True))
    if len(arms) <= 1 or total == 0:
        return SampleRatio(None, None, seen, expected)
    p_value = _p_value(counts, shares.tolist())
    return SampleRatio(p_value, p_value >= FAILED_BELOW, seen, expected)


def _p_value(counts: list[int], shares: list[float]) -> float:
    total = sum(counts)
    expected = [total * share for share in shares]
    if min(expected) >= SMALL_EXPECTED:
        statistic = sum((o - e) ** 2 / e for o, e in zip(counts, expected, strict=True))
        return float(special.chdtrc(len(counts) - 1, statistic))
    if can_be_listed(total, len(counts)):
        return _exact(counts, shares)
    # Too many outcomes to list: one exact binomial test an arm, and Bonferroni over the arms.
    from scipy import stats  # noqa: PLC0415 - takes a second to import, and is rarely needed

    each = [stats.binomtest(o, total, s).pvalue for o, s in zip(counts, shares, strict=True)]
    return min(1.0, len(counts) * float(min(each)))


def _exact(counts: list[int], shares: list[float]) -> float:
    """The probability of every outcome no more likely than the one observed."""
    from scipy import stats  # noqa: PLC0415 - takes a second to import, and is rarely needed

    outcomes = compositions(sum(counts), len(counts))
    multinomial = stats.multinomial(sum(counts), shares)
    likelihood = np.asarray(multinomial.logpmf(outcomes))
    limit = float(multinomial.logpmf(counts)) + 1e-7
    return min(1.0, float(np.exp(likelihood[likelihood <= limit]).sum()))
