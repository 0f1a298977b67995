"""Loss on the way of a send: whether each arm kept as many of its customers as the others."""

from collections.abc import Iterator, Mapping

from core.models.readout import Stage
from core.models.stages import ASSIGNED, DELIVERED, MATCHED, SENT, StageCounts
from core.statistics.equal_shares import equal_shares_p_value
from core.statistics.evidence import TOO_MANY_SHARE, Evidence
from core.statistics.sample_ratio import FAILED_BELOW

FROM_THE_FILE = frozenset({SENT, DELIVERED, MATCHED})
NO_LONGER = "They no longer compare: do not trust a difference between them."


def stages(evidence: Evidence) -> tuple[Stage, ...]:
    """Each stage with one test over the arms; failed below 0.001.

    A stage is counted among the customers of the stage before of whom it is known; having an
    outcome row, among everybody assigned. Arms that were not contacted take part in the last one
    only. Where a file lists only customers who did something, what it says of a stage would
    mirror the effect, so that nothing is tested.

    Reference:
        Fabijan et al. (2019), KDD: sample ratios by stage of the pipeline; Gerber and Green
        (2012), "Field Experiments", chapter 7, on attrition.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),), stages=("sent",))
        >>> everybody = {"a": 1000, "b": 1000, "c": 1000}
        >>> sent = StageCounts("sent", {"a": 0, "b": 990, "c": 900}, everybody)
        >>> cube = Cube(("a", "b", "c"), {}, (), (0, 0, 0), np.full(3, 1000.0), {})
        >>> counts = (StageCounts("assigned", everybody, {}), sent)
        >>> found = stages(Evidence(plan, Profile(3000, 0, 0, {}), cube, (), counts))
        >>> found[1].passed, found[1].before
        (False, {'b': 1000, 'c': 1000})
    """
    return tuple(_stage(evidence, counts) for counts in evidence.stages)


def stage_failures(evidence: Evidence) -> Iterator[str]:
    """Says so where an arm lost more than another at a stage, or got what it should not have.

    Reference:
        As `stages`.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),), stages=("sent",))
        >>> everybody = {"a": 1000, "b": 1000}
        >>> sent = StageCounts("sent", {"a": 990, "b": 900}, everybody)
        >>> cube = Cube(("a", "b"), {}, (), (0, 0), np.full(2, 1000.0), {})
        >>> counts = (StageCounts("assigned", everybody, {}), sent)
        >>> said = list(stage_failures(Evidence(plan, Profile(2000, 0, 0, {}), cube, (), counts)))
        >>> said[0][:74]
        'The groups lost different shares at the stage sent. Lost: a 1 %, b 10 % (p'
    """
    yield from _unequal_loss(evidence)
    yield from _unequal_unknown(evidence)
    for said, share in _skipping(evidence):
        if share > TOO_MANY_SHARE:
            yield f"{said} Nobody knows what they received."


def stage_warnings(evidence: Evidence) -> Iterator[str]:
    """Says who is not known to have reached a stage, skipped one, or was not contacted at all.

    Reference:
        As `stages`.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),), stages=("sent",))
        >>> everybody = {"a": 1000, "b": 1000}
        >>> sent = StageCounts("sent", {"a": 2, "b": 900}, everybody)
        >>> cube = Cube(("a", "b"), {}, (), (0, 0), np.full(2, 1000.0), {})
        >>> counts = (StageCounts("assigned", everybody, {}), sent)
        >>> list(stage_warnings(Evidence(plan, Profile(2000, 0, 0, {}), cube, (), counts)))
        ['2 customers of a reached the stage sent, though the group was not contacted.']
    """
    yield from _not_contacted(evidence)
    for said, share in _skipping(evidence):
        if share <= TOO_MANY_SHARE:
            yield said
    for counts in _without_matching(evidence):
        unknown = sum(counts.unknown.values())
        if unknown:
            yield (
                f"{counts.name} has no value for {unknown:,} customers, who are left out of that "
                "stage."
            )


def _stage(evidence: Evidence, counts: StageCounts) -> Stage:
    if counts.name == ASSIGNED:
        return Stage(counts.name, counts.reached)
    part = counts.before if counts.name == MATCHED else _contacted(evidence)
    before = {arm: n for arm, n in counts.before.items() if arm in part}
    lost = [n - counts.reached[arm] for arm, n in before.items()]
    p_value = equal_shares_p_value(lost, list(before.values()))
    if _mirrors_the_effect(evidence, counts.name):
        p_value = None
    passed = None if p_value is None else p_value >= FAILED_BELOW
    return Stage(counts.name, counts.reached, p_value, passed, before)


