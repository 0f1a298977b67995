"""Spans, measures and log lines of a run, as a collector gets them; no text is in any of them."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.models.runs import RunState
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests import prepared
from tests.journeys.paid_run import NEXT
from tests.servers.collector import Collector, SeenSpan
from tests.servers.faults import says
from tests.servers.openai_server import Asked, OpenAIServer
from tests.servers.replies import Reply, message_from_passages
from tests.servers.ways_in import FakeIdentity, server_for, settings_for

MESSAGES = 16
BY_KEY = "azure by key"
CLIENT = 3
GONE = "http://127.0.0.1:9"


def named(asked: Asked) -> Reply:
    """A usable answer with the ids that Azure gives to it."""
    ids = {"apim-request-id": f"apim-{asked.number}", "x-ms-request-id": "less-exact"}
    return Reply(message_from_passages(asked.user), headers=ids)


def watched(workspace, server, environment, **calls):
    chosen = settings_for(BY_KEY, workspace, server, calls)
    chosen = replace(chosen, environment=dict(chosen.environment) | environment)
    return opened(chosen, execute=True, identity=FakeIdentity())


def write(app):
    run = app.messages.generate(NEXT, by=app.people.get("marketer"))
    return app.messages.wait(run.run_id, timeout_s=120)


def log_lines(workspace):
    text = (workspace / "logs" / "system.log").read_text()
    return [json.loads(line) for line in text.splitlines()]


def secrets_and_texts(app):
    """What nobody outside may read: what was asked for, found and written."""
    brief = app.campaigns.get(NEXT).brief
    variants = app.messages.variants(NEXT)
    written = [part for v in variants for part in (v.message.subject, *v.message.body.splitlines())]
    quoted = [c.quote for v in variants for c in v.citations]
    return {text for text in (brief.goal, *written, *quoted) if len(text) > 20}


@pytest.fixture(scope="module")
def told(demo, tmp_path_factory):
    """One run with a collector, and everything that was told of it."""
    folder = prepared.own(demo, tmp_path_factory.mktemp("told") / "workspace")
    with server_for(BY_KEY, script=named) as server, Collector() as collector:
        with watched(folder, server, collector.environment) as app:
            assert write(app).state is RunState.DONE
            texts = secrets_and_texts(app)
        yield Told(collector, server, folder, texts)


@dataclass(frozen=True, slots=True)
class Told:
    """What came over the line and into the log."""

    collector: Collector
    server: OpenAIServer
    folder: Path
    texts: set[str]

    def of(self, name: str) -> list[SeenSpan]:
        return [span for span in self.collector.spans if span.name == name]

    @property
    def calls(self) -> list[SeenSpan]:
        return self.of(f"chat {self.server.models[0]}")


def test_a_run_is_one_trace_from_its_beginning_to_the_calls_of_its_engine(told):
    assert told.collector.refusals == []
    (root,) = told.of("run")
    assert root.parent_id == ""
    assert root.facts["cpo.run.written"] == MESSAGES
    assert {s.trace_id for s in told.collector.spans} == {root.trace_id}
    assert {s.parent_id for s in told.of("message")} == {root.span_id}
    for station in ("message", "retrieve", "shield", "write", "screen"):
        assert len(told.of(station)) == MESSAGES
    assert {s.parent_id for s in told.calls} == {s.span_id for s in told.of("write")}


def test_a_call_tells_its_model_its_tokens_its_end_and_the_id_of_the_service(told):
    assert {s.kind for s in told.calls} == {CLIENT}
    for facts in (s.facts for s in told.calls):
        assert facts["gen_ai.operation.name"] == "chat"
        assert facts["gen_ai.provider.name"] == "azure.ai.openai"
        assert facts["gen_ai.request.model"] == told.server.models[0]
        assert facts["gen_ai.response.finish_reasons"] == ["stop"]
        assert facts["gen_ai.usage.input_tokens"] > 0
        assert facts["http.response.status_code"] == 200
    ids = {s.facts["cpo.service.request_id"] for s in told.calls}
    assert ids == {f"apim-{asked.number}" for asked in told.server.asked}


def test_measures_add_up_to_what_the_calls_used(told):
    measures = told.collector.measures
    tokens = {f["gen_ai.token.type"]: value for f, value in measures["gen_ai.client.token.usage"]}
    assert tokens["output"] == sum(s.facts["gen_ai.usage.output_tokens"] for s in told.calls)
    cost = sum(s.facts["cpo.cost_usd"] for s in told.calls)
    assert cost > 0
    assert measures["cpo.cost"][0][1] == pytest.approx(cost)
    assert told.of("run")[0].facts["cpo.cost_usd"] == pytest.approx(cost)
    assert measures["cpo.queue.length"] == [({}, 0.0)]
    assert {f["cpo.station"] for f, _ in measures["cpo.station.duration"]} >= {"write", "screen"}


def test_the_log_lines_of_a_run_carry_its_trace_and_the_ids_of_the_service(told):
    (root,) = told.of("run")
    lines = [line for line in log_lines(told.folder) if line.get("trace_id") == root.trace_id]
    asked = {f"apim-{asked.number}" for asked in told.server.asked}
    assert {line["request_id"] for line in lines if line.get("request_id")} == asked


def test_no_text_of_a_brief_a_message_or_a_document_is_in_spans_measures_or_logs(told):
    sent = b"\n".join(told.collector.bodies)
    logged = "\n".join(path.read_text() for path in (told.folder / "logs").iterdir())
    asked = {a.user for a in told.server.asked}
    assert len(told.texts) > MESSAGES
    assert [text for text in told.texts | asked if text.encode() in sent or text in logged] == []
    assert told.server.key.encode() not in sent


def test_a_refusal_is_told_by_its_kind_and_not_in_its_words(workspace):
    words = "I cannot write about the secret picnic"
    refusing = lambda asked: Reply(None, refusal=words)  # noqa: E731
    with server_for(BY_KEY, script=refusing) as server, Collector() as collector:
        with watched(workspace, server, collector.environment) as app:
            write(app)
        calls = [s for s in collector.spans if s.kind == CLIENT]
        assert {(s.failed, s.facts["error.type"]) for s in calls} == {(True, "refused")}
        failures = collector.measures["cpo.engine.failures"]
        assert [(f["error.type"], n) for f, n in failures] == [("refused", MESSAGES)]
        assert words.encode() not in b"".join(collector.bodies)


def test_every_try_of_a_busy_engine_is_a_span_of_its_own(workspace):
    def busy_at_first(asked):
        return says(429) if asked.number <= 2 else named(asked)

    with server_for(BY_KEY, script=busy_at_first) as server, Collector() as collector:
        with watched(workspace, server, collector.environment) as app:
            assert write(app).state is RunState.DONE
        calls = [s for s in collector.spans if s.kind == CLIENT]
        assert len(calls) == len(server.asked) == MESSAGES + 2
        assert [s.facts["error.type"] for s in calls if s.failed] == ["rate_limited"] * 2
        assert {s.facts["http.response.status_code"] for s in calls} == {200, 429}


@pytest.mark.parametrize("away", ["nobody is there", "it refuses"])
def test_a_collector_that_is_away_stops_nothing(away, workspace):
    with server_for(BY_KEY) as server, Collector(status=503) as collector:
        place = {"OTEL_EXPORTER_OTLP_ENDPOINT": GONE}
        environment = place if away == "nobody is there" else collector.environment
        with watched(workspace, server, environment) as app:
            assert write(app).state is RunState.DONE


def test_without_a_collector_nobody_is_told_and_the_log_still_has_the_trace(workspace):
    with server_for(BY_KEY, script=named) as server, watched(workspace, server, {}) as app:
        write(app)
        assert "telemetry" not in {d.job for d in app.health.check()}
    answers = [line for line in log_lines(workspace) if line.get("request_id")]
    assert len(answers) == MESSAGES + 1  # the check of the engine belongs to no run
    assert len({line["trace_id"] for line in answers if "trace_id" in line}) == 1


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4317"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": GONE, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ),
        (
            {"APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=hunter2"},
            "APPLICATIONINSIGHTS_CONNECTION_STRING",
        ),
    ],
)
def test_a_place_that_cannot_be_used_is_said_on_health_and_in_the_log(variables, said, workspace):
    chosen = config.load(workspace, environment=variables)
    with opened(chosen) as app:
        row = next(d for d in app.health.check() if d.job == "telemetry")
        assert not row.works
        assert said in row.detail
        assert "hunter2" not in row.detail
    assert any(said in line["message"] for line in log_lines(workspace))


def test_azure_monitor_is_told_where_its_connection_string_is_there(workspace):
    key = "00000000-0000-0000-0000-000000000001"
    said = f"InstrumentationKey={key};IngestionEndpoint=http://127.0.0.1:9/"
    chosen = config.load(
        workspace,
        environment={
            "APPLICATIONINSIGHTS_CONNECTION_STRING": said,
            "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
        },
    )
    with opened(chosen) as app:
        row = next(d for d in app.health.check() if d.job == "telemetry")
        assert (row.works, row.detail) == (True, "Azure Monitor")
