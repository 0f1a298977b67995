"""A run whose engine is in Azure: what becomes of it when the engine does not answer as it should.

Whatever happens, a message is written or it says why not, and nothing is approved.
"""

import re
import time

import pytest

from core.models.runs import Outcome, RunState
from core.orchestrator.breaker import Circuit
from core.orchestrator.service.health import Dependency
from core.orchestrator.wiring import opened
from tests.journeys.paid_run import NEXT
from tests.servers.faults import WRITING, says
from tests.servers.limiting import Limit
from tests.servers.openai_server import KEY, TOKEN, obliging
from tests.servers.ways_in import WAYS, FakeIdentity, server_for, settings_for

MESSAGES = 16
BY_KEY = "azure by key"


def application(workspace, server, way=BY_KEY, *, concurrency=4, **calls):
    chosen = settings_for(way, workspace, server, calls, concurrency)
    return opened(chosen, execute=True, identity=FakeIdentity())


def write(app, **wishes):
    run = app.messages.generate(NEXT, by=app.people.get("marketer"), **wishes)
    return app.messages.wait(run.run_id, timeout_s=120)


def approvals(app):
    return [e for e in app.audit.latest(1000) if e.action == "approve" and NEXT in e.subject]


@pytest.mark.parametrize("way", WAYS)
def test_a_run_is_the_same_whichever_way_the_engine_is_reached(way, workspace):
    with server_for(way) as server, application(workspace, server, way) as app:
        assert write(app).state is RunState.DONE
        variants = app.messages.variants(NEXT)
        assert {v.state for v in variants} <= {"needs_review", "blocked"}
        engine = "OpenAI-compatible" if way == "openai_compatible" else "Azure OpenAI"
        assert {v.generation.engine for v in variants} == {engine}
        assert len(server.asked) == MESSAGES
    logs = "".join(p.read_text() for p in (workspace / "logs").iterdir())
    assert KEY not in logs
    assert TOKEN not in logs


def first(app, count):
    """The ids of so many messages of the campaign."""
    campaign = app.campaigns.get(NEXT)
    segments = app.segments.get(campaign.segmentation_id).segments
    names = [f"{NEXT}-{s.segment_id}-{t}" for s in segments for t in campaign.brief.tones]
    return frozenset(names[:count])


class EachItsOwn:
    """A fault for each message, kept for as long as it is asked about."""

    def __init__(self, names):
        self.names, self.of = list(names), {}

    def __call__(self, asked):
        variant = asked.call_id.split("/")[1]
        if variant not in self.of:
            self.of[variant] = self.names.pop()
        return WRITING[self.of[variant]].reply


SILENT = sorted(name for name, fault in WRITING.items() if fault.silent)
SAID = sorted(WRITING.keys() - set(SILENT))


@pytest.mark.parametrize(
    ("names", "request_s"),
    [(SAID[::2], 20.0), (SAID[1::2], 20.0), (SILENT, 0.6)],
    ids=["said", "said, too", "silent"],
)
def test_each_fault_ends_in_a_message_that_says_why_and_nothing_is_approved(
    names, request_s, workspace
):
    faults = EachItsOwn(names)
    quick = {
        "timeout_s": 0.7 * request_s, "request_s": request_s, "attempts": 2, "patience_s": 2.0,
        "backoff_s": 0.01, "retry_after_max_s": 0.05, "breaker_failures": 1000,
    }  # fmt: skip
    with (
        server_for(BY_KEY, script=faults) as server,
        application(workspace, server, **quick) as app,
    ):
        run = write(app, only=first(app, len(names)))
        assert run.state is RunState.DONE
        report = app.messages.run_report(run.run_id)
        assert {v.outcome for v in report.variants} == {Outcome.FAILED}
        variants = {v.variant_id: v for v in app.messages.variants(NEXT)}
        assert sorted(faults.of.values()) == sorted(names)
        for variant_id, name in faults.of.items():
            assert variants[variant_id].state == "failed"
            assert re.search(WRITING[name].words, variants[variant_id].problem), name
            assert KEY not in variants[variant_id].problem
        assert approvals(app) == []


def test_a_wish_of_ten_minutes_blocks_no_longer_than_configured(workspace):
    slow = says(429, **{"Retry-After": "600"})
    bounds = {"patience_s": 1.0, "retry_after_max_s": 0.3}
    with (
        server_for(BY_KEY, script=lambda _: slow) as server,
        application(workspace, server, **bounds) as app,
    ):
        begun = time.monotonic()
        run = write(app)
        taken_s = time.monotonic() - begun
        report = app.messages.run_report(run.run_id)
        assert approvals(app) == []
    assert run.state is RunState.DONE
    assert all("asked too often (429)" in v.problem for v in report.variants)
    # Six at work, so three rounds of a second, and what the machine takes.
    assert taken_s < 30


def test_a_storm_of_refusals_ends_with_every_message_written(workspace):
    storm = Limit(4, 1.0, "window")
    with (
        server_for(BY_KEY, script=storm) as server,
        application(workspace, server, concurrency=8) as app,
    ):
        assert write(app).state is RunState.DONE
        report = app.messages.run_report(app.messages.runs(NEXT)[0].run_id)
    assert {v.outcome for v in report.variants} == {Outcome.WRITTEN}
    assert storm.refused > 0
    passed = [a for a in server.asked if a.status == 200]
    assert len(passed) == MESSAGES
    # All are held back by the first refusal: far fewer are refused than try to get in.
    assert storm.refused <= 2 * MESSAGES


def test_an_engine_that_is_away_is_left_alone_and_the_run_goes_on_when_it_is_back(workspace):
    seen = list[Dependency]()

    def away_until_it_was_said(asked):
        return obliging(asked) if seen else says(503)

    with server_for(BY_KEY) as server:
        bounds = {"breaker_failures": 4, "breaker_rest_s": 0.3, "attempts": 50}
        with application(workspace, server, **bounds) as app:
            server.script = away_until_it_was_said
            app.messages.generate(NEXT, by=app.people.get("marketer"))
            while not app.messages.runs(NEXT)[0].state.over:
                seen += app.health.left_alone()
                time.sleep(0.05)
            assert app.messages.runs(NEXT)[0].state is RunState.DONE
            assert app.health.left_alone() == ()
            assert {v.state for v in app.messages.variants(NEXT)} <= {"needs_review", "blocked"}
    assert seen
    assert {(s.job, s.engine) for s in seen} == {("writer", "azure")}
    assert {s.circuit for s in seen} <= {Circuit.OPEN, Circuit.HALF_OPEN}
    assert "its own (503)" in seen[0].detail
    assert len([a for a in server.asked if a.status == 200]) == MESSAGES


def test_an_engine_that_stays_away_fails_every_message_with_its_reason(workspace):
    bounds = {"breaker_failures": 3, "breaker_rest_s": 60.0, "patience_s": 1.0}
    with (
        server_for(BY_KEY, script=lambda _: says(503)) as server,
        application(workspace, server, **bounds) as app,
    ):
        run = write(app)
        assert run.state is RunState.DONE
        report = app.messages.run_report(run.run_id)
        (left_alone,) = app.health.left_alone()
        checked = {d.job: d for d in app.health.check()}
        assert approvals(app) == []
    assert {v.outcome for v in report.variants} == {Outcome.FAILED}
    assert any("is left alone" in v.problem for v in report.variants)
    assert left_alone.standing.waits_s > 0
    # Far fewer than six tries for each of sixteen messages.
    assert len(server.asked) < 20
    writer = checked["writer"]
    assert (writer.works, writer.circuit, writer.local) == (False, "open", False)
    assert "503" in writer.detail
