"""The verifier of evidence packs: its formulas against SciPy's, and the one file it becomes."""

import ast
import sys

import pytest
from scipy import stats

from core.models.experiment import MetricSpec
from core.reports.verifier import arms, compare, student
from core.reports.verifier.moments import Cell, Sums, merged, metric_columns
from core.reports.verifier.pack import Report
from core.reports.verifier.readout import Numbers
from core.reports.verifier_program import verifier_source
from core.statistics import assignment, small_counts
from core.statistics.cuped import plain
from core.statistics.difference import Sample, difference
from core.statistics.lift import lift_interval
from core.statistics.moments import Moments
from core.statistics.ratio import linearised

FREEDOMS = (1, 1.5, 2, 3.3, 5, 29.7, 100, 199, 200, 201, 1000, 12345.6, 1e6, 1e8)


@pytest.mark.parametrize("share", [0.4, 0.25, 0.05, 0.025, 0.0125, 0.005, 1e-4, 1e-6, 1e-9])
def test_the_t_quantile_and_its_tail_agree_with_scipy_to_12_digits(share):
    for df in FREEDOMS:
        exact = stats.t.isf(share, df)
        assert student.t_critical(share, df) == pytest.approx(exact, rel=1e-12), df
        assert student.t_tail(exact, df) == pytest.approx(stats.t.sf(exact, df), rel=1e-12), df


@pytest.mark.parametrize("share", [0.4, 0.05, 0.025, 1e-6])
def test_the_normal_quantile_and_its_tail_agree_with_scipy(share):
    assert student.normal_critical(share) == pytest.approx(stats.norm.isf(share), rel=1e-13)
    assert student.normal_tail(2.5) == pytest.approx(stats.norm.sf(2.5), rel=1e-13)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ((1000, 0.12, 0.0001), (900, 0.1, 0.00012)),
        ((12, 3.5, 0.2), (9, -4.0, 0.3)),  # below zero: the lift is of the size of control
        ((30_000, 1.52, 1e-3), (31_000, 0.71, 2e-3)),
    ],
)
def test_welch_and_fieller_are_those_of_the_read_out(one, two):
    theirs = difference(Sample(*one), Sample(*two))
    critical = theirs.critical(0.05)
    gap, lift = compare.welch(compare.Arm(*one), compare.Arm(*two), 0.05)
    assert gap == pytest.approx([float(e) for e in theirs.interval(critical)], rel=1e-11)
    assert lift == pytest.approx([float(e) for e in lift_interval(theirs, critical)], rel=1e-10)
    p_value = compare.welch_p(compare.Arm(*one), compare.Arm(*two))
    assert p_value == pytest.approx(float(theirs.p_value), rel=1e-10)


@pytest.mark.parametrize("counts", [(3, 1000, 8, 900), (9, 10, 3, 10), (1, 50, 0, 60)])
def test_the_score_intervals_are_those_of_the_read_out(counts):
    theirs, ours = small_counts.Counts(*counts), compare.Counts(*counts)
    gap, lift = compare.score(ours, 0.05)
    assert gap == pytest.approx(small_counts.score_difference_interval(theirs, 0.05), abs=1e-12)
    assert compare.score_p(ours) == pytest.approx(small_counts.score_p_value(theirs), rel=1e-12)
    if counts[2]:
        assert lift == pytest.approx(small_counts.score_lift_interval(theirs, 0.05), abs=1e-9)
    for floor in (5, 10):
        assert compare.few(ours, floor) == small_counts.few(theirs, floor)


@pytest.mark.parametrize("size", [0, 1, 10, 997, 100_003])
def test_quotas_are_those_of_the_assignment(size):
    weights = {"urgent": 0.25, "friendly": 0.25, "same": 0.3, "none": 0.2}
    theirs = assignment.quotas(size, weights, salt="key", stratum="s1")
    assert arms.quotas(size, weights, "key", "s1") == theirs


@pytest.mark.parametrize(
    "spec",
    [
        "visit:proportion",
        "aov=spend/orders:ratio",
        "spend@0.9:quantile",
        "net=margin:mean:fall:0.5",
        "unsubscribed:proportion:rise:0.0005",
    ],
)
def test_a_metric_is_read_as_the_application_reads_it(spec):
    theirs = MetricSpec.parse(spec)
    found = metric_columns(spec)
    assert found == (theirs.name, theirs.kind.value, theirs.numerator, theirs.denominator)


def test_a_ratio_is_read_by_the_delta_method_as_in_the_read_out():
    rows = [(3.0, 2.0), (0.0, 1.0), (7.5, 4.0), (1.0, 3.0), (2.5, 1.0)]
    sums = Sums(["spend", "orders"])
    for row in rows:
        sums.add(("s", "a"), list(row))
    means = tuple(sum(column) / 5 for column in zip(*rows, strict=True))
    away = [(a - means[0], b - means[1]) for a, b in rows]
    scatter = tuple(tuple(sum(x[i] * x[j] for x in away) for j in (0, 1)) for i in (0, 1))
    exact = plain(linearised(Moments(5, means, scatter)))
    plan = {"counts": [], "card": {"primary_metric": "aov=spend/orders:ratio",
            "other_metrics": [], "guardrails": []}}  # fmt: skip
    numbers = Numbers(Report(), plan, {}, sums.done())
    found = numbers._arm({"metric": "aov", "slice": None}, "a")
    assert found.n == 5
    assert found.mean == pytest.approx(exact.mean, rel=1e-12)
    assert found.error == pytest.approx(exact.squared_error, rel=1e-12)


def test_sums_about_a_centre_keep_their_digits_and_cells_merge():
    sums, values = Sums(["x"]), [1e9 + n for n in range(10)]
    for place, value in enumerate(values):
        sums.add(("s", "even" if place % 2 else "odd"), [value])
    found = merged([of["x", "x"] for of in sums.done().values()])
    assert (found.n, found.mean, found.scatter) == (10, 1e9 + 4.5, 82.5)
    assert merged([]) == Cell(0, 0.0, 0.0, 0.0)


def test_the_verifier_is_one_file_of_the_standard_library_for_python_3_9():
    tree = ast.parse(verifier_source(), feature_version=(3, 9))
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert not imported & {"pickle", "marshal", "ctypes", "subprocess", "socket"}
    called = {
        n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    assert not called & {"eval", "exec", "compile", "__import__"}


def test_no_two_parts_of_the_verifier_use_one_name():
    named = [
        name
        for node in ast.parse(verifier_source()).body
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            else [t.id for t in getattr(node, "targets", ()) if isinstance(t, ast.Name)]
        )
    ]
    assert sorted(named) == sorted(set(named))
