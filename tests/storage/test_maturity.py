"""A send in stages: whose outcomes are complete on a day."""

from datetime import date

import duckdb
import pytest

from core.storage.maturity import complete_only, maturity

SENT = """SELECT * FROM (VALUES
    ('a', DATE '2026-11-01'), ('a', DATE '2026-11-10'), ('a', NULL),
    ('b', DATE '2026-11-01'), ('b', DATE '2026-11-10'), ('none', NULL)) AS t(arm, sent_on)"""


@pytest.mark.parametrize(
    ("today", "complete", "next_on"),
    [
        (date(2026, 11, 10), {"a": 0, "b": 0, "none": 0}, date(2026, 11, 11)),
        # On the day itself all ten days have passed.
        (date(2026, 11, 11), {"a": 1, "b": 1, "none": 0}, date(2026, 11, 20)),
        (date(2026, 11, 19), {"a": 1, "b": 1, "none": 0}, date(2026, 11, 20)),
        (date(2026, 11, 20), {"a": 2, "b": 2, "none": 0}, None),
    ],
)
def test_a_customer_is_read_when_their_own_days_have_passed(today, complete, next_on):
    found = maturity(SENT, days=10, today=today)
    assert (found.complete, found.next_on) == (complete, next_on)
    assert found.undated == {"a": 1, "b": 0, "none": 1}
    assert {arm: found.complete[arm] + found.young[arm] for arm in complete} == {
        "a": 2, "b": 2, "none": 0,
    }  # fmt: skip
    rows = duckdb.execute(complete_only(SENT, days=10, today=today)).fetchall()
    assert len(rows) == sum(complete.values())


def test_without_any_day_nobody_can_be_placed():
    nobody = "SELECT 'a' AS arm, CAST(NULL AS DATE) AS sent_on"
    found = maturity(nobody, days=10, today=date(2026, 11, 1))
    assert (found.complete, found.young, found.undated) == ({"a": 0}, {"a": 0}, {"a": 1})
    assert found.next_on is None
