"""How far a spread has moved: the population stability index."""

import math
from collections.abc import Sequence

from core.errors import UndefinedStatistic

SMALL, LARGE = 0.1, 0.25
"""The customary limits: below 0.1 hardly moved, above 0.25 moved a lot."""

_LEAST = 1e-4


def population_stability(before: Sequence[int], after: Sequence[int]) -> float:
    """The sum of (q - p) ln(q / p) over bins with the shares p before and q after; 0 when equal.

    An empty bin counts as a share of 0.0001, so that one new value does not make it infinite.

    Raises:
        UndefinedStatistic: there is nobody before or after, or the bins do not match.

    Reference:
        Yurdakul (2018), "Statistical properties of population stability index"; Siddiqi (2006),
        "Credit risk scorecards", for the limits.

    Examples:
        >>> population_stability([50, 50], [50, 50])
        0.0
        >>> round(population_stability([50, 50], [70, 30]), 4)
        0.1695
    """
    if len(before) != len(after) or not sum(before) or not sum(after):
        raise UndefinedStatistic("Nobody is there before or after, so nothing can have moved.")
    shares = [
        (max(b / sum(before), _LEAST), max(a / sum(after), _LEAST))
        for b, a in zip(before, after, strict=True)
    ]
    return math.fsum((q - p) * math.log(q / p) for p, q in shares)


def shift_words(index: float) -> str:
    """What an index means, in two or three words.

    Reference:
        Siddiqi (2006), "Credit risk scorecards".

    Examples:
        >>> shift_words(0.03), shift_words(0.2), shift_words(0.3)
        ('hardly moved', 'moved somewhat', 'moved a lot')
    """
    if index < SMALL:
        return "hardly moved"
    return "moved somewhat" if index <= LARGE else "moved a lot"
