"""Whether an experiment can be believed, before anybody looks at its effect."""

from collections.abc import Callable, Iterator

from core.models.cube import Repeats
from core.models.experiment import MetricKind
from core.models.readout import Health, SampleRatio
from core.statistics.attrition import stage_failures, stage_warnings, stages
from core.statistics.erased import assigned, erased_failures, erased_notes
from core.statistics.estimates import piles
from core.statistics.evidence import IDENTITY_SHARE, TOO_MANY_SHARE, Evidence
from core.statistics.imbalance import unequal_before, unequal_missing, uneven_slices
from core.statistics.moments import merge
from core.statistics.outcome_rows import row_failures, row_notes, row_warnings
from core.statistics.sample_ratio import FAILED_BELOW, sample_ratio

NOTED_BELOW = 0.05
HEAVY_SHIFT = 0.5


def assess(evidence: Evidence) -> Health:
    """Sizes of the arms, repeats, loss by stage, rows that do not fit, imbalance, outliers.

    A failure means that the estimates must not be trusted; a warning that they need reading
    with care; a note says what was assumed.

    Reference:
        Kohavi, Tang and Xu (2020), "Trustworthy Online Controlled Experiments", chapters 3 and
        21; Fabijan et al. (2019), KDD.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> cube = Cube(("a", "b"), {}, (), (0, 0), np.array([2300.0, 2700.0]), {})
        >>> assess(Evidence(plan, Profile(5000, 0, 0, {}), cube, ())).srm.passed
        False
    """
    plan, cube, identity = evidence.plan, evidence.cube, evidence.identity
    counts = cube.counts()
    planned = dict(plan.split) or dict.fromkeys(counts, 1.0)
    srm = sample_ratio(assigned(evidence), planned)
    return Health(
        rows=evidence.profile.rows,
        units=sum(counts.values()),
        simulated=plan.simulated,
        srm=srm,
        duplicates=None if identity is None else identity.extra_rows,
        warnings=tuple(said for check in WARNINGS for said in check(evidence)) + _near(srm),
        failures=_wrong_sizes(srm) + tuple(said for check in FAILURES for said in check(evidence)),
        notes=(*row_notes(evidence), *erased_notes(evidence), *_notes(evidence)),
        stages=stages(evidence),
    )


def _wrong_sizes(srm: SampleRatio) -> tuple[str, ...]:
    if srm.passed is not False:
        return ()
    seen = ", ".join(
        f"{arm} {n:,} (planned {srm.expected[arm]:,.0f})" for arm, n in srm.observed.items()
    )
    sentence = (
        f"The groups do not have the planned sizes (p = {srm.p_value:.2g}): {seen}. Find out who "
        "is missing before reading any result; shares that were planned unequal must be named."
    )
    return (sentence,)


def _near(srm: SampleRatio) -> tuple[str, ...]:
    if srm.p_value is None or not FAILED_BELOW <= srm.p_value < NOTED_BELOW:
        return ()
    seen = ", ".join(f"{arm} {n:,}" for arm, n in srm.observed.items())
    sentence = (
        f"Group sizes are uneven for the plan ({seen}; p = {srm.p_value:.2g}). That passes the "
        f"limit of {FAILED_BELOW}, but keep an eye on it."
    )
    return (sentence,)


def _repeating(evidence: Evidence) -> Iterator[str]:
    if evidence.plan.unit is not None:
        return
    nested = {r.column for r in evidence.nested}
    for r in evidence.repeats:
        often = r.distinct >= IDENTITY_SHARE * r.rows and r.extra_rows > TOO_MANY_SHARE * r.rows
        if r.column in nested or (often and not _crosses(r)):
            yield (
                f"{r.column} repeats: {r.rows:,} rows hold {r.distinct:,} values, and a value "
                "stays in one group, so rows are not independent. Name the randomised unit "
                f"(--unit {r.column})."
            )


def _crosses(repeats: Repeats) -> bool:
    return repeats.crossing > TOO_MANY_SHARE * repeats.distinct


def _identity_crossing(evidence: Evidence) -> Repeats | None:
    identity = evidence.identity
    return identity if identity is not None and identity.crossing else None


def _crossing(evidence: Evidence) -> Iterator[str]:
    identity = _identity_crossing(evidence)
    if identity is not None and _crosses(identity):
        yield (
            f"{identity.crossing:,} of {identity.distinct:,} values of {identity.column} are in "
            "more than one group, so nobody knows what those customers received."
        )


