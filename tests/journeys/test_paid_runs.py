"""A run with an engine paid by use: its cost, its budget, its patience, and no bill twice."""

import shutil
import threading
import time

import pytest

from core.errors import ConfigInvalid, MoveRefused
from core.models.runs import Outcome, RunState
from core.orchestrator.executing import executing
from core.orchestrator.wiring import opened
from core.protocols.model_calls import Prices
from tests.journeys.killing import carried_out, killed, killed_with_answer, paid_twice
from tests.journeys.paid_run import NEXT
from tests.servers.asking import settings
from tests.servers.openai_server import OpenAIServer, obliging
from tests.servers.replies import CONTENT_FILTER, Reply

MESSAGES = 16
AT_ONCE = 4


@pytest.fixture
def server():
    with OpenAIServer() as running:
        yield running


def write(app, **wishes):
    run = app.messages.generate(NEXT, by=app.people.get("marketer"), **wishes)
    return app.messages.wait(run.run_id, timeout_s=120)


def application(workspace, server, **wishes):
    return opened(settings(workspace, server.base_url, **wishes), execute=True)


def test_a_run_says_what_each_message_took_and_what_all_cost(workspace, server, command):
    with application(workspace, server) as app:
        run = write(app)
        report = app.messages.run_report(run.run_id)
        variants = app.messages.variants(NEXT)
    assert run.state is RunState.DONE
    assert {v.outcome for v in report.variants} == {Outcome.WRITTEN}
    assert all(v.seconds > 0 and v.usage.calls >= 1 for v in report.variants)
    assert report.usage.cost_usd == pytest.approx(sum(v.usage.cost_usd for v in report.variants))
    assert report.usage.cost_usd == pytest.approx(sum(v.generation.cost_usd for v in variants))
    assert report.usage.calls == len(server.asked)
    assert list((workspace / "data" / "processed" / "answers").iterdir()) == []
    said = command(workspace, "runs", "show", run.run_id, "--json").document
    assert said["cost_usd"] == pytest.approx(report.usage.cost_usd)
    assert said["tokens_input"] == report.usage.tokens_input
    assert len(said["variants"]) == MESSAGES


def test_the_budget_is_reached_once_and_never_passed(workspace, server):
    server.delay_s = 0.2
    with application(workspace, server, concurrency=8, cost_cap_usd=0.02) as app:
        run = write(app)
        report = app.messages.run_report(run.run_id)
        variants = {v.variant_id: v for v in app.messages.variants(NEXT)}
        reached = [e for e in app.audit.latest(1000) if e.action == "budget cap reached"]
    assert run.state is RunState.CAPPED
    assert run.problem.startswith("budget cap reached: $0.0")
    # What the server would bill, by its own count, stays within the budget.
    billed = sum(bill(a) for a in server.asked)
    assert billed == pytest.approx(report.usage.cost_usd)
    assert 0 < billed <= 0.02
    assert len(reached) == 1
    left = [v for v in report.variants if v.outcome is Outcome.LEFT]
    assert 0 < len(left) < MESSAGES
    for each in left:
        assert each.problem.startswith("budget cap reached")
        assert variants[each.variant_id].state == "draft"
        assert variants[each.variant_id].revision == 0
    with application(workspace, server, cost_cap_usd=1.0) as app:
        asked_before = len(server.asked)
        again = app.messages.retry_missing(NEXT, by=app.people.get("marketer"))
        assert app.messages.wait(again.run_id, timeout_s=60).state is RunState.DONE
        assert again.total == len(server.asked) - asked_before == len(left)
        assert {v.state for v in app.messages.variants(NEXT)} <= {"needs_review", "blocked"}
        paid = list(server.asked)  # the look at the engine below is not one of a run
        health = {d.job: d.detail for d in app.health.check()}
    spent = sum(map(bill, paid))
    assert health["queue"] == "nothing waits"
    assert health["paid calls"].startswith(f"{len(paid)} this month (UTC), ${spent:.2f};")


def bill(asked):
    body = Reply(obliging(asked).content)._completion(asked.body)["usage"]
    return (body["prompt_tokens"] * 0.25 + body["completion_tokens"] * 2.0) / 1e6


def test_a_budget_without_a_price_is_refused_before_anything_is_asked(workspace, server):
    with (
        application(workspace, server, cost_cap_usd=1.0, prices=Prices()) as app,
        pytest.raises(ConfigInvalid, match=r"no price for test-writer-1 at .* in config/prices"),
    ):
        write(app)
    assert server.asked == []
    with application(workspace, server, cost_cap_usd=None, prices=Prices()) as app:
        run = write(app)
        assert run.state is RunState.DONE
        assert app.messages.run_report(run.run_id).usage.cost_usd is None


