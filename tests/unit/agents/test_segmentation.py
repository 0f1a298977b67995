"""The segmentation agent on a table that lives in memory."""

from collections.abc import Mapping
from dataclasses import dataclass

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
        values = [row[name] for row in self.customers if row[name] is not None]
        numbers = [value for value in values if isinstance(value, int | float)]
        kind = ColumnKind.NUMBER if numbers else ColumnKind.TEXT
        low, high = (str(min(numbers)), str(max(numbers))) if numbers else (None, None)
        return Column(name, ColumnRole.ATTRIBUTE, kind, 0, len(set(values)), low, high)

    def rows(self):
        return len(self.customers)

    def truth(self, rule):
        found = [holds(parse(rule), row) for row in self.customers]
        return Truth(found.count(True), found.count(False), found.count(None))

    def split(self, rules):
        parsed = [parse(rule.rule) for rule in rules]
        places = [
            next((i for i, rule in enumerate(parsed) if holds(rule, row)), -1)
            for row in self.customers
        ]
        return tuple(
            SegmentCount(rule.segment_id, places.count(i), None) for i, rule in enumerate(rules)
        )


TABLE = Rows(tuple({"spend": i, "area": "Urban" if i % 2 else "Rural"} for i in range(100)))
TOP = SegmentRule("top", "Top", "spend >= 60", ("thanks",))
URBAN = SegmentRule("urban", "Urban", "area = 'Urban'")
ALL = SegmentRule("all", "All others", "everyone")
RULES = SegmentationMethod.RULES


def test_segments_hold_everybody_once_in_the_order_of_the_rules():
    draft = SegmentationAgent().run(TABLE, RULES, (TOP, URBAN, ALL))
    assert [(s.name, s.size, s.share) for s in draft.segments] == [
        ("Top", 40, 0.4),
        ("Urban", 30, 0.3),
        ("All others", 30, 0.3),
    ]
    assert draft.segments[0].words == ("thanks",)
    assert draft.rules == (TOP, URBAN, ALL)
    assert draft.notes == ()


def test_customers_without_a_rule_get_a_segment_of_their_own():
    draft = SegmentationAgent().run(TABLE, RULES, (TOP,))
    assert [(s.name, s.size) for s in draft.segments] == [("Top", 40), ("Everyone else", 60)]
    assert draft.rules[-1] == EVERYONE_ELSE
    assert draft.notes == ("60 customers match no rule and are in 'Everyone else'.",)


def test_a_last_rule_for_nobody_is_left_out_with_a_note():
    draft = SegmentationAgent().run(TABLE, RULES, (SegmentRule("a", "A", "spend >= 0"), ALL))
    assert [s.name for s in draft.segments] == ["A"]
    assert draft.notes == ("Nobody is left for 'All others', so it is left out.",)


def test_a_small_segment_is_warned_of():
    draft = SegmentationAgent().run(TABLE, RULES, (SegmentRule("a", "A", "spend < 29"), ALL))
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
        SegmentationAgent().run(TABLE, RULES, rules)


def test_no_customers_and_no_clusters():
    with pytest.raises(BadInput, match="no customers"):
        SegmentationAgent().run(Rows(()), RULES, (ALL,))
    with pytest.raises(BadInput, match="k-means are not available"):
        SegmentationAgent().run(TABLE, SegmentationMethod.KMEANS)


def test_rfm_names_the_column_that_is_missing():
    table = Rows(({"recency_months": 1, "past_year_spend": 2.0},))
    with pytest.raises(BadInput) as refused:
        SegmentationAgent().run(table, SegmentationMethod.RFM)
    assert str(refused.value) == (
        "RFM needs how many orders each customer made; this data has recency_months and "
        "past_year_spend but no order count."
    )
    with pytest.raises(BadInput, match="no recency and no order count and no amount spent"):
        SegmentationAgent().run(Rows(({"area": "x"},)), SegmentationMethod.RFM)


def test_rfm_puts_everybody_into_the_usual_cells():
    rows = tuple(
        {"recency_days": i % 97, "orders": i % 13, "total_spend": (i * 7) % 101} for i in range(500)
    )
    draft = SegmentationAgent().run(Rows(rows), SegmentationMethod.RFM)
    assert sum(s.size for s in draft.segments) == len(rows)
    assert draft.segments[0].name == "Champions"
    champions = parse(draft.rules[0].rule)
    best, worst = (
        {"recency_days": r, "orders": o, "total_spend": s} for r, o, s in ((0, 12, 100), (96, 0, 0))
    )
    assert holds(champions, best)
    assert not holds(champions, worst)
    assert {"At risk", "Hibernating", "Need attention"} <= {s.name for s in draft.segments}


def test_rfm_cells_nobody_is_in_are_left_out():
    rows = tuple({"recency": 1, "frequency": 1, "monetary": 1} for _ in range(50))
    draft = SegmentationAgent().run(Rows(rows), SegmentationMethod.RFM)
    assert [s.size for s in draft.segments] == [50]
    assert "left out" in draft.notes[0]
