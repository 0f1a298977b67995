"""All customers stand beside the segments, as the readers of one message."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.models.customers import Segment, Segmentation, SegmentationMethod

PARTS = (
    Segment("new", "New", "age < 2", 40, 0.4, 30, words=("welcome",)),
    Segment("rest", "The rest", "", 60, 0.6, 50),
)
VERSION = Segmentation(
    "v", "d", SegmentationMethod.RULES, PARTS, datetime(2026, 1, 2, tzinfo=UTC), "ada"
)


def test_everyone_is_the_sum_of_the_segments_and_nothing_else_is_known():
    every = VERSION.segment("everyone")
    assert every == VERSION.everyone == Segment("everyone", "Everyone", "", 100, 1.0, 80)
    assert (every.traits, every.words) == ((), ())


def test_without_permissions_nobody_knows_who_can_be_reached():
    unknown = replace(VERSION, segments=tuple(replace(s, reachable=None) for s in PARTS))
    assert unknown.everyone.reachable is None


def test_the_segments_are_found_as_before():
    assert VERSION.segment("rest") == PARTS[1]
    with pytest.raises(KeyError):
        VERSION.segment("nobody")
