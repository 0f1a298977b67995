"""How many clusters to suggest, and the sentence that says why."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from core.clusters.encoding import Matrix
from core.clusters.kmeans import Places, centers_of, placed
from core.clusters.resampling import resampled
from core.errors import BadInput
from core.models.segment_models import Candidate
from core.models.segment_quality import UNSTABLE_BELOW

FEWEST_CUSTOMERS = 50
KS = range(2, 9)
_STARTS, _DRAWS = 10, 8
_LOOKED_AT = 10_000
_SILHOUETTE_ROWS, _ROUGH_ROWS = 10_000, 3_000
_NEARLY = 0.9


def candidates(points: Matrix, *, smallest_share: float, seed: int) -> tuple[Candidate, ...]:
    """What 2 to 8 clusters would be like, as far as there are so many different customers.

    A number whose smallest cluster has less than this share of the customers is left out, unless
    it is 2. Stability is the mean adjusted Rand index over eight resamples.

    Raises:
        BadInput: there are fewer than 50 customers, or all of them are alike.

    Reference:
        Rousseeuw (1987), "Silhouettes"; Ben-Hur, Elisseeff and Guyon (2002), "A stability based
        method for discovering structure in clustered data".

    Examples:
        >>> points = np.repeat([[0.0], [1.0], [9.0]], 20, axis=0)
        >>> [(c.k, c.stability) for c in candidates(points, smallest_share=0.1, seed=1)]
        [(2, 1.0), (3, 1.0)]
    """
    if len(points) < FEWEST_CUSTOMERS:
        raise BadInput(
            f"Clusters need at least {FEWEST_CUSTOMERS} customers, and there are {len(points)}; "
            "use rules."
        )
    different = distinct(points, max(KS))
    if different < min(KS):
        raise BadInput("All customers are alike in these columns, so there are no clusters.")
    few = points[_spread_out(len(points), _LOOKED_AT)]
    found = [_candidate(few, k, seed) for k in KS if k <= different]
    return tuple(c for c in found if c.k == min(KS) or c.smallest >= smallest_share)


def suggested(found: Sequence[Candidate]) -> tuple[int, str]:
    """The number to suggest, and why, as one sentence or two.

    Of the numbers that come out the same on resampling (0.9 or more) the largest that separates at
    least 90 % as well as the best of them: more segments say more, as long as they are as sound.
    Without any, the one that comes nearest to 0.9.

    Reference:
        As for `candidates`.

    Examples:
        >>> suggested([Candidate(2, 0.31, 0.97, 0.4), Candidate(3, 0.35, 0.62, 0.2)])[0]
        2
        >>> suggested([Candidate(2, 0.31, 0.97, 0.4), Candidate(3, 0.30, 0.95, 0.2)])[0]
        3
    """
    stable = [c for c in found if c.stability >= UNSTABLE_BELOW]
    tried = f"{found[0].k} to {found[-1].k}" if len(found) > 1 else f"{found[0].k}"
    if not stable:
        best = max(found, key=lambda c: (c.stability, -c.k))
        return best.k, (
            f"None of {tried} comes out the same when customers are drawn again; {best.k} comes "
            f"nearest (agreement {best.stability:.2f} of 1). Take these segments as a rough guide."
        )
    clearest = max(stable, key=lambda c: c.silhouette)
    enough = min(_NEARLY * clearest.silhouette, clearest.silhouette)
    best = max((c for c in stable if c.silhouette >= enough), key=lambda c: c.k)
    others = [str(c.k) for c in found if c not in stable]
    wavering = f" {_listed(others)} would change from draw to draw." if others else ""
    apart = f"are set apart best (silhouette {best.silhouette:.2f})"
    if best != clearest:
        apart = (
            f"are set apart nearly as well as {clearest.k} (silhouette {best.silhouette:.2f} and "
            f"{clearest.silhouette:.2f}), and say more"
        )
    of_those = "of those that do, " if len(stable) > 1 else ""
    return best.k, (
        f"Of {tried} segments, {best.k} come out the same when customers are drawn again "
        f"(agreement {best.stability:.2f} of 1) and, {of_those}{apart}.{wavering}"
    ).replace("and, are", "and are")


def silhouette(points: Matrix, labels: Places, *, most: int = _SILHOUETTE_ROWS) -> float | None:
    """How much nearer customers are to their own segment than to the next, from -1 to 1.

    Beyond `most` customers it is taken of every n-th. None with fewer than two segments.

    Reference:
        Rousseeuw (1987), "Silhouettes".

    Examples:
        >>> silhouette(np.array([[0.0], [0.1], [9.0], [9.1]]), np.array([0, 0, 1, 1])).__round__(2)
        0.99
    """
    from sklearn.metrics import silhouette_score  # noqa: PLC0415 - a second to import

    few = _spread_out(len(points), most)
    points, labels = points[few], labels[few]
    if not 1 < len(np.unique(labels)) < len(points):
        return None
    return float(silhouette_score(points, labels))


def distinct(points: Matrix, enough: int) -> int:
    """How many different points there are; counts no further than `enough` asks for.

    Reference:
        Arthur and Vassilvitskii (2007), "k-means++": more centres than points do not exist.

    Examples:
        >>> distinct(np.array([[1.0], [1.0], [2.0]]), 8)
        2
    """
    first = np.unique(points[: 50 * enough], axis=0)
    return len(first) if len(first) >= enough else len(np.unique(points, axis=0))


def _candidate(points: Matrix, k: int, seed: int) -> Candidate:
    labels = placed(points, centers_of(points, k, seed=seed, starts=_STARTS)).nearest
    again = partial(refitted, points, k)
    sizes = np.bincount(labels, minlength=k)
    return Candidate(
        k,
        silhouette(points, labels, most=_ROUGH_ROWS) or 0.0,
        resampled(labels, k, again, draws=_DRAWS, seed=seed).mean,
        float(sizes.min() / len(points)),
    )


def refitted(points: Matrix, k: int, rows: Places, seed: int) -> Places:
    """The cluster of every point, when the centres come from some of them only.

    Reference:
        Hennig (2007), "Cluster-wise assessment of cluster stability".

    Examples:
        >>> points = np.array([[0.0], [0.1], [9.0]])
        >>> refitted(points, 2, np.array([0, 0, 2]), 1).tolist()
        [0, 0, 1]
    """
    drawn = points[rows]
    k = min(k, distinct(drawn, k))
    return placed(points, centers_of(drawn, k, seed=seed, starts=_STARTS)).nearest


def _spread_out(rows: int, most: int) -> Places:
    """At most so many places, evenly over all."""
    return np.unique(np.linspace(0, rows - 1, min(rows, most)).astype(np.int64))


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
