"""Counts, means and scatter of one or more variables, and how two piles become one."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import UndefinedStatistic
from core.models.cube import Block, Floats

Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]
Key = TypeVar("Key", bound=Hashable)
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Moments:
    """n units, the mean of each variable, and the scatter: summed cross deviations.

    `centred` are the means about a centre that all arms share; empty where there is none.
    """

    n: float
    mean: Vector
    scatter: Matrix
    centred: Vector = field(default=(), repr=False, compare=False)

    @property
    def about(self) -> Vector:
        """The means to take differences of."""
        return self.centred or self.mean

    def covariance(self, i: int = 0, j: int = 0) -> float:
        """Sample covariance (n - 1) of variables i and j; the variance where they are the same."""
        if self.n <= 1:
            raise UndefinedStatistic(f"A variance needs at least 2 customers, not {self.n:g}.")
        return self.scatter[i][j] / (self.n - 1)


def merge(parts: Sequence[Moments]) -> Moments:
    """The moments of all parts together, without going back to the rows.

    Raises:
        UndefinedStatistic: no part holds a customer.

    Reference:
        Chan, Golub and LeVeque (1983), "Algorithms for Computing the Sample Variance",
        The American Statistician 37, 242-247.

    Examples:
        >>> merge([Moments(2, (1.0,), ((2.0,),)), Moments(2, (3.0,), ((2.0,),))])
        Moments(n=4.0, mean=(2.0,), scatter=((8.0,),))
    """
    n = math.fsum(part.n for part in parts)
    if not n > 0:
        raise UndefinedStatistic("There are no customers to describe.")
    shares = [part.n / n for part in parts]
    mean = _weighted(shares, [part.mean for part in parts])
    centred = _weighted(shares, [part.about for part in parts])
    away = [[x - c for x, c in zip(part.about, centred, strict=True)] for part in parts]
    width = range(len(mean))
    scatter = tuple(
        tuple(
            math.fsum(
                part.scatter[i][j] + part.n * gap[i] * gap[j]
                for part, gap in zip(parts, away, strict=True)
            )
            for j in width
        )
        for i in width
    )
    return Moments(n, mean, scatter, centred)


def merge_by(block: Block, keys: Sequence[Key | None]) -> dict[Key, Moments]:
    """The cells of a cube merged into one pile a key; keys without customers are left out.

    A cell whose key is None belongs to no pile.

    Reference:
        Chan, Golub and LeVeque (1983), formula (1.5), for any number of piles at once.

    Examples:
        >>> block = Block(np.ones(3), np.array([[1.0], [3.0], [9.0]]), np.zeros((3, 1, 1)))
        >>> merge_by(block, ["a", "a", "b"])["a"]
        Moments(n=2.0, mean=(2.0,), scatter=((2.0,),))
    """
    labels, codes = labelled(keys)
    merged = zip(labels, merge_coded(block, codes), strict=True)
    return {key: pile for key, pile in merged if key is not None and pile.n > 0}


def labelled(keys: Sequence[Key]) -> tuple[list[Key], Codes]:
    """Every different key once, as they come, and where among them each of the keys is.

    Reference:
        Factors and their levels: Chambers and Hastie (1992), "Statistical Models in S".

    Examples:
        >>> labels, codes = labelled(["b", "a", "b"])
        >>> labels, codes.tolist()
        (['b', 'a'], [0, 1, 0])
    """
    labels = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    codes = np.fromiter(map(labels.__getitem__, keys), dtype=np.intp, count=len(keys))
    return list(labels), codes


def merge_coded(block: Block, codes: Codes) -> list[Moments]:
    """The cells of each code together, from 0 to the highest; n is 0 where there is nobody.

    Reference:
        Chan, Golub and LeVeque (1983), formula (1.5), for any number of piles at once.

    Examples:
        >>> block = Block(np.ones(3), np.array([[1.0], [3.0], [9.0]]), np.zeros((3, 1, 1)))
        >>> [pile.mean for pile in merge_coded(block, np.array([1, 1, 0]))]
        [(9.0,), (2.0,)]
    """
    n, about = block.n, block.mean if block.centred is None else block.centred
    total = np.bincount(codes, weights=n)
    # A cell without customers is all zeros, and so is a pile of such cells.
    size = np.maximum(total, 1.0)[:, None]
    mean, centred = (_sums(codes, n[:, None] * part) / size for part in (block.mean, about))
    away = about - centred[codes]
    spread = block.scatter + n[:, None, None] * away[:, :, None] * away[:, None, :]
    scatter = _sums(codes, spread.reshape(len(n), away.shape[1] ** 2))
    columns = (total, mean, scatter.reshape(len(total), *spread.shape[1:]), centred)
    return [
        Moments(count, tuple(means), tuple(map(tuple, lines)), tuple(middles))
        for count, means, lines, middles in zip(*(c.tolist() for c in columns), strict=True)
    ]


def transformed(moments: Moments, rows: Sequence[Sequence[float]], mean: Vector) -> Moments:
    """The moments of linear combinations of the variables, about the given means.

    Reference:
        Var(Ax) = A Var(x) A'; Rao (1973), "Linear Statistical Inference", section 2b.

    Examples:
        >>> transformed(Moments(2, (1.0, 2.0), ((2.0, 1.0), (1.0, 4.0))), [(1.0, -1.0)], (-1.0,))
        Moments(n=2, mean=(-1.0,), scatter=((4.0,),))
    """
    width = range(len(moments.mean))
    scatter = tuple(
        tuple(
            sum(one[i] * other[j] * moments.scatter[i][j] for i in width for j in width)
            for other in rows
        )
        for one in rows
    )
    return Moments(moments.n, mean, scatter)


def _weighted(shares: Sequence[float], means: Sequence[Vector]) -> Vector:
    return tuple(
        math.fsum(share * one for share, one in zip(shares, variable, strict=True))
        for variable in zip(*means, strict=True)
    )


def _sums(codes: Codes, columns: Floats) -> Floats:
    """The sum of each column by code; a count a column is several times faster than add.at."""
    return np.array([np.bincount(codes, weights=column) for column in columns.T]).T
