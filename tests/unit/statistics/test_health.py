import numpy as np
import pytest

from core.models.cube import Block, ColumnFacts, Cube, Profile, Repeats
from core.models.experiment import MetricSpec
from core.statistics.evidence import Evidence, looks_like_an_id
from core.statistics.health import assess
from tests.unit.statistics.arms import plan


def cube(n, known=None, covariate=(0.0, 0.0), slices=None, *, clustered=False):
    size = np.array(n, dtype=float)
    mean = np.array([[1.0, c] for c in covariate])
    scatter = np.full((2, 2, 2), 0.0)
    scatter[:, 0, 0] = scatter[:, 1, 1] = 100.0
    block = Block(np.array(known or n, dtype=float), mean, scatter)
    return Cube(("a", "b"), slices or {}, (0, 0), (0, 0), size, {"spend": block}, clustered)


def health(of=None, repeats=(), facts=None, **changes):
    asked = plan("spend:mean", **{"covariate": "history"} | changes)
    columns = {"spend": facts or ColumnFacts(0, 1.0, 2.0), "history": ColumnFacts(0, 0.0, 1.0)}
    profile = Profile(100, 0, 0, columns)
    return assess(Evidence(asked, profile, of or cube([50, 50]), tuple(repeats)))


def test_a_clean_file_has_nothing_to_say_but_its_assumptions():
    found = health()
    assert (found.failures, found.warnings, found.srm.passed) == ((), (), True)
    assert any("Equal shares" in note for note in found.notes)
    assert found.duplicates is None


def test_wrong_sizes_fail_and_uneven_ones_are_noted():
    assert "planned sizes" in health(cube([2300, 2700])).failures[0]
    noted = health(cube([44_700, 45_489]))
    assert (noted.failures, len(noted.warnings)) == ((), 1)
    assert "0.0086" in noted.warnings[0]


def test_a_planned_split_is_not_a_mismatch():
    assert health(cube([2000, 1000]), split=(("a", 2.0), ("b", 1.0))).failures == ()


@pytest.mark.parametrize(
    ("repeats", "failure", "warning"),
    [
        (Repeats("LocationID", 548, 137, 137, 0), "--unit LocationID", None),
        (Repeats("MarketID", 548, 10, 10, 10), None, None),
        (Repeats("customer_id", 1000, 1000, 0, 0), None, None),
        (Repeats("customer_id", 1000, 995, 5, 0), None, "5 rows repeat"),
        (Repeats("customer_id", 1000, 950, 50, 0), "customer_id repeats", None),
        (Repeats("customer_id", 1000, 996, 4, 4), None, "4 of 996"),
        (Repeats("customer_id", 1000, 900, 100, 100), "more than one group", None),
        (Repeats("product_id", 1000, 900, 100, 100), None, None),
    ],
)
def test_ids_that_repeat(repeats, failure, warning):
    found = health(repeats=[repeats])
    assert bool(found.failures) == bool(failure)
    assert failure is None or failure in found.failures[0]
    assert warning is None or any(warning in text for text in found.warnings)


def test_a_named_unit_may_repeat_but_hardly_cross():
    units = Repeats("store", 1000, 200, 200, 1)
    found = health(cube([100, 99], clustered=True), [units], unit="store")
    assert (found.failures, found.duplicates) == ((), 800)
    assert "left out" in found.warnings[0]
    crossing = Repeats("store", 1000, 200, 200, 20)
    assert "more than one group" in health(repeats=[crossing], unit="store").failures[0]


def test_outcomes_missing_more_often_in_one_group_fail():
    assert "missing more often" in health(cube([1000, 1000], [900, 990])).failures[0]
    assert health(cube([1000, 1000], [950, 951])).failures == ()


def test_a_past_that_differs_fails():
    found = health(cube([1000, 1000], covariate=(0.0, 0.1)))
    assert "before the test" in found.failures[0]
    assert health(cube([1000, 1000], covariate=(0.0, 0.01))).failures == ()


def test_a_slice_of_the_wrong_size_is_a_warning():
    found = health(cube([300, 700], slices={"channel": ("Web", "Web")}))
    assert any("channel is Web" in text for text in found.warnings)


def test_one_customer_carrying_a_metric_is_named():
    found = health(facts=ColumnFacts(0, 1.0, 30.0))
    assert "winsorizing at 0.999" in found.warnings[0]
    capped = health(facts=ColumnFacts(0, 1.0, 30.0, cap=9.0, capped=3))
    assert "capped at 9" in capped.warnings[0]


def test_what_is_missing_is_counted():
    asked = plan("spend:mean", covariate="history", unit="id")
    columns = {"spend": ColumnFacts(7, 1.0, 2.0), "history": ColumnFacts(3, 0.0, 1.0)}
    found = assess(Evidence(asked, Profile(100, 2, 1, columns), cube([50, 50]), ()))
    words = " ".join(found.warnings)
    assert all(
        text in words for text in ("2 rows have no value in arm", "1 rows", "7 rows", "3 rows")
    )


def test_a_covariate_without_a_mean_metric_is_not_used():
    asked = plan(
        "visit:proportion", covariate="history", guardrails=(MetricSpec.parse("out:proportion"),)
    )
    profile = Profile(100, 0, 0, {"history": ColumnFacts(0, 0.0, 1.0)})
    blocks = {m.name: cube([50, 50]).blocks["spend"] for m in asked.all_metrics}
    full = Cube(("a", "b"), {}, (0, 0), (0, 0), np.array([50.0, 50.0]), blocks)
    found = assess(Evidence(asked, profile, full, ()))
    assert "not used" in found.warnings[0]
    assert any("a rise counts as harm" in note for note in found.notes)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("userid", True),
        ("customer_id", True),
        ("LocationID", True),
        ("email", True),
        ("store", True),
        ("spend", False),
        ("channel", False),
        ("visit", False),
        ("history", False),
        ("width", False),
    ],
)
def test_ids_are_known_by_their_names(column, expected):
    assert looks_like_an_id(column) is expected
