"""Many comparisons at once: p-values adjusted for how many were made."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from core.models.experiment import Correction


class Family(NamedTuple):
    """P-values that are adjusted for each other, and how."""

    name: Hashable
    correction: Correction


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that keep the chance of any false alarm at alpha, in the given order.

    Reference:
        Holm (1979), "A Simple Sequentially Rejective Multiple Test Procedure",
        Scandinavian Journal of Statistics 6, 65-70.

    Examples:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _in_given_order(np.minimum(steps, 1.0), order)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that keep the expected share of false alarms at alpha, in given order.

    Reference:
        Benjamini and Hochberg (1995), "Controlling the False Discovery Rate", JRSS B 57, 289-300.

    Examples:
        >>> benjamini_hochberg([0.01, 0.04, 0.03])
        [0.03, 0.04, 0.04]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    steps = np.minimum.accumulate(scaled[::-1])[::-1]
    return _in_given_order(np.minimum(steps, 1.0), order)


def adjust(p_values: Sequence[float | None], correction: Correction) -> list[float | None]:
    """The p-values of one family, adjusted; what has no p-value keeps none and does not count.

    Reference:
        Holm (1979); Benjamini and Hochberg (1995).

    Examples:
        >>> adjust([0.02, None, 0.5], Correction.HOLM)
        [0.04, None, 0.5]
    """
    known = [i for i, p in enumerate(p_values) if p is not None]
    values = [p for p in p_values if p is not None]
    method = {Correction.HOLM: holm, Correction.BH: benjamini_hochberg}.get(correction, list)
    result: list[float | None] = [None] * len(p_values)
    for i, value in zip(known, method(values), strict=True):
        result[i] = value
    return result


def adjust_within(
    families: Sequence[Family], p_values: Sequence[float | None]
) -> list[float | None]:
    """The p-values, each adjusted for the others of its family, in the given order.

    Reference:
        Holm (1979); Benjamini and Hochberg (1995).

    Examples:
        >>> one, two = Family("primary", Correction.HOLM), Family("slices", Correction.BH)
        >>> adjust_within([one, one, two], [0.01, 0.04, 0.04])
        [0.02, 0.04, 0.04]
    """
    members: dict[Family, list[int]] = {}
    for place, family in enumerate(families):
        members.setdefault(family, []).append(place)
    result: list[float | None] = [None] * len(p_values)
    for family, places in members.items():
        for place, p in zip(
            places, adjust([p_values[i] for i in places], family.correction), strict=True
        ):
            result[place] = p
    return result


def _in_given_order(
    adjusted: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    order: np.ndarray[tuple[int, ...], np.dtype[np.intp]],
) -> list[float]:
    back = np.empty(len(order))
    back[order] = adjusted
    return [float(p) for p in back]
