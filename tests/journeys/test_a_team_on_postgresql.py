"""Several workers on PostgreSQL: one may be killed, stopped or put to sleep, and nothing shows."""

import signal
import time

import pytest

from benchmarks.runs.workspace import CAMPAIGN, demo, with_messages
from core.models.runs import Outcome, RunState
from core.orchestrator.wiring import opened
from tests.journeys.killing import may_be_lost, paid_twice
from tests.journeys.team import Worker, answers
from tests.servers.asking import settings
from tests.servers.openai_server import OpenAIServer
from tests.servers.postgresql import database_on

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def server():
    with OpenAIServer(delay_s=0.2) as running:
        yield running


@pytest.fixture
def team(postgresql_server, tmp_path, server):
    """A workspace on PostgreSQL with a campaign of many messages, and what workers need to know."""
    with database_on(postgresql_server) as url:
        environment = {"CPO_DATABASE_URL": url}
        workspace = demo(tmp_path / "workspace", environment)
        engine = {"CPO_CHAT_MODEL": "openai_compatible", **server.environment}
        yield workspace, environment, environment | engine


def asked_for(app, messages):
    return app.messages.generate(CAMPAIGN, by=app.people.get("marketer"), only=messages)


def until(count, wanted):
    for _ in range(1200):
        if count() >= wanted:
            return
        time.sleep(0.05)
    raise AssertionError(f"{count()} of {wanted} after a minute")


def sleep_and_wake(worker):
    worker.send(signal.SIGSTOP)
    time.sleep(25)
    worker.send(signal.SIGCONT)


DISTURBANCES = {
    "killed": (100, lambda worker: worker.send(signal.SIGKILL)),
    "told to stop": (40, lambda worker: worker.send(signal.SIGTERM)),
    # Longer than after which the other takes it for dead; then it finds its work gone.
    "asleep": (40, sleep_and_wake),
}


@pytest.mark.parametrize("how", DISTURBANCES)
def test_two_workers_of_which_one_ends_write_every_message_exactly_once(team, server, how):
    workspace, environment, engine = team
    count, disturb = DISTURBANCES[how]
    messages = with_messages(workspace, count, environment)
    shop = settings(workspace, server.base_url, environment=environment)
    with Worker(workspace, engine) as first, Worker(workspace, engine), opened(shop) as app:
        assert not app.runner.executes
        run = asked_for(app, messages)
        until(lambda: len(server.delivered), count // 5)
        disturbed_at = time.monotonic()
        disturb(first)
        ended = app.messages.wait(run.run_id, timeout_s=180)
        report = app.messages.run_report(run.run_id)
        variants = [v for v in app.messages.variants(CAMPAIGN) if v.variant_id in messages]
        recorded = [
            e.subject
            for e in app.audit.latest(5000)
            if e.subject in messages and "decision" in e.detail
        ]
        assert app.audit.verify().intact
    assert (ended.state, ended.done, ended.total) == (RunState.DONE, count, count)
    assert {v.outcome for v in report.variants} == {Outcome.WRITTEN}
    assert {v.revision for v in variants} == {1}
    assert {v.state for v in variants} <= {"needs_review", "blocked"}
    # Nothing lost, nothing made twice: by our trail and by the server's own log.
    assert sorted(recorded) == sorted(messages)
    twice = set(paid_twice(server.asked))
    assert twice <= may_be_lost(server.asked, disturbed_at)
    assert len(twice) <= shop.app.runs.concurrency
    assert len(answers(server.asked)) == count
