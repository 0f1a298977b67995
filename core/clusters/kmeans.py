"""K-means: centres that are the same every time, and every customer's nearest two."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.clusters.encoding import Matrix

Places = npt.NDArray[np.int64]

FULL_FIT = 100_000
"""Up to so many points every one is used at each step; beyond, the points are taken in batches."""

_STARTS, _BATCH = 10, 4096


@dataclass(frozen=True, slots=True)
class Placed:
    """For each customer the nearest centre, the next one, and how clear the choice is.

    The confidence is (d2 - d1) / d2 of the distances to the two: how much closer the customer is
    to the centre of the own segment than to that of the next. It is 0 on the line between two
    segments and 1 at a centre.
    """

    nearest: Places
    runner_up: Places
    confidence: Matrix


def centers_of(points: Matrix, k: int, *, seed: int, starts: int = _STARTS) -> Matrix:
    """The centres of k clusters, the largest cluster first.

    Up to 100,000 points by Lloyd's algorithm from k-means++ starts, beyond that in mini-batches.
    One thread, so that sums come in the same order and the same points give the same bytes.

    Reference:
        Arthur and Vassilvitskii (2007), "k-means++"; Sculley (2010), "Web-scale k-means".

    Examples:
        >>> centers_of(np.array([[0.0], [0.2], [0.1], [9.0]]), 2, seed=1).round(6).tolist()
        [[0.1], [9.0]]
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans  # noqa: PLC0415 - a second to import
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    kind, options = KMeans, {}
    if len(points) > FULL_FIT:
        kind, options = MiniBatchKMeans, {"batch_size": _BATCH}
    with threadpool_limits(1):
        model = kind(k, n_init=starts, random_state=seed, **options).fit(points)
    found = np.asarray(model.cluster_centers_, dtype=float)
    sizes = np.bincount(placed(points, found).nearest, minlength=k)
    # Ties by the coordinates: the order of the clusters must not depend on the starts.
    order = sorted(range(k), key=lambda i: (-sizes[i], *found[i].tolist()))
    return np.asarray(found[order])


def placed(points: Matrix, centers: Matrix) -> Placed:
    """The nearest and the next centre of each point, of equally near ones the first.

    Reference:
        Rousseeuw (1987), "Silhouettes", with distances to centres in place of mean distances.

    Examples:
        >>> found = placed(np.array([[0.0], [4.0], [5.0]]), np.array([[0.0], [10.0]]))
        >>> found.nearest.tolist(), found.confidence.round(3).tolist()
        ([0, 0, 0], [1.0, 0.333, 0.0])
    """
    squared = (points**2).sum(axis=1)[:, None] + (centers**2).sum(axis=1)
    distances = np.sqrt(np.maximum(squared - 2 * points @ centers.T, 0.0))
    order = np.argsort(distances, axis=1, kind="stable")
    if len(centers) == 1:
        return Placed(order[:, 0], order[:, 0], np.ones(len(points)))
    rows = np.arange(len(points))
    near, far = distances[rows, order[:, 0]], distances[rows, order[:, 1]]
    confidence = np.where(far > 0, (far - near) / np.where(far > 0, far, 1.0), 0.0)
    return Placed(order[:, 0], order[:, 1], confidence)
