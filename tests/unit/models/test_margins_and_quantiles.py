import pytest

from core.errors import BadInput
from core.models.experiment import AnalysisPlan, Harm, MetricKind, MetricSpec


@pytest.mark.parametrize(
    ("text", "name", "column", "share"),
    [
        ("spend@0.9:quantile", "spend@0.9", "spend", 0.9),
        ("top = spend @ 0.99 : quantile", "top", "spend", 0.99),
        ("a@b@0.5:quantile", "a@b@0.5", "a@b", 0.5),
    ],
)
def test_a_quantile_is_read_as_it_is_written(text, name, column, share):
    metric = MetricSpec.parse(text)
    assert (metric.name, metric.kind) == (name, MetricKind.QUANTILE)
    assert (metric.columns, metric.quantile) == ((column,), share)


@pytest.mark.parametrize(
    ("text", "name", "harm", "margin"),
    [
        ("left:proportion:rise:0.0005", "left", Harm.RISE, 0.0005),
        ("left:proportion:0.0005", "left", Harm.RISE, 0.0005),
        ("spend:mean:fall:0.2", "spend", Harm.FALL, -0.2),
        ("aov=spend/orders:ratio:1e-3", "aov", Harm.FALL, -0.001),
        ("a:0.5:mean", "a:0.5", Harm.RISE, None),
        ("left:proportion:rise", "left", Harm.RISE, None),
    ],
)
def test_a_margin_is_the_last_part_and_lies_on_the_side_of_harm(text, name, harm, margin):
    metric = MetricSpec.parse(text)
    assert (metric.name, metric.harmful, metric.signed_margin) == (name, harm, margin)


@pytest.mark.parametrize(
    "text",
    [
        "spend:quantile",
        "spend@:quantile",
        "@0.9:quantile",
        "spend@0:quantile",
        "spend@1:quantile",
        "spend@x:quantile",
        "spend@nan:quantile",
        "left:proportion:rise:0",
        "left:proportion:rise:-0.1",
        "left:proportion:rise:nan",
        "left:proportion:rise:few",
    ],
)
def test_nonsense_is_refused_in_one_sentence(text):
    with pytest.raises(BadInput, match=r"\.$"):
        MetricSpec.parse(text)


def test_a_margin_belongs_to_a_guardrail():
    with pytest.raises(BadInput, match="guardrail"):
        AnalysisPlan("arm", "a", (MetricSpec.parse("left:proportion:rise:0.1"),))
