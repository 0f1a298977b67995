"""Searches are kept once each, and read newest first."""

from dataclasses import replace
from datetime import UTC, datetime

from core.models.content import Retrieval, Skipped
from core.storage import retrievals

ONE = Retrieval(
    retrieval_id="run/1",
    at=datetime(2027, 3, 1, 9, tzinfo=UTC),
    variant_id="V-1",
    revision=1,
    segment_id="lapsing",
    query="wool jacket",
    engine="Local keyword index",
    milliseconds=2.5,
    results=(("D-1@1#0", 7.25), ("D-2@3#1", 1.0)),
    skipped=(Skipped("D-3", "expired on 2027-02-28"),),
    fallback="",
)


def test_a_search_is_read_as_it_was_kept(database):
    with database.begin() as tx:
        assert retrievals.add(tx, ONE)
    with database.read() as tx:
        assert retrievals.of_variant(tx, "V-1") == (ONE,)
        assert retrievals.of_variant(tx, "V-2") == ()


def test_the_same_search_is_kept_once_as_it_was_first(database):
    with database.begin() as tx:
        retrievals.add(tx, ONE)
        assert not retrievals.add(tx, replace(ONE, query="something else"))
        assert [r.query for r in retrievals.newest(tx, 9)] == ["wool jacket"]


def test_the_newest_come_first_up_to_the_limit(database):
    with database.begin() as tx:
        for number in range(5):
            retrievals.add(tx, replace(ONE, retrieval_id=f"run/{number}", revision=number))
        assert [r.revision for r in retrievals.newest(tx, 2)] == [4, 3]
        assert [r.revision for r in retrievals.of_variant(tx, "V-1")] == [4, 3, 2, 1, 0]
