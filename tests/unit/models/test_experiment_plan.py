import pytest

from core.errors import BadInput
from core.models.experiment import AnalysisPlan, Harm, MetricKind, MetricSpec, parse_split


@pytest.mark.parametrize(
    ("text", "name", "kind", "columns"),
    [
        ("visit:proportion", "visit", MetricKind.PROPORTION, ("visit",)),
        (" spend : mean ", "spend", MetricKind.MEAN, ("spend",)),
        ("revenue=spend:mean", "revenue", MetricKind.MEAN, ("spend",)),
        ("aov=spend/orders:ratio", "aov", MetricKind.RATIO, ("spend", "orders")),
        ("spend / orders:ratio", "spend / orders", MetricKind.RATIO, ("spend", "orders")),
        ("a:b:mean", "a:b", MetricKind.MEAN, ("a:b",)),
        ("either/or:mean", "either/or", MetricKind.MEAN, ("either/or",)),
    ],
)
def test_a_metric_is_read_as_it_is_written(text, name, kind, columns):
    metric = MetricSpec.parse(text)
    assert (metric.name, metric.kind, metric.columns) == (name, kind, columns)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "visit",
        "visit:",
        "visit:median",
        ":mean",
        "=spend:mean",
        "aov=spend:ratio",
        "a/:ratio",
        "a/a:ratio",
    ],
)
def test_nonsense_is_refused_in_one_sentence(text):
    with pytest.raises(BadInput, match=r"\.$"):
        MetricSpec.parse(text)


@pytest.mark.parametrize(
    ("text", "harm"),
    [
        ("unsubscribed:proportion", Harm.RISE),
        ("complaints:mean", Harm.RISE),
        ("spend:mean", Harm.FALL),
        ("conversion:proportion", Harm.FALL),
        ("spend:mean:rise", Harm.RISE),
        ("returns:mean:fall", Harm.FALL),
    ],
)
def test_a_guardrail_knows_which_way_is_harm(text, harm):
    assert MetricSpec.parse(text).harmful is harm


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("a=1,b=1", (("a", 1.0), ("b", 1.0))),
        ("Mens E-Mail=0.5, No, thanks=0.5", (("Mens E-Mail", 0.5), ("No, thanks", 0.5))),
        ("a=b=2,c=0", (("a=b", 2.0), ("c", 0.0))),
    ],
)
def test_a_split_may_hold_commas_and_equals_signs_in_names(text, shares):
    assert parse_split(text) == shares


@pytest.mark.parametrize("text", ["a", "a=", "=1", "a=x", "a=-1", "a=inf", "a=0,b=0", "a=nan"])
def test_a_split_without_shares_is_refused(text):
    with pytest.raises(BadInput, match=r"\.$"):
        parse_split(text)


VISIT, SPEND = MetricSpec.parse("visit:proportion"), MetricSpec.parse("spend:mean")


@pytest.mark.parametrize(
    "broken",
    [
        {"metrics": ()},
        {"alpha": 0.0},
        {"alpha": 1.0},
        {"winsorize": 1.0},
        {"mde": -0.1},
        {"mde": float("nan")},
        {"sequential": True, "planned_n": 0},
        {"planned_n": 100},
        {"metrics": (VISIT, VISIT)},
        {"guardrails": (VISIT,)},
        {"by": ("channel", "channel")},
        {"by": ("arm",)},
        {"unit": "arm"},
        {"time": "arm"},
        {"split": (("a", 1.0), ("a", 1.0))},
        {"arm": "visit"},
        {"covariate": "visit"},
        {"unit": "visit"},
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(broken):
    with pytest.raises(BadInput, match=r"\.$"):
        AnalysisPlan(**{"arm": "arm", "control": "a", "metrics": (VISIT, SPEND)} | broken)
