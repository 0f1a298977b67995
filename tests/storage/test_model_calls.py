"""The journal of paid calls keeps answers and counts what was and may have been spent."""

from datetime import timedelta

import pytest

from core.models.runs import Outcome, Question, RunVariant, Usage
from core.storage import model_calls, run_variants, runs
from core.storage.database import Database
from core.storage.model_calls import CallOutcome, Settlement
from tests.storage import nouns
from tests.storage.nouns import NOON

FIRST = Question("run1", "v1", 1, "a" * 64)
ANSWER = {"text": "{}", "engine": "e", "model": "m"}
ANSWERED = Settlement(CallOutcome.ANSWERED, 0.002, 100, 50, ANSWER)


def hold(database: Database, question: Question = FIRST, most: float = 0.01) -> int:
    with database.begin(forced=False) as tx:
        return model_calls.hold(tx, question, most, NOON)


def settle(database: Database, number: int, settlement: Settlement) -> None:
    with database.begin(forced=False) as tx:
        model_calls.settle(tx, number, settlement, NOON)


def held(database: Database, *, alive_since_s: float = 60) -> model_calls.Held:
    with database.read() as tx:
        since = NOON - timedelta(seconds=alive_since_s)
        return model_calls.held(tx, "run1", alive_since=since)


def test_an_answer_is_found_by_the_question_and_by_no_other(database: Database) -> None:
    settle(database, hold(database), ANSWERED)
    others = (
        Question("run2", "v1", 1, "a" * 64),
        Question("run1", "v2", 1, "a" * 64),
        Question("run1", "v1", 2, "a" * 64),
        Question("run1", "v1", 1, "b" * 64),
    )
    with database.read() as tx:
        assert model_calls.answer(tx, FIRST) == ANSWER
        assert [model_calls.answer(tx, other) for other in others] == [None] * 4


def test_a_call_counts_at_its_most_until_it_is_known_what_it_cost(database: Database) -> None:
    number = hold(database)
    assert held(database) == model_calls.Held(0.0, 0.01)
    settle(database, number, ANSWERED)
    assert held(database) == model_calls.Held(0.002, 0.0)


@pytest.mark.parametrize(
    ("billed", "counted"),
    [(0.0, 0.0), (0.004, 0.004), (None, 0.01)],  # unknown goes on counting at its most
)
def test_what_a_failed_call_counts(
    database: Database, billed: float | None, counted: float
) -> None:
    settle(database, hold(database), Settlement(CallOutcome.FAILED, billed))
    assert held(database).settled_usd == pytest.approx(counted)
    with database.read() as tx:
        assert model_calls.answer(tx, FIRST) is None


def test_a_call_left_open_by_a_killed_process_goes_on_counting(database: Database) -> None:
    hold(database)
    assert held(database, alive_since_s=-1) == model_calls.Held(0.01, 0.0)
    second = hold(database)
    assert held(database) == model_calls.Held(0.01, 0.01)
    settle(database, second, ANSWERED)
    with database.read() as tx:
        used = model_calls.usage(tx, "run1")
    assert used == Usage(2, 100, 50, 0.002, 1, 0.01)


def test_an_unknown_price_makes_the_cost_unknown_not_nothing(database: Database) -> None:
    settle(database, hold(database), Settlement(CallOutcome.ANSWERED, None, 1, 1, ANSWER))
    with database.read() as tx:
        assert model_calls.usage(tx, "run1").cost_usd is None
        assert model_calls.usage(tx, "run2") == Usage()


def test_a_run_knows_how_each_message_ended_and_what_it_used(database: Database) -> None:
    settle(database, hold(database), ANSWERED)
    with database.begin() as tx:
        runs.add(tx, nouns.run())
        run_variants.add(tx, "run1", ["v1", "v2", "v3"])
        written = RunVariant("v1", Outcome.WRITTEN, 1.5, NOON, "")
        assert run_variants.end(tx, "run1", written) == 1
        # The same step once more, after a crash, counts once.
        assert run_variants.end(tx, "run1", written) == 1
        assert run_variants.leave(tx, "run1", "cancelled by mia", NOON) == 2
        late = RunVariant("v2", Outcome.WRITTEN, 2.0, NOON, "")
        assert run_variants.end(tx, "run1", late) == 2
        report = run_variants.report(tx, "run1")
    assert [(v.variant_id, v.outcome) for v in report.variants] == [
        ("v1", Outcome.WRITTEN),
        ("v2", Outcome.WRITTEN),
        ("v3", Outcome.LEFT),
    ]
    assert report.left == ("v3",)
    assert report.variants[0].usage == Usage(1, 100, 50, 0.002)
    assert report.variants[0].seconds == 1.5
    assert report.variants[2].problem == "cancelled by mia"
    assert report.usage.calls == 1


def test_the_budget_of_a_run_is_kept_with_it(database: Database) -> None:
    with database.begin() as tx:
        runs.add(tx, nouns.run())
        assert runs.get(tx, "run1").cost_cap_usd is None
