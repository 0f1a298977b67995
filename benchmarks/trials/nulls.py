"""Experiments in which nothing works, read once."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.trials.experiments import (
    BIG,
    BY_UNIT,
    FEW,
    RATIO,
    SKEWED,
    Trial,
    cuped,
    flags,
    orders,
    spend,
)
from benchmarks.trials.reading import ALPHA
from benchmarks.trials.shares import Share
from core.models.readout import Decision

TRIALS = (
    flags("proportion, Welch, 10 % of 10,000", BIG, 0.1),
    replace(flags("proportion, score, 1.2 % of 500", FEW, 0.012), discrete=True),
    spend("mean, 90 % zeros, 10,000", BIG),
    spend("mean, 90 % zeros, 16,000 to 4,000", SKEWED),
    orders("ratio, delta method, 1,000", RATIO),
    orders("mean of rows by unit, 1,000", BY_UNIT),
    cuped("mean, CUPED, 500"),
    # Bonferroni over arms that share a control stays below its level.
    replace(flags("three null arms, 10 % of 10,000", (10_000,) * 4, 0.1), discrete=True),
)


def null_shares(trial: Trial, replications: int, rng: np.random.Generator) -> Iterator[Share]:
    """How often nothing looks like something: p below alpha, and "use"."""
    alarms = used = 0
    arms = len(trial.reader.treatments)
    for drawn in trial.experiments(replications, rng):
        p_values = [row.p_value for row in trial.reader.rows(drawn)][-arms:]
        alarms += any(p is not None and p < ALPHA / arms for p in p_values)
        used += trial.reader.conclusion(drawn).decision is Decision.USE
    for name, hits, level in (("p < .05", alarms, ALPHA), ('"use"', used, ALPHA / 2)):
        low = None if trial.discrete else level
        yield Share(f"{name}: {trial.name}", hits, replications, low, level)
