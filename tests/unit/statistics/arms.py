"""Made-up arms for the tests of statistics."""

from typing import TypeVar

import numpy as np

from core.models.experiment import AnalysisPlan, MetricSpec
from core.models.readout import Health, SampleRatio
from core.statistics.moments import Moments

T = TypeVar("T")


def moments(*variables) -> Moments:
    """The moments of arrays of equal length, computed in one pass by NumPy."""
    table = np.array(variables, dtype=float)
    scatter = np.atleast_2d(np.cov(table)) * (table.shape[1] - 1)
    means = tuple(table.mean(axis=1).tolist())
    return Moments(table.shape[1], means, tuple(tuple(row) for row in scatter.tolist()))


def plan(metric="visit:proportion", **changes) -> AnalysisPlan:
    return AnalysisPlan(
        **{"arm": "arm", "control": "a", "metrics": (MetricSpec.parse(metric),)} | changes
    )


def known(value: T | None) -> T:
    """What is not None."""
    assert value is not None
    return value


def healthy(*failures) -> Health:
    ratio = SampleRatio(p_value=0.5, passed=True, observed={}, expected={})
    return Health(100, 100, simulated=False, srm=ratio, duplicates=0, failures=failures)