def _mirrors_the_effect(evidence: Evidence, name: str) -> bool:
    rows = evidence.outcomes
    if rows is None:
        return False
    # Orders are events, too: who has any event mirrors the effect, who was sent to does not.
    return (rows.lists_the_active and name in FROM_THE_FILE) or (rows.events and name == MATCHED)


def _first(evidence: Evidence) -> StageCounts | None:
    """The first stage of the way: who did not reach it was not contacted."""
    return next((c for c in evidence.stages if c.name not in {ASSIGNED, MATCHED}), None)


def _contacted(evidence: Evidence) -> Mapping[str, int]:
    """The arms whose customers reached the first stage; a stray one does not make an arm."""
    first = _first(evidence)
    if first is None:
        return {}
    assigned = evidence.stages[0].reached
    reached = {arm: n for arm, n in first.reached.items() if n > TOO_MANY_SHARE * assigned[arm]}
    return reached or first.reached


def _unequal_loss(evidence: Evidence) -> Iterator[str]:
    for stage in stages(evidence):
        if stage.passed is False:
            lost = {arm: n - stage.customers[arm] for arm, n in stage.before.items()}
            yield (
                f"The groups lost different shares at the stage {stage.name}. Lost: "
                f"{_shares(lost, stage.before)} (p = {stage.p_value:.2g}). {NO_LONGER}"
                f"{_advice(evidence, stage.name)}"
            )


def _advice(evidence: Evidence, name: str) -> str:
    rows = evidence.outcomes
    if name != MATCHED or rows is None:
        return ""
    return (
        f" The file also lists {rows.idle:,} customers who did nothing, so the missing ones may be "
        "lost; if it should list only those who did something, bring the column that shows it."
    )


def _unequal_unknown(evidence: Evidence) -> Iterator[str]:
    contacted = _contacted(evidence)
    for counts in _without_matching(evidence):
        unknown = {arm: n for arm, n in counts.unknown.items() if arm in contacted}
        everybody = {arm: n + counts.before[arm] for arm, n in unknown.items()}
        p_value = equal_shares_p_value(list(unknown.values()), list(everybody.values()))
        if p_value is not None and p_value < FAILED_BELOW:
            yield (
                f"The groups differ in how often the stage {counts.name} is not known. Not known: "
                f"{_shares(unknown, everybody)} (p = {p_value:.2g}). {NO_LONGER}"
            )


def _without_matching(evidence: Evidence) -> list[StageCounts]:
    """The stages whose empty values are in the file; else they are customers without a row."""
    names = {counts.name for counts in evidence.stages}
    return [] if MATCHED in names else [c for c in evidence.stages if c.unknown]


def _skipping(evidence: Evidence) -> Iterator[tuple[str, float]]:
    """What is said of customers of a stage who missed the one before, and their largest share."""
    before, assigned = "", evidence.stages[0].reached if evidence.stages else {}
    for counts in evidence.stages:
        skipped = {arm: n for arm, n in counts.skipped.items() if n}
        if skipped:
            arms = ", ".join(f"{arm} {n:,}" for arm, n in skipped.items())
            said = (
                f"{sum(skipped.values()):,} customers were {counts.name} without being {before} "
                f"({arms}), and do not count as {counts.name}."
            )
            yield said, max(n / assigned[arm] for arm, n in skipped.items())
        before = counts.name if counts.name != MATCHED else before


def _not_contacted(evidence: Evidence) -> Iterator[str]:
    first = _first(evidence)
    for arm, n in {} if first is None else first.reached.items():
        if first is None or arm in _contacted(evidence):
            continue
        if n:
            yield (
                f"{n:,} customers of {arm} reached the stage {first.name}, though the group was "
                "not contacted."
            )
        elif arm != evidence.plan.control:
            yield (
                f"Nobody in {arm} reached the stage {first.name}, so it is read as a group that "
                "was not contacted."
            )


def _shares(part: Mapping[str, int], of: Mapping[str, int]) -> str:
    return ", ".join(f"{arm} {100 * part[arm] / n:.3g} %" for arm, n in of.items() if n)
