"""Arms that stopped being comparable: outcomes missing, a past that differs, slices off size."""

from collections.abc import Iterator

import numpy as np

from core.errors import UndefinedStatistic
from core.models.experiment import MetricKind
from core.statistics.difference import Sample, difference
from core.statistics.equal_shares import equal_shares_p_value
from core.statistics.estimates import piles
from core.statistics.evidence import Evidence
from core.statistics.sample_ratio import FAILED_BELOW, sample_ratio


def unequal_missing(evidence: Evidence) -> Iterator[str]:
    """Says so where the primary outcome is missing more often in one arm than in another.

    Reference:
        Pearson's chi-square test of homogeneity; attrition bias, Gerber and Green (2012),
        "Field Experiments", chapter 7.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Block, Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> block = Block(np.array([500.0, 400.0]), np.zeros((2, 1)), np.ones((2, 1, 1)))
        >>> where, n = {"channel": ("Web", "Web")}, np.array([500.0, 500.0])
        >>> cube = Cube(("a", "b"), where, (), (0, 0), n, {"visit": block})
        >>> evidence = Evidence(plan, Profile(1000, 0, 0, {}), cube, ())
        >>> list(unequal_missing(evidence))[0][:34]
        'visit is missing more often in one'
    """
    cube = evidence.cube
    block = cube.blocks.get(evidence.plan.primary.name)
    if block is None:
        return
    names = list(cube.arm_names)
    codes = [names.index(arm) for arm in cube.arms]
    known = np.bincount(codes, weights=block.n, minlength=len(names))
    everybody = np.bincount(codes, weights=cube.n, minlength=len(names))
    missing = everybody - known
    counts = (np.rint(n).astype(int).tolist() for n in (missing, everybody))
    p_value = equal_shares_p_value(*counts)
    if p_value is not None and p_value < FAILED_BELOW:
        shares = ", ".join(
            f"{a} {100 * m / e:.1f} %" for a, m, e in zip(names, missing, everybody, strict=True)
        )
        yield (
            f"{evidence.plan.primary.name} is missing more often in one group than in another "
            f"(p = {p_value:.2g}: {shares}), so the groups no longer compare."
        )


def unequal_before(evidence: Evidence) -> Iterator[str]:
    """Says so where the covariate, from before the send, already differs between arms.

    Reference:
        The A/A test of the pre-period; Kohavi, Tang and Xu (2020), chapter 19. Welch's t at
        0.001, by Bonferroni over the arms.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Block, Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> block = Block(np.array([500.0, 500.0]), np.zeros((2, 1)), np.ones((2, 1, 1)))
        >>> where, n = {"channel": ("Web", "Web")}, np.array([500.0, 500.0])
        >>> cube = Cube(("a", "b"), where, (), (0, 0), n, {"visit": block})
        >>> evidence = Evidence(plan, Profile(1000, 0, 0, {}), cube, ())
        >>> list(unequal_before(evidence))
        []
    """
    plan, cube = evidence.plan, evidence.cube
    means = [m for m in plan.all_metrics if m.kind is MetricKind.MEAN]
    if plan.covariate is None or not means or not cube.blocks:
        return
    arms = piles(cube, means[0])[0].as_means()
    samples = {a: Sample(m.n, m.mean[1], m.covariance(1, 1) / m.n) for a, m in arms.items()}
    control = samples.pop(plan.control, None)
    for arm, sample in sorted(samples.items()):
        try:
            p_value = 1.0 if control is None else difference(sample, control).p_value
        except UndefinedStatistic:
            continue
        if p_value < FAILED_BELOW / len(samples):
            yield (
                f"{plan.covariate} already differed between {arm} and {plan.control} before the "
                f"test (p = {p_value:.2g}); customers were not assigned at random."
            )


def uneven_slices(evidence: Evidence) -> Iterator[str]:
    """Says so where the arms have wrong sizes inside a slice, by Bonferroni over all slices.

    Reference:
        Fabijan et al. (2019), KDD: segments in which the ratio is off point to the cause.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Block, Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> block = Block(np.array([300.0, 700.0]), np.zeros((2, 1)), np.ones((2, 1, 1)))
        >>> where, n = {"channel": ("Web", "Web")}, np.array([300.0, 700.0])
        >>> cube = Cube(("a", "b"), where, (), (0, 0), n, {"visit": block})
        >>> evidence = Evidence(plan, Profile(1000, 0, 0, {}), cube, ())
        >>> list(uneven_slices(evidence))
        ['Group sizes are off where channel is Web (p = 1.1e-36).']
    """
    plan, cube = evidence.plan, evidence.cube
    planned = dict(plan.split) or dict.fromkeys(cube.arm_names, 1.0)
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for column, values in cube.slices.items():
        for value, arm, n in zip(values, cube.arms, cube.n.tolist(), strict=True):
            slot = counts.setdefault((column, value), {})
            slot[arm] = slot.get(arm, 0) + int(n)
    for (column, value), observed in counts.items():
        p_value = sample_ratio(observed, planned).p_value
        if p_value is not None and p_value < FAILED_BELOW / len(counts):
            yield f"Group sizes are off where {column} is {value} (p = {p_value:.2g})."