def _few_crossing(evidence: Evidence) -> Iterator[str]:
    identity = _identity_crossing(evidence)
    if identity is not None and not _crosses(identity):
        left_out = "; they are left out" if evidence.cube.clustered else ""
        yield (
            f"{identity.crossing:,} of {identity.distinct:,} values of {identity.column} are in "
            f"more than one group{left_out}."
        )


def _few_duplicates(evidence: Evidence) -> Iterator[str]:
    identity = evidence.identity
    if identity is None or evidence.plan.unit is not None or not identity.extra_rows:
        return
    if identity.extra_rows <= TOO_MANY_SHARE * identity.rows:
        yield f"{identity.extra_rows:,} rows repeat a value of {identity.column}."


def _left_out(evidence: Evidence) -> Iterator[str]:
    profile, plan = evidence.profile, evidence.plan
    if profile.without_arm:
        yield f"{profile.without_arm:,} rows have no value in {plan.arm} and are left out."
    if profile.without_unit:
        yield f"{profile.without_unit:,} rows have no value in {plan.unit} and are left out."
    for metric in plan.all_metrics:
        for column in metric.columns:
            missing = profile.columns[column].missing if column in profile.columns else 0
            if missing:
                yield f"{column} is missing in {missing:,} rows; {metric.name} leaves them out."


def _undated(evidence: Evidence) -> Iterator[str]:
    """Customers who cannot be placed in the history."""
    cube, time = evidence.cube, evidence.plan.time
    if time is None:
        return
    undated = sum(n for day, n in zip(cube.days, cube.n.tolist(), strict=True) if day is None)
    if undated:
        yield f"{undated:,.0f} customers have no {time} and are missing from the history by day."


def _covariate(evidence: Evidence) -> Iterator[str]:
    plan = evidence.plan
    if plan.covariate is None:
        return
    if all(m.kind is not MetricKind.MEAN for m in plan.all_metrics):
        yield f"The covariate {plan.covariate} is not used: it adjusts mean metrics only."
    missing = evidence.profile.columns[plan.covariate].missing
    if missing:
        yield f"{plan.covariate} is missing in {missing:,} rows, which count as its average."


def _capped(evidence: Evidence) -> Iterator[str]:
    for column, facts in evidence.profile.columns.items():
        if facts.cap is not None:
            yield (
                f"{column} is capped at {facts.cap:.6g}, the same for every group and found in "
                f"this file; {facts.capped:,} values were higher."
            )


def _heavy(evidence: Evidence) -> Iterator[str]:
    """One customer large enough to move the difference by half its standard error."""
    cube = evidence.cube
    for metric in () if cube.clustered or not cube.blocks else evidence.plan.all_metrics:
        facts = evidence.profile.columns.get(metric.numerator)
        steady = metric.kind in {MetricKind.PROPORTION, MetricKind.QUANTILE}
        if steady or facts is None or facts.cap is not None:
            continue
        arms = list(piles(cube, metric)[0].arms.values())
        everybody = merge(arms) if arms else None
        if everybody is None or everybody.n <= 1 or everybody.covariance() == 0:
            continue
        away = (facts.highest - everybody.mean[0]) / everybody.covariance() ** 0.5
        shift = away / (2 * min(cube.counts().values())) ** 0.5
        if shift > HEAVY_SHIFT:
            yield (
                f"One value of {metric.numerator} ({facts.highest:,.6g}) moves the difference by "
                f"about {shift:.2g} standard errors; consider capping large values (winsorizing "
                "at 0.999)."
            )


def _notes(evidence: Evidence) -> Iterator[str]:
    plan = evidence.plan
    if not plan.split:
        yield "Equal shares are assumed for the groups."
    if evidence.identity is None:
        yield "Duplicates were not counted: no column is known to name the customer."
    if evidence.cube.clustered:
        yield f"Rows are summed by {plan.unit}, the randomised unit, before they are compared."
    for metric in plan.guardrails:
        accepted = "" if metric.margin is None else f"; up to {metric.margin:.6g} is accepted"
        yield f"Guardrail {metric.name}: a {metric.harmful.value} counts as harm{accepted}."


Check = Callable[[Evidence], Iterator[str]]
FAILURES: tuple[Check, ...] = (
    _repeating,
    _crossing,
    stage_failures,
    row_failures,
    erased_failures,
    unequal_missing,
    unequal_before,
)
WARNINGS: tuple[Check, ...] = (
    stage_warnings,
    row_warnings,
    _few_crossing,
    _few_duplicates,
    _left_out,
    _undated,
    _covariate,
    _capped,
    _heavy,
    uneven_slices,
)
