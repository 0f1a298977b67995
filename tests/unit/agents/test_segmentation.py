"""The segmentation agent on a table that lives in memory."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from core.agents.segmentation import EVERYONE_ELSE, SegmentationAgent
from core.errors import BadInput
from core.models.customers import (
    Column,
    ColumnKind,
    ColumnRole,
    SegmentationMethod,
    SegmentRule,
    Truth,
)
from core.models.segment_models import ColumnProfile, FeatureKind, Spread
from core.models.segmentation import SegmentationRequest
from core.protocols.customer_table import SegmentCount
from core.rules import holds, parse


@dataclass(frozen=True)
class Rows:
    """A customer table of plain dictionaries."""

    customers: tuple[Mapping[str, object], ...]

    @property
    def columns(self):
        names = list(self.customers[0]) if self.customers else []
        return tuple(self._column(name) for name in names)

    def _column(self, name):
        values = self._known(name)
        numbers = [value for value in values if isinstance(value, int | float)]
        kind = ColumnKind.NUMBER if numbers else ColumnKind.TEXT
        low, high = (str(min(numbers)), str(max(numbers))) if numbers else (None, None)
        return Column(name, ColumnRole.ATTRIBUTE, kind, 0, len(set(values)), low, high)

    def _known(self, name):
        return [row[name] for row in self.customers if row[name] is not None]

    def rows(self):
        return len(self.customers)

    def truth(self, rule):
        found = [holds(parse(rule), row) for row in self.customers]
        return Truth(found.count(True), found.count(False), found.count(None))

    def split(self, rules):
        places = list(self.parts(rules))
        return tuple(
            SegmentCount(rule.segment_id, places.count(i), None) for i, rule in enumerate(rules)
        )

    def parts(self, rules, *, most=None):
        parsed = [parse(rule.rule) for rule in rules]
        return np.array(
            [
                next((i for i, rule in enumerate(parsed) if holds(rule, row)), -1)
                for row in self.customers
            ]
        )

    def quantiles(self, column, shares):
        known = self._known(column)
        return tuple(np.quantile(known, shares).tolist()) if known else ()

    def profiles(self, names):
        return tuple(self._profile(name) for name in names)

    def _profile(self, name):
        known = self._known(name)
        if self._column(name).kind is ColumnKind.TEXT:
            return ColumnProfile(
                name, FeatureKind.CATEGORY, self.rows(), len(known), len(set(known))
            )
        low, high, mean = min(known), max(known), float(np.mean(known))
        spread = Spread(mean, float(np.std(known)), 0.0, float(np.median(known)), low, high)
        whole = all(float(value).is_integer() for value in known)
        return ColumnProfile(
            name,
            FeatureKind.NUMBER,
            self.rows(),
            len(known),
            len(set(known)),
            spread,
            None,
            whole,
        )

    def values(self, features, *, most=None):
        yield np.array([[row[f.column] for f in features] for row in self.customers], dtype=float)


def run(table, method, rules=(), **asked):
    return SegmentationAgent().run(table, SegmentationRequest(method, tuple(rules), **asked))


TABLE = Rows(tuple({"spend": i, "area": "Urban" if i % 2 else "Rural"} for i in range(100)))
TOP = SegmentRule("top", "Top", "spend >= 60", ("thanks",))
URBAN = SegmentRule("urban", "Urban", "area = 'Urban'")
ALL = SegmentRule("all", "All others", "everyone")
RULES, RFM, KMEANS = SegmentationMethod


def test_segments_hold_everybody_once_in_the_order_of_the_rules():
    draft = run(TABLE, RULES, (TOP, URBAN, ALL))
    assert [(s.name, s.size, s.share) for s in draft.segments] == [
        ("Top", 40, 0.4),
        ("Urban", 30, 0.3),
        ("All others", 30, 0.3),
    ]
    assert draft.segments[0].words == ("thanks",)
    assert draft.rules == (TOP, URBAN, ALL)
    assert draft.notes == ()


def test_customers_without_a_rule_get_a_segment_of_their_own():
    draft = run(TABLE, RULES, (TOP,))
    assert [(s.name, s.size) for s in draft.segments] == [("Top", 40), ("Everyone else", 60)]
    assert draft.rules[-1] == EVERYONE_ELSE
    assert draft.notes == ("60 customers match no rule and are in 'Everyone else'.",)


def test_a_last_rule_for_nobody_is_left_out_with_a_note():
    draft = run(TABLE, RULES, (SegmentRule("a", "A", "spend >= 0"), ALL))
    assert [s.name for s in draft.segments] == ["A"]
    assert draft.notes == ("Nobody is left for 'All others', so it is left out.",)


def test_a_small_segment_is_warned_of():
    draft = run(TABLE, RULES, (SegmentRule("a", "A", "spend < 29"), ALL))
    assert draft.notes == ("'A' has 29 customers; below 30 a segment is too small to test.",)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ((), "There are no rules"),
        ((SegmentRule("a", "A", "spend > 1000"), ALL), r"'A' is empty: nobody fits the rule \[spe"),
        ((TOP, SegmentRule("b", "B", "spend > 70"), ALL), "or an earlier segment takes all"),
        ((ALL, TOP), "'Top' is empty"),
        ((TOP, TOP), "Two segments have the segment id 'top'"),
        ((TOP, SegmentRule("other", "Top", "")), "Two segments have the name 'Top'"),
        ((TOP, SegmentRule("rest", " everyone", "")), "cannot be called ' everyone': that is the"),
        ((SegmentRule("everyone", "All", ""),), "cannot be called 'All': that is the name of the"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules, said):
    with pytest.raises(BadInput, match=said):
        run(TABLE, RULES, rules)


def test_no_customers():
    with pytest.raises(BadInput, match="no customers"):
        run(Rows(()), RULES, (ALL,))


def test_rfm_names_the_column_that_is_missing():
    table = Rows(({"recency_months": 1, "past_year_spend": 2.0},))
    with pytest.raises(BadInput) as refused:
        run(table, RFM)
    assert str(refused.value) == (
        "RFM needs how many orders each customer made; this data has recency_months and "
        "past_year_spend but no order count."
    )
    with pytest.raises(BadInput, match="no recency and no order count and no amount spent"):
        run(Rows(({"area": "x"},)), RFM)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"recency": "nothing"}, "There is no attribute 'nothing'"),
        ({"frequency": "area"}, "area holds text, and RFM needs a number"),
        ({"recency_cuts": (1, 2)}, "needs 4 rising cut points, not 1, 2"),
        ({"monetary_cuts": (4, 3, 2, 1)}, "needs 4 rising cut points"),
    ],
)
def test_columns_and_cuts_that_do_not_fit_are_named(asked, said):
    rows = tuple({"recency": i, "orders": i, "spend": i, "area": "x"} for i in range(50))
    with pytest.raises(BadInput, match=said):
        run(Rows(rows), RFM, **asked)


def test_rfm_puts_everybody_into_the_usual_cells():
    rows = tuple(
        {"recency_days": i % 97, "orders": i % 13, "total_spend": (i * 7) % 101} for i in range(500)
    )
    draft = run(Rows(rows), RFM)
    assert sum(s.size for s in draft.segments) == len(rows)
    assert draft.segments[0].name == "Champions"
    champions = parse(draft.rules[0].rule)
    best, worst = (
        {"recency_days": r, "orders": o, "total_spend": s} for r, o, s in ((0, 12, 100), (96, 0, 0))
    )
    assert holds(champions, best)
    assert not holds(champions, worst)
    assert {"At risk", "Hibernating", "Need attention"} <= {s.name for s in draft.segments}
    assert all(s.about for s in draft.segments)


def test_rfm_cells_nobody_is_in_are_left_out():
    rows = tuple({"recency": 1, "frequency": 1, "monetary": 1} for _ in range(50))
    draft = run(Rows(rows), RFM)
    assert [s.size for s in draft.segments] == [50]
    assert "left out" in draft.notes[0]


def test_clusters_come_as_centres_with_a_reason():
    rows = tuple({"spend": i % 7 + 1000 * (i % 2), "age": 20 + i % 5} for i in range(200))
    draft = run(Rows(rows), KMEANS)
    assert draft.clusters.suggested == draft.clusters.k
    assert "come out the same when customers are drawn again" in draft.clusters.reason
    assert draft.ids[0] == "cluster-1"
    assert run(Rows(rows), KMEANS) == draft


@pytest.mark.parametrize(
    ("rows", "asked", "said"),
    [
        ([{"a": i} for i in range(49)], {}, "at least 50 customers, and this data set has 49"),
        ([{"a": 1, "b": 2} for _ in range(60)], {}, "a is the same for everybody; b is the same"),
        ([{"a": i} for i in range(60)], {"k": 1}, "2 to 12, not 1"),
        ([{"a": i % 2} for i in range(60)], {"k": 3}, "2 different customers in these columns"),
    ],
)
def test_what_cannot_be_clustered_is_refused_with_the_reason(rows, asked, said):
    with pytest.raises(BadInput, match=said):
        run(Rows(tuple(rows)), KMEANS, **asked)
