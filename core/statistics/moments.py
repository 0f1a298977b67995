"""Counts, means and scatter of one or more variables, and how two piles become one."""

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
    block = Block(
        np.array([p.n for p in parts], dtype=float),
        np.array([p.mean for p in parts], dtype=float),
        np.array([p.scatter for p in parts], dtype=float),
        np.array([p.about for p in parts], dtype=float),
    )
    merged = merge_by(block, [0] * len(parts))
    if not merged:
        raise UndefinedStatistic("There are no customers to describe.")
    return merged[0]


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
    kept = [i for i, key in enumerate(keys) if key is not None and block.n[i] > 0]
    labels: dict[Key, int] = {}
    codes = np.array([_code(labels, keys[i]) for i in kept], dtype=np.intp)
    n, mean, scatter = block.n[kept], block.mean[kept], block.scatter[kept]
    about = mean if block.centred is None else block.centred[kept]
    total = np.zeros(len(labels))
    np.add.at(total, codes, n)
    centre, centred = (_means(n, part, codes, total) for part in (mean, about))
    away = about - centred[codes]
    spread = np.zeros((len(labels), *scatter.shape[1:]))
    np.add.at(spread, codes, scatter + n[:, None, None] * away[:, :, None] * away[:, None, :])
    columns = (part.tolist() for part in (total, centre, spread, centred))
    piles = zip(*columns, strict=True)
    return dict(zip(labels, (_moments(*pile) for pile in piles), strict=True))


def transformed(moments: Moments, rows: Sequence[Sequence[float]], mean: Vector) -> Moments:
    """The moments of linear combinations of the variables, about the given means.

    Reference:
        Var(Ax) = A Var(x) A'; Rao (1973), "Linear Statistical Inference", section 2b.

    Examples:
        >>> transformed(Moments(2, (1.0, 2.0), ((2.0, 1.0), (1.0, 4.0))), [(1.0, -1.0)], (-1.0,))
        Moments(n=2, mean=(-1.0,), scatter=((4.0,),))
    """
    combine = np.array(rows, dtype=float)
    scatter = (combine @ np.array(moments.scatter) @ combine.T).tolist()
    return Moments(moments.n, mean, tuple(tuple(row) for row in scatter))


def _code(labels: dict[Key, int], key: Key | None) -> int:
    return -1 if key is None else labels.setdefault(key, len(labels))


def _means(n: Floats, means: Floats, codes: NDArray[np.intp], total: Floats) -> Floats:
    sums = np.zeros((len(total), means.shape[1]))
    np.add.at(sums, codes, n[:, None] * means)
    return sums / total[:, None]


def _moments(
    n: float, mean: list[float], scatter: list[list[float]], centred: list[float]
) -> Moments:
    return Moments(n, tuple(mean), tuple(tuple(row) for row in scatter), tuple(centred))
