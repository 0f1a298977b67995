"""A database of any earlier version, with something in it, becomes one of the present version."""

from collections.abc import Iterator

import pytest
from sqlalchemy import inspect, text

from core.models.runs import Question
from core.storage import migrations, model_calls, schema, workers
from core.storage.database import Database
from core.storage.migrations import upgrade
from tests.storage.nouns import NOON
from tests.storage.versions import as_of

ASKED = Question("run1", "v1", 1, "a" * 64)
ENTRY = (
    "INSERT INTO audit (sequence, at, actor, verified, action, subject, detail, previous, hash) "
    "VALUES (:number, '2026-03-01T12:00:00+00:00', 'ana', true, 'approve', :subject, '{}', '', '')"
)
CALL = (
    "INSERT INTO model_calls (run_id, variant_id, question, prompt_sha256, outcome, asked_at, "
    "tokens_input, tokens_output, counted_nano_usd, payload) VALUES "
    "('run1', 'v1', 1, :prompt, 'open', :at, 0, 0, 5, '{}')"
)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    opened = Database.open(empty_url)
    yield opened
    opened.close()


@pytest.mark.parametrize("version", sorted(upgrade.known())[:-1])
def test_from_any_version_what_was_recorded_is_kept(empty: Database, version: str) -> None:
    as_of(empty, version)
    with empty.begin() as tx:
        for number in range(1, 4):
            tx.execute(text(ENTRY), {"number": number, "subject": f"v{number}"})
    empty.migrate()
    with empty.begin() as tx:
        assert migrations.version(tx) == schema.HEAD
        assert {*schema.METADATA.tables, schema.VERSION_TABLE} == set(inspect(tx).get_table_names())
        kept = tx.execute(text("SELECT subject FROM audit ORDER BY sequence")).scalars().all()
        assert kept == ["v1", "v2", "v3"]
        workers.join(tx, "w", "here", NOON)
        assert workers.beat(tx, "w")


def test_questions_that_were_open_twice_are_open_once(empty: Database) -> None:
    as_of(empty, "0004")
    with empty.begin() as tx:
        for _ in range(3):
            tx.execute(text(CALL), {"prompt": "a" * 64, "at": "2026-03-01 12:00:00+00:00"})
    empty.migrate()
    with empty.begin() as tx:
        found = tx.execute(text("SELECT outcome, worker FROM model_calls ORDER BY number")).all()
        assert [tuple(row) for row in found] == [("lost", "local")] * 2 + [("open", "local")]
        # What a process of before the update had asked is nobody's now.
        assert not model_calls.asked_by_another(tx, ASKED, "me")
        assert model_calls.hold(tx, ASKED, 0.01, NOON, worker="me") > 3
