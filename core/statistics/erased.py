"""Customers of a test who were erased on request: a loss, and whether it differs by group."""

from collections.abc import Iterator, Mapping

from core.statistics.equal_shares import equal_shares_p_value
from core.statistics.evidence import Evidence
from core.statistics.sample_ratio import FAILED_BELOW


def assigned(evidence: Evidence) -> Mapping[str, int]:
    """The customers each arm had at first, for the check of their ratio.

    A reading in stages leaves out customers anyway, so there it is those who are read.

    Reference:
        Fabijan et al. (2019), KDD: a sample ratio is checked where the sample was drawn.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> from core.models.stages import OutcomeRows
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> cube = Cube(("a", "b"), {}, (), (0, 0), np.array([990.0, 1000.0]), {})
        >>> rows = OutcomeRows(1990, 1990, 1800, erased={"a": 10, "b": 0})
        >>> assigned(Evidence(plan, Profile(1990, 0, 0, {}), cube, (), (), rows))
        {'a': 1000, 'b': 1000}
    """
    counts, erased = evidence.cube.counts(), _erased(evidence)
    if evidence.plan.sequential:
        return counts
    return {arm: count + erased.get(arm, 0) for arm, count in counts.items()}


def erased_failures(evidence: Evidence) -> Iterator[str]:
    """Says so where one group lost more customers to erasure than another; failed below 0.001.

    Reference:
        As for every other loss: `core.statistics.attrition`.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> from core.models.stages import OutcomeRows
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> cube = Cube(("a", "b"), {}, (), (0, 0), np.array([900.0, 1000.0]), {})
        >>> rows = OutcomeRows(1900, 1900, 1800, erased={"a": 100, "b": 0})
        >>> evidence = Evidence(plan, Profile(1900, 0, 0, {}), cube, (), (), rows)
        >>> list(erased_failures(evidence))[0][54:84]
        ': a 100 of 1,000, b 0 of 1,000'
    """
    p_value = _p_value(evidence)
    if p_value is not None and p_value < FAILED_BELOW:
        yield (
            f"The groups lost different shares to erasure on request: {_told(evidence)} "
            f"(p = {p_value:.2g}). They no longer compare: do not trust a difference between them."
        )


def erased_notes(evidence: Evidence) -> Iterator[str]:
    """Says how many customers were erased, by group, and that nothing is counted of them.

    Reference:
        As `erased_failures`.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> from core.models.stages import OutcomeRows
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> cube = Cube(("a", "b"), {}, (), (0, 0), np.array([999.0, 1000.0]), {})
        >>> rows = OutcomeRows(1999, 1999, 1800, erased={"a": 1, "b": 0})
        >>> list(erased_notes(Evidence(plan, Profile(1999, 0, 0, {}), cube, (), (), rows)))[0][:64]
        'Erased on request since the assignment: a 1 of 1,000, b 0 of 1,0'
    """
    if not sum(_erased(evidence).values()):
        return
    p_value = _p_value(evidence)
    alike = p_value is None or p_value >= FAILED_BELOW
    said = "; the groups do not differ in it" if alike else ""
    yield f"Erased on request since the assignment: {_told(evidence)}. They count nowhere{said}."


def _erased(evidence: Evidence) -> Mapping[str, int]:
    return {} if evidence.outcomes is None else evidence.outcomes.erased


def _all(evidence: Evidence) -> dict[str, int]:
    """Everybody assigned, by arm, as far as the arm is read."""
    erased = _erased(evidence)
    return {arm: n + erased.get(arm, 0) for arm, n in evidence.cube.counts().items()}


def _p_value(evidence: Evidence) -> float | None:
    erased, everybody = _erased(evidence), _all(evidence)
    if not sum(erased.values()):
        return None
    return equal_shares_p_value([erased.get(arm, 0) for arm in everybody], list(everybody.values()))


def _told(evidence: Evidence) -> str:
    erased = _erased(evidence)
    return ", ".join(f"{arm} {erased.get(arm, 0):,} of {n:,}" for arm, n in _all(evidence).items())
