"""Who carries out runs, and that no two of them ask the same question."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from core.models.runs import Question
from core.orchestrator import config
from core.orchestrator.executing import Stopping
from core.orchestrator.service.budget import Budget
from core.orchestrator.service.context import Context
from core.orchestrator.service.worker_roster import WorkerRoster
from core.storage import model_calls, runs
from core.storage.audit_log import AuditLog, Place
from core.storage.database import Database
from core.storage.model_calls import CallOutcome, Settlement
from core.storage.schema import MODEL_CALLS
from tests.storage import nouns
from tests.storage.nouns import NOON

ANSWERED = Settlement(CallOutcome.ANSWERED, 0.001, 10, 5, {"text": "{}"})


@pytest.fixture
def context(database: Database, tmp_path: Path) -> Context:
    settings = config.load(tmp_path / "files", environment={})
    with database.begin() as tx:
        runs.add(tx, nouns.run())
    place = Place(tmp_path / "logs", tmp_path / "processed")
    return Context(settings, database, lambda: NOON, AuditLog.opened(database, place, {}, NOON))


@pytest.fixture
def roster(context: Context) -> WorkerRoster:
    found = WorkerRoster(context)
    found.join("first", "machine 1")
    found.join("second", "machine 2")
    return found


def budget(context: Context, worker: str) -> Budget:
    return Budget(context, nouns.run().run_id, 60.0, worker)


def question(context: Context, number: int = 1) -> Question:
    return Question(nouns.run().run_id, "v1", number, "a" * 64)


def settle(context: Context, number: int | None, settlement: Settlement = ANSWERED) -> None:
    assert number is not None
    with context.database.begin() as tx:
        model_calls.settle(tx, number, settlement, NOON)


def test_a_worker_counts_on_until_it_is_taken_out(roster: WorkerRoster) -> None:
    assert roster.beats() == {"first": 0, "second": 0}
    assert roster.beat("first")
    assert roster.beats() == {"first": 1, "second": 0}
    # Counted on since it was looked at: alive after all.
    assert not roster.forget("first", last_beat=0)
    assert roster.forget("first", last_beat=1)
    assert not roster.beat("first")
    assert roster.beats() == {"second": 0}


def test_what_another_worker_asks_is_waited_for_and_its_answer_used(
    context: Context, roster: WorkerRoster
) -> None:
    asked = question(context)
    number = budget(context, "first").hold(asked, 0.01)
    assert number is not None
    assert budget(context, "second").hold(asked, 0.01) is None
    # Another question is nobody's yet.
    assert budget(context, "second").hold(question(context, 2), 0.01) is not None
    settle(context, number)
    # Between a look for the answer and the claim it may come: then nobody asks again.
    assert budget(context, "second").hold(asked, 0.01) is None
    with context.database.read() as tx:
        assert model_calls.answer(tx, asked) == {"text": "{}"}


def test_what_a_dead_worker_had_asked_is_asked_by_the_next(
    context: Context, roster: WorkerRoster
) -> None:
    asked = question(context)
    assert budget(context, "first").hold(asked, 0.01) is not None
    roster.forget("first")
    assert budget(context, "second").hold(asked, 0.01) is not None


def test_a_question_that_failed_may_be_asked_by_anybody(
    context: Context, roster: WorkerRoster
) -> None:
    asked = question(context)
    number = budget(context, "first").hold(asked, 0.01)
    settle(context, number, Settlement(CallOutcome.FAILED, 0.0))
    assert budget(context, "second").hold(asked, 0.01) is not None


def test_a_worker_that_was_taken_for_dead_asks_nothing_more(
    context: Context, roster: WorkerRoster
) -> None:
    roster.forget("first")
    with pytest.raises(Stopping):
        budget(context, "first").hold(question(context), 0.01)


def test_the_database_itself_refuses_a_question_that_is_open_twice(database: Database) -> None:
    row = {
        "run_id": "run1",
        "variant_id": "v1",
        "question": 1,
        "prompt_sha256": "a" * 64,
        "outcome": "open",
        "asked_at": NOON + timedelta(seconds=1),
        "tokens_input": 0,
        "tokens_output": 0,
        "counted_nano_usd": 0,
        "worker": "first",
        "payload": {},
    }
    with database.begin() as tx:
        tx.execute(MODEL_CALLS.insert().values(row | {"outcome": "lost"}))
        tx.execute(MODEL_CALLS.insert().values(row))
    with pytest.raises(IntegrityError), database.begin() as tx:
        tx.execute(MODEL_CALLS.insert().values(row | {"worker": "second"}))
