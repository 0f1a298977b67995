"""All the ways to deal out customers to arms, for tests that count them one by one."""

import math

import numpy as np
from numpy.typing import NDArray

MOST_LISTED = 200_000


def can_be_listed(total: int, arms: int) -> bool:
    """Whether the ways to put so many customers into so many arms are few enough to list.

    Reference:
        Stars and bars; Feller (1968), "An Introduction to Probability Theory", section II.5.

    Examples:
        >>> can_be_listed(600, 3), can_be_listed(600, 4)
        (True, False)
    """
    return math.comb(total + arms - 1, arms - 1) <= MOST_LISTED


def compositions(total: int, arms: int) -> NDArray[np.int64]:
    """Every way to put `total` customers into so many arms, one row each.

    Reference:
        Stars and bars; Feller (1968), "An Introduction to Probability Theory", section II.5.

    Examples:
        >>> compositions(2, 2).tolist()
        [[0, 2], [1, 1], [2, 0]]
    """
    rows = np.arange(total + 1)[:, None]
    for _ in range(arms - 2):
        room = total - rows.sum(axis=1)
        repeated = np.repeat(rows, room + 1, axis=0)
        last = np.concatenate([np.arange(r + 1) for r in room])
        rows = np.column_stack([repeated, last])
    return np.column_stack([rows, total - rows.sum(axis=1)])
