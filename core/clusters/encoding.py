"""The values of customers as points, in which every column weighs the same."""

import math

import numpy as np
import numpy.typing as npt

from core.models.segment_models import Feature, FeatureKind

Matrix = npt.NDArray[np.float64]


def encoded(values: Matrix, features: tuple[Feature, ...]) -> Matrix:
    """The points of customers: a number is standardised, a category one column for each value.

    A standardised number has variance 1. A category with shares p has, over its columns, the
    variance 1 - sum p^2, so dividing by the root of that gives it 1 as well: two customers drawn
    at random differ on average by as much in a category, or a yes and no, as in a number. A
    missing number is the median, a missing category none of the values.

    Args:
        values: a row each customer and a column each feature; NaN is missing.
        features: how each column becomes numbers, in the same order.

    Reference:
        Hastie, Tibshirani and Friedman (2009), "The Elements of Statistical Learning", section
        14.3.3: weights of attributes by their average dissimilarity.

    Examples:
        >>> age = Feature("age", FeatureKind.NUMBER, median=30.0, mean=40.0, sd=10.0)
        >>> area = Feature("area", FeatureKind.CATEGORY, categories=("a", "b"), shares=(0.5, 0.5))
        >>> encoded(np.array([[50.0, 1.0], [np.nan, 0.0]]), (age, area)).round(2).tolist()
        [[1.0, 0.0, 1.41], [-1.0, 1.41, 0.0]]
    """
    points = np.empty((len(values), sum(f.width for f in features)))
    place = 0
    for column, feature in enumerate(features):
        part = points[:, place : place + feature.width]
        if feature.kind is FeatureKind.CATEGORY:
            part[:] = values[:, column, None] == np.arange(feature.width)
            part *= category_weight(feature)
        else:
            part[:, 0] = _standard(values[:, column], feature)
        place += feature.width
    return points


def category_weight(feature: Feature) -> float:
    """What a customer's own value of a category counts: 1 / sqrt(1 - sum of squared shares).

    Reference:
        As for `encoded`; 1 - sum p^2 is the Gini index of the category.

    Examples:
        >>> area = Feature("area", FeatureKind.CATEGORY, categories=("a", "b"), shares=(0.5, 0.5))
        >>> round(category_weight(area) ** 2, 6)
        2.0
    """
    return 1 / math.sqrt(max(1 - math.fsum(share**2 for share in feature.shares), 1e-12))


def _standard(values: Matrix, feature: Feature) -> Matrix:
    filled = np.where(np.isnan(values), feature.median, values)
    if feature.log:
        # What comes later may lie below what was seen, and a logarithm needs more than -1.
        filled = np.log1p(np.maximum(filled, 0.0))
    return np.asarray((filled - feature.mean) / feature.sd)
