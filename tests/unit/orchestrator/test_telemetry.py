"""What spans and measures hold, as an exporter in memory gets them."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    InMemoryMetricReader,
    MetricExporter,
    MetricExportResult,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from core.errors import FailureKind, ProviderRejected, ProviderUnavailable
from core.integrations.telemetry.exporting import Exporters, exporting, watching
from core.orchestrator.patience import Gate, Patience, Waiting
from core.protocols.patience import CallLimits
from core.protocols.telemetry import (
    COST,
    MODEL,
    OPERATION,
    SILENT,
    TOKENS_IN,
    Telemetry,
    named,
    note,
    trace_ids,
    within_run,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Silence(MetricExporter):
    """Takes measures and keeps none."""

    def export(self, metrics_data, timeout_millis=10_000, **kwargs):
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis=10_000):
        return True

    def shutdown(self, timeout_millis=30_000, **kwargs):
        """Nothing to do."""


class Watched:
    """Telemetry, and what an exporter got of it."""

    def __init__(self):
        self.kept = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        tracing, measuring = TracerProvider(), MeterProvider([self.reader])
        tracing.add_span_processor(SimpleSpanProcessor(self.kept))
        self.telemetry = Telemetry(tracing.get_tracer("test"), measuring.get_meter("test"))

    @property
    def spans(self) -> Any:
        return self.kept.get_finished_spans()

    @property
    def points(self):
        """The attributes and the sum or value of each point, by measure."""
        data: Any = self.reader.get_metrics_data()
        every = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics]
        return {
            metric.name: [
                (dict(point.attributes), getattr(point, "sum", getattr(point, "value", None)))
                for point in metric.data.data_points
            ]
            for metric in every
        }


@pytest.fixture
def watched():
    return Watched()


def refusal():
    return ProviderRejected("An engine", "write", "Anna said no.", kind=FailureKind.REFUSED)


def fail_in(telemetry, error):
    with pytest.raises(type(error)), telemetry.call("chat_model"):
        raise error


@pytest.mark.parametrize(
    ("error", "kind"), [(refusal(), "refused"), (ValueError("Anna's text"), "ValueError")]
)
def test_of_a_failure_its_kind_is_told_and_none_of_its_words(error, kind, watched):
    fail_in(watched.telemetry, error)
    (span,) = watched.spans
    assert span.attributes["error.type"] == kind
    assert not span.status.is_ok
    assert "Anna" not in span.to_json()
    assert span.events == ()
    assert watched.points["cpo.engine.failures"] == [
        ({"cpo.job": "chat_model", "error.type": kind}, 1)
    ]


def test_a_call_is_named_after_its_operation_and_model_and_its_use_is_measured(watched):
    with watched.telemetry.call("chat_model"):
        note({OPERATION: "chat", MODEL: "writer-1"})
        note({TOKENS_IN: 40, COST: 0.5})
    (span,) = watched.spans
    assert span.name == "chat writer-1"
    apart = {"cpo.job": "chat_model", OPERATION: "chat", MODEL: "writer-1"}
    points = watched.points
    assert points["gen_ai.client.token.usage"] == [(apart | {"gen_ai.token.type": "input"}, 40)]
    assert points["cpo.cost"] == [(apart, 0.5)]


def test_measures_are_not_kept_apart_by_message(watched):
    for variant in ("V-1", "V-2"):
        with watched.telemetry.station("write", variant_id=variant):
            pass
    assert {s.attributes["cpo.variant_id"] for s in watched.spans} == {"V-1", "V-2"}
    assert [facts for facts, _ in watched.points["cpo.station.duration"]] == [
        {"cpo.station": "write"}
    ]


def test_what_is_noted_outside_of_a_call_is_nobodys(watched):
    note({MODEL: "writer-1"})
    with watched.telemetry.call("embedder"):
        pass
    assert dict(watched.spans[0].attributes) == {"cpo.job": "embedder"}


def test_a_queue_that_cannot_be_told_is_no_measure(watched):
    lengths = iter([None, 7])
    watched.telemetry.watch_queue(lambda: next(lengths))
    with watched.telemetry.call("embedder"):
        pass
    assert "cpo.queue.length" not in watched.points
    assert watched.points["cpo.queue.length"] == [({}, 7)]


def test_what_belongs_to_a_run_is_its_trace_in_every_process_and_without_an_exporter():
    seen = []
    for telemetry in (SILENT, Watched().telemetry):
        with within_run("R-1"), telemetry.station("message"):
            seen.append(trace_ids()["trace_id"])
    with within_run("R-2"):
        seen.append(trace_ids()["trace_id"])
    assert seen[0] == seen[1] != seen[2]
    assert trace_ids() == {}


def test_the_span_of_a_run_is_the_parent_of_what_was_done_in_it():
    kept = InMemorySpanExporter()
    told = exporting([Exporters("memory", kept, Silence())], {})
    with within_run("R-1"), told.telemetry.station("message"):
        pass
    told.telemetry.run_ended("R-1", NOON, NOON + timedelta(seconds=90), {"cpo.run.calls": 3})
    told.telemetry.run_ended("R-2", NOON, NOON, {})
    told.close()
    spans: list[Any] = list(kept.get_finished_spans())
    by_name = {(s.name, s.attributes.get("cpo.run_id")): s for s in spans}
    run, message = by_name["run", "R-1"], by_name["message", None]
    assert run.parent is None
    assert message.parent.span_id == run.context.span_id
    assert message.context.trace_id == run.context.trace_id
    assert run.end_time - run.start_time == 90 * 10**9
    assert by_name["run", "R-2"].context.trace_id != run.context.trace_id


@pytest.mark.parametrize(
    ("said", "told"),
    [("gpt-5-mini", "gpt-5-mini"), ("a text of Anna", ""), (None, ""), ("x" * 129, ""), ("", "")],
)
def test_a_name_from_outside_is_told_only_where_it_can_be_nothing_else(said, told):
    assert named(said) == told


def test_without_an_address_nobody_is_told_and_nothing_is_loaded():
    nobody = watching({"OTEL_EXPORTER_OTLP_ENDPOINT": " "})
    assert (nobody.telemetry, nobody.places, nobody.problem) == (SILENT, "", "")
    nobody.close()


def test_every_try_of_an_engine_is_a_call_of_its_own(watched):
    answers = iter([busy(), "found"])

    def once():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    waits: list[float] = []
    calls = CallLimits(attempts=2)
    patience = Patience(calls, Gate(1, None, lambda: 0.0), Random(1), lambda: 0.0)  # noqa: S311
    asking = Waiting(patience, waits.append, lambda: True, "content_index", watched.telemetry)
    assert asking.ask(once) == "found"
    assert [s.attributes.get("error.type") for s in watched.spans] == ["timed_out", None]
    assert {s.attributes["cpo.job"] for s in watched.spans} == {"content_index"}


def busy():
    return ProviderUnavailable("A search", "search", "It was late.", kind=FailureKind.TIMED_OUT)