def test_a_wish_to_wait_is_kept_by_all_and_nothing_is_lost(workspace, server):
    told_at = []

    def busy_at_first(asked):
        if asked.number <= 4:
            told_at.append(time.monotonic())
            return Reply(status=429, error={"message": "slow"}, headers={"Retry-After": "1"})
        return obliging(asked)

    server.script = busy_at_first
    with application(workspace, server, concurrency=4) as app:
        assert write(app).state is RunState.DONE
    later = [a.at for a in server.asked if a.number > 4]
    assert min(later) - min(told_at) >= 1
    assert len(server.asked) == MESSAGES + len(told_at)


def test_a_wish_to_wait_for_an_hour_is_cut(workspace, server):
    def busy_once(asked):
        if asked.number == 1:
            return Reply(status=429, error={"message": "slow"}, headers={"Retry-After": "3600"})
        return obliging(asked)

    server.script = busy_once
    with application(workspace, server, calls={"retry_after_max_s": 0.5}) as app:
        begun = time.monotonic()
        assert write(app).state is RunState.DONE
    assert time.monotonic() - begun < 60


def test_a_run_that_waits_can_be_cancelled_at_once(workspace, server):
    slow = Reply(status=429, error={"message": "slow"}, headers={"Retry-After": "30"})
    server.script = lambda _: slow
    with application(workspace, server) as app:
        marketer = app.people.get("marketer")
        run = app.messages.generate(NEXT, by=marketer)
        while not server.asked:
            time.sleep(0.05)
        app.messages.cancel(run.run_id, by=marketer)
        begun = time.monotonic()
        while executing.active:
            time.sleep(0.05)
        assert time.monotonic() - begun < 10
        report = app.messages.run_report(run.run_id)
    assert {v.outcome for v in report.variants} == {Outcome.LEFT}
    assert {v.problem for v in report.variants} == {"cancelled by marketer"}


def test_what_the_filter_refused_is_said_and_only_that_is_tried_again(workspace, server):
    refused = []

    def refusing_one(asked):
        if "Menswear" in asked.user and "informational" in asked.call_id:
            refused.append(asked)
            return Reply(status=400, error=CONTENT_FILTER)
        return obliging(asked)

    server.script = refusing_one
    with application(workspace, server) as app:
        write(app)
        failed = [v for v in app.messages.variants(NEXT) if v.state == "failed"]
        assert len(failed) == len({a.call_id for a in refused}) == len(refused) == 1
        assert "content filter refused the request (hate); change the brief" in failed[0].problem
        server.script, asked_before = obliging, len(server.asked)
        marketer = app.people.get("marketer")
        again = app.messages.retry_missing(NEXT, by=marketer)
        app.messages.wait(again.run_id, timeout_s=60)
        assert (again.total, len(server.asked) - asked_before) == (1, 1)
        with pytest.raises(MoveRefused):
            app.messages.retry_missing(NEXT, by=marketer)


def test_no_more_calls_at_once_than_configured(workspace, server):
    server.delay_s = 0.1
    with application(workspace, server, concurrency=3) as app:
        write(app)
    assert server.most_at_once == 3


@pytest.fixture(scope="module")
def undisturbed(demo, tmp_path_factory):
    workspace = shutil.copytree(demo, tmp_path_factory.mktemp("unkilled") / "workspace")
    with OpenAIServer(delay_s=0.0) as running:
        return carried_out(workspace, running.base_url)


@pytest.mark.parametrize("answered", [2, 7, 11])
def test_killed_while_it_waits_a_run_ends_the_same_and_pays_for_no_answer_twice(
    workspace, server, undisturbed, answered
):
    go_on = threading.Event()

    def held(asked):
        if asked.number > answered:
            go_on.wait(60)
        return obliging(asked)

    def all_wait():
        # Who asks for the next message has kept the answer for the one before.
        while len(server.asked) < answered + AT_ONCE:
            time.sleep(0.02)

    server.script = held
    assert killed(workspace, server.base_url, all_wait)
    go_on.set()
    server.script = obliging
    assert len(server.delivered) == answered
    assert carried_out(workspace, server.base_url) == undisturbed
    assert paid_twice(server.asked) == []
    assert len(server.asked) == MESSAGES + AT_ONCE
    assert not [t for t in threading.enumerate() if t.name.startswith("dbos-executor")]


def test_an_answer_that_no_database_was_told_of_is_not_asked_for_again(
    workspace, server, undisturbed
):
    killed_with_answer(workspace, server.base_url, 3)
    assert len(server.delivered) == 3
    assert carried_out(workspace, server.base_url) == undisturbed
    assert len(server.asked) == len({a.call_id for a in server.asked}) == MESSAGES
