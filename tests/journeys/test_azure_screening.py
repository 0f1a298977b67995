"""A campaign screened by Azure's content safety, over its SDK and a strict server on loopback."""

import itertools
import threading
from dataclasses import replace

import pytest

from core.errors import MoveRefused, OrchestratorError, ProviderFailed
from core.models.approval import ReviewDecision
from core.models.campaign import Brief
from core.models.customers import SegmentationMethod
from core.models.messages import VariantState
from core.models.segmentation import SegmentationRequest
from core.orchestrator import config
from core.orchestrator.wiring import opened
from core.protocols.patience import ServiceLimits
from tests.contracts.test_safety_screen_faults import FAULTS, SCHEMA, told
from tests.journeys.commands import run
from tests.journeys.test_a_screen_that_does_not_answer import RULES
from tests.servers.content_safety import KEY, ContentSafetyServer
from tests.servers.content_safety_rules import CATEGORIES

CAMPAIGN, READY = "every-fault", "dress-for-the-week"
ANALYZE, SHIELD, COMPARE = (
    f"/contentsafety/text:{name}" for name in ("analyze", "shieldPrompt", "detectGroundedness")
)
# One try each, and never left alone: every message meets its own fault.
ONE_TRY = ServiceLimits(
    connect_s=2.0, timeout_s=1.0, attempts=1, patience_s=1.0, breaker_failures=100_000
)
REPLIES = {name: reply for name, (reply, *_) in FAULTS.items()} | SCHEMA


class Faults:
    """A fault for every question on one path, in turn; the same question meets the same again."""

    def __init__(self, path, names):
        self.path, self.names = path, itertools.cycle(names)
        self.met = {}
        self.lock = threading.Lock()

    def __call__(self, asked):
        if asked.path != self.path:
            return None
        with self.lock:
            question = repr(asked.body)
            if question not in self.met:
                self.met[question] = next(self.names)
            return REPLIES[self.met[question]]


@pytest.fixture
def server():
    # Scoring is not what is tested here, and takes time.
    nothing = dict.fromkeys(CATEGORIES, 0)
    with ContentSafetyServer(judge=lambda _: nothing, attack=lambda _: False) as one:
        yield one


@pytest.fixture
def app(workspace, server):
    settings = config.load(workspace, environment=server.environment)
    limits = replace(settings.azure.limits, content_safety=ONE_TRY)
    runs = replace(settings.app.runs, concurrency=6, attempts=1)
    settings = replace(
        settings,
        app=replace(settings.app, runs=runs),
        azure=replace(settings.azure, limits=limits),
    )
    with opened(settings, execute=True) as opened_:
        yield opened_


def write_all(app, campaign):
    run_ = app.messages.generate(campaign, by=app.people.get("marketer"))
    app.messages.wait(run_.run_id, timeout_s=400)
    return app.messages.variants(campaign)


def test_no_message_passes_whatever_the_service_answers(app, server):
    marketer, approver = app.people.get("marketer"), app.people.get("approver")
    request = SegmentationRequest(SegmentationMethod.RULES, rules=RULES[::4])
    segmentation = app.segments.compute(None, request, by=marketer)
    app.campaigns.create(
        Brief("Every fault", "Bring customers back"),
        by=marketer,
        segmentation_id=segmentation.segmentation_id,
        campaign_id=CAMPAIGN,
    )
    server.fault = faults = Faults(ANALYZE, REPLIES)
    written = write_all(app, CAMPAIGN)
    assert len(written) >= len(REPLIES)
    assert set(faults.met.values()) == set(REPLIES)
    assert app.approvals.queue(CAMPAIGN) == ()
    assert {v.state for v in written} == {VariantState.SCREENING}
    assert [v for v in written if v.screened is not None] == []
    assert all(v.problem.startswith("Not screened: Azure AI Content Safety") for v in written)
    for variant in written:
        with pytest.raises(MoveRefused):
            app.approvals.decide(
                variant.variant_id,
                ReviewDecision.APPROVE,
                revision=variant.revision,
                reason="",
                by=approver,
            )
    with pytest.raises(OrchestratorError):
        app.send.prepare(CAMPAIGN, by=marketer)
    for variant in written[:: len(written) // 20]:
        with pytest.raises(ProviderFailed):
            app.messages.check_again(variant.variant_id, by=marketer)

    # Only the service was in the way.
    server.fault = lambda _: None
    ready = [app.messages.check_again(v.variant_id, by=marketer) for v in written[:8]]
    assert {v.state for v in ready} == {VariantState.NEEDS_REVIEW}
    assert {v.screened.engine for v in ready} == {"Azure AI Content Safety"}
    assert not any(v.screened.basic for v in ready)


@pytest.mark.parametrize(
    ("path", "state"), [(SHIELD, VariantState.FAILED), (COMPARE, VariantState.SCREENING)]
)
def test_a_shield_or_a_comparison_without_an_answer_lets_nothing_pass(app, server, path, state):
    # A region without comparison answers 404 to it: that is a step down, and said on Health.
    server.fault = faults = Faults(path, [name for name in FAULTS if name != "404"])
    written = write_all(app, READY)
    assert faults.met
    assert app.approvals.queue(READY) == ()
    assert {v.state for v in written} == {state}
    assert all("Azure AI Content Safety could not" in v.problem for v in written)


def test_the_journey_to_the_review_queue_leaves_no_text_or_key_in_the_logs(app, server, workspace):
    written = write_all(app, READY)
    assert {v.state for v in written} == {VariantState.NEEDS_REVIEW}
    assert {v.screened.engine for v in written} == {"Azure AI Content Safety"}
    assert {a.headers["ocp-apim-subscription-key"] for a in server.asked} == {KEY}
    versions = {(a.path, a.query["api-version"]) for a in server.asked if "text:" in a.path}
    assert versions == {
        (ANALYZE, "2024-09-01"),
        (SHIELD, "2024-09-01"),
        (COMPARE, "2024-09-15-preview"),
    }
    log = (workspace / "logs" / "system.log").read_text()
    asked = "Azure AI Content Safety (POST /contentsafety/text:analyze)"
    assert f"{asked} answered 200, request request-" in log
    assert KEY not in log
    for variant in written:
        assert variant.message.subject not in log
        assert variant.message.body[:60] not in log


def test_health_asks_the_service_and_says_what_it_can(app, server):
    def screen():
        return next(d for d in app.health.check() if d.job == "safety screen")

    found = screen()
    assert found.works
    assert found.detail == "Azure AI Content Safety answered; groundedness is available"
    server.fault = lambda asked: told(401) if asked.path == ANALYZE else None
    assert not screen().works
    assert "AZURE_CONTENT_SAFETY_API_KEY" in screen().detail
    server.fault = lambda _: None
    server.groundedness = False
    assert screen().detail == "Azure AI Content Safety answered; groundedness is not available"


def test_the_command_brings_the_lists_up_to_date_and_then_changes_nothing(
    demo, server, monkeypatch
):
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    first = run(demo, "word-lists", "--json")
    assert first.code == 0
    assert {name.rsplit("-", 1)[0] for name in first.document["lists"]} == {
        "cpo-prohibited",
        "cpo-watched",
    }
    assert sum("made" in change for change in first.document["changes"]) == 2
    again = run(demo, "word-lists", "--json")
    assert again.document == first.document | {"changes": []}
    assert run(demo, "screen", "--text", "A perfect coat.").code == 0


def test_the_local_screen_says_that_it_keeps_no_lists(demo):
    refused = run(demo, "word-lists")
    assert refused.code == 2
    assert "keeps no lists of words" in refused.err
