"""Which segments of two campaigns count as the same people."""

from datetime import UTC, datetime

import pytest

from core.models.campaign import Brief
from core.models.customers import Segment, Segmentation, SegmentationMethod
from core.orchestrator.service.learned_segments import segment_keys

RULES, RFM, KMEANS = SegmentationMethod.RULES, SegmentationMethod.RFM, SegmentationMethod.KMEANS
BRIEF = Brief("Brief", "Goal")
VIP, NEW, REST = ("vip", "spend > 100"), ("new", "tenure < 90"), ("rest", "")


def version(*parts, method=RULES, number="one", names="Name"):
    segments = tuple(Segment(i, f"{names} {i}", rule, 10, 0.5, None) for i, rule in parts)
    return Segmentation(number, "data", method, segments, datetime(2026, 1, 1, tzinfo=UTC), "me")


def keys(*parts, audience="", **how):
    return segment_keys(version(*parts, **how), Brief("Brief", "Goal", audience=audience))


@pytest.mark.parametrize(
    "other",
    [
        keys(VIP, NEW, REST, number="two", names="Other"),
        keys(("vip", " spend  >  100 "), NEW, REST),
        keys(("best", "spend > 100"), NEW, REST),
    ],
    ids=["another version", "other spaces", "another id"],
)
def test_the_same_rules_in_the_same_order_are_the_same_segments(other):
    assert list(other.values()) == list(keys(VIP, NEW, REST).values())


def test_a_rule_is_the_same_only_after_the_same_rules():
    before, after = keys(VIP, NEW, REST), keys(NEW, VIP, REST)
    assert before["vip"] != after["vip"]
    assert keys(VIP, REST)["vip"] == before["vip"]
    assert keys(VIP, REST)["rest"] != before["rest"]


def test_the_same_name_with_another_rule_is_another_segment():
    assert keys(("vip", "spend > 200"), NEW, REST)["vip"] != keys(VIP, NEW, REST)["vip"]


def test_clusters_are_the_same_only_within_one_version_and_cells_in_all():
    parts = [("cluster-1", "")]
    assert keys(*parts, method=KMEANS) == keys(*parts, method=KMEANS)
    assert keys(*parts, method=KMEANS) != keys(*parts, method=KMEANS, number="two")
    cells = [("champions", "r_score >= 4")]
    other = [("champions", "r_score >= 3")]
    assert keys(*cells, method=RFM) == keys(*other, method=RFM, number="two")
    assert keys(*cells, method=RFM) != keys(*cells)


def test_a_narrowed_campaign_is_about_other_people():
    narrow = keys(VIP, REST, audience="area = 'Urban'")
    assert narrow["vip"] != keys(VIP, REST)["vip"]
    assert narrow == keys(VIP, REST, audience=" area  = 'Urban'")
