"""Loss by stage: who takes part, what fails, and what is only said."""

import numpy as np
import pytest
from scipy import stats

from core.models.cube import Cube, Profile
from core.models.readout import Decision
from core.models.stages import ASSIGNED, OutcomeRows, StageCounts
from core.statistics.attrition import stage_failures, stage_warnings, stages
from core.statistics.evidence import Evidence
from core.statistics.health import assess
from core.statistics.verdict import conclude
from tests.unit.statistics.arms import plan

ARMS = ("a", "b", "c")


def evidence(*counts, outcomes=None, assigned=10_000):
    """Three arms of equal size, of which a is control."""
    everybody = dict.fromkeys(ARMS, assigned)
    cube = Cube(ARMS, {}, (), (0, 0, 0), np.full(3, float(assigned)), {})
    found = (StageCounts(ASSIGNED, everybody, {}), *counts)
    asked = plan("visit:proportion", stages=tuple(c.name for c in counts))
    return Evidence(asked, Profile(3 * assigned, 0, 0, {}), cube, (), found, outcomes)


def reached(name, numbers, before=(10_000, 10_000, 10_000), unknown=(0, 0, 0), skipped=(0, 0, 0)):
    by_arm = [dict(zip(ARMS, part, strict=True)) for part in (numbers, before, unknown, skipped)]
    return StageCounts(name, *by_arm)


def test_the_arm_that_lost_more_is_named_and_owns_the_conclusion():
    of = evidence(
        reached("sent", (9900, 9910, 9905)),
        reached("delivered", (9800, 9000, 9790), (9900, 9910, 9905)),
    )
    failure = next(iter(stage_failures(of)))
    for part in ("the stage delivered", "a 1.01 %, b 9.18 %, c 1.16 %", "do not trust"):
        assert part in failure
    health = assess(of)
    conclusion = conclude(of.plan, health, [], power=0.8, shared_alpha=0.05)
    assert (conclusion.decision, conclusion.reason) == (Decision.DO_NOT_TRUST, failure)
    assert [s.passed for s in health.stages] == [None, True, False]


def test_the_test_is_one_chi_square_over_the_arms():
    found = stages(evidence(reached("sent", (9500, 9450, 9520))))[1]
    lost = [500, 550, 480]
    theirs = stats.chi2_contingency([lost, [9500, 9450, 9520]], correction=False).pvalue
    assert found.p_value == pytest.approx(theirs, rel=1e-9)


def test_a_group_that_was_never_contacted_takes_no_part():
    of = evidence(
        reached("sent", (0, 9900, 9905)),
        reached("delivered", (0, 9800, 9790), (0, 9900, 9905)),
        reached("matched", (9990, 9985, 9992)),
    )
    found = {stage.name: stage for stage in stages(of)}
    assert found["sent"].before == {"b": 10_000, "c": 10_000}
    assert found["delivered"].before == {"b": 9900, "c": 9905}
    assert set(found["matched"].before) == set(ARMS)
    assert (list(stage_failures(of)), list(stage_warnings(of))) == ([], [])


def test_an_arm_that_was_exported_and_never_sent_is_a_loss():
    of = evidence(
        reached("exported", (0, 10_000, 10_000)),
        reached("sent", (0, 9900, 0), (0, 10_000, 10_000)),
    )
    assert "c 100 %" in next(iter(stage_failures(of)))


def test_nobody_at_the_first_stage_is_said_of_any_group_but_control():
    assert list(stage_warnings(evidence(reached("sent", (0, 9900, 0))))) == [
        "Nobody in c reached the stage sent, so it is read as a group that was not contacted."
    ]
    stray = list(stage_warnings(evidence(reached("sent", (12, 9900, 9910)))))
    assert stray == [
        "12 customers of a reached the stage sent, though the group was not contacted."
    ]


def test_where_the_file_lists_only_the_active_nothing_is_tested():
    lost = reached("matched", (1000, 1500, 1400))
    active = OutcomeRows(customers=30_000, rows=3900, idle=0)
    (_, matched) = stages(evidence(lost, outcomes=active))
    assert (matched.p_value, matched.passed, matched.customers["b"]) == (None, None, 1500)
    everybody = OutcomeRows(customers=30_000, rows=3900, idle=10)
    assert stages(evidence(lost, outcomes=everybody))[1].passed is False
    (failure,) = stage_failures(evidence(lost, outcomes=everybody))
    assert "bring the column that shows it" in failure


@pytest.mark.parametrize(("skipped", "fails"), [((30, 0, 0), False), ((400, 0, 0), True)])
def test_to_be_sent_what_was_not_exported_is_said_and_much_of_it_fails(skipped, fails):
    of = evidence(
        reached("exported", (0, 10_000, 10_000)),
        reached("sent", (0, 9900, 9905), (0, 10_000, 10_000), skipped=skipped),
    )
    said = "customers were sent without being exported (a "
    assert any(said in text for text in stage_warnings(of)) is not fails
    assert any(said in text for text in stage_failures(of)) is fails


@pytest.mark.parametrize(("unknown", "fails"), [((50, 60, 55), False), ((50, 900, 55), True)])
def test_what_is_not_known_is_said_and_must_not_differ(unknown, fails):
    before = tuple(10_000 - n for n in unknown)
    of = evidence(reached("sent", before, before, unknown))
    assert any("has no value" in text for text in stage_warnings(of))
    assert any("the stage sent is not known" in text for text in stage_failures(of)) is fails


def test_without_stages_nothing_is_said():
    of = Evidence(plan(), Profile(20, 0, 0, {}), evidence().cube, ())
    assert (stages(of), list(stage_failures(of)), list(stage_warnings(of))) == ((), [], [])


def test_equal_loss_at_every_stage_seldom_fails():
    rng, runs, failed = np.random.default_rng(23), 4000, 0
    for _ in range(runs):
        sent = rng.binomial(10_000, 0.985, 3)
        found = stages(evidence(reached("sent", sent.tolist())))
        failed += found[1].passed is False
    assert failed / runs <= 0.001 + 3 * (0.001 / runs) ** 0.5


@pytest.mark.parametrize(
    ("rows", "warning", "failure", "note"),
    [
        (OutcomeRows(30_714, 30_714, 25_604), None, None, None),
        (OutcomeRows(30_714, 5110, 0), None, None, "25,604 of 30,714 customers have no row"),
        (OutcomeRows(30_714, 30_000, 9), "714 of 30,714 customers have no row", None, None),
        (OutcomeRows(100, 100, 90, others=1204), "1,204 rows of outcomes belong to", None, None),
        (OutcomeRows(1000, 1000, 0, dated=1000, early=10), "10 of 1,000 outcomes", None, None),
        (OutcomeRows(1000, 1000, 0, dated=1000, early=11), None, "outcomes before the send", None),
    ],
)
def test_rows_that_do_not_fit_are_said(rows, warning, failure, note):
    found = assess(evidence(outcomes=rows))
    for said, texts in ((warning, found.warnings), (failure, found.failures)):
        assert (said is None) == (not texts)
        assert said is None or said in texts[0]
    assert (note is None) == (not found.notes[0].startswith("25,604"))
