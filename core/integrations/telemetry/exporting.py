"""Spans and measures on their way out, when the environment names a place for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.protocols.telemetry import SILENT, Telemetry, given_ids

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.sdk.trace.id_generator import IdGenerator

COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT"
_HEADERS, _PROTOCOL = "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_PROTOCOL"
AZURE_MONITOR = "APPLICATIONINSIGHTS_CONNECTION_STRING"
_NAME, _OUR_NAME = "OTEL_SERVICE_NAME", "customer-personalization-orchestrator"
_TIMEOUT_S = 5
_FLUSH_MS = 5000


@dataclass(frozen=True, slots=True)
class Exporters:
    """What carries spans and measures to one place."""

    place: str
    spans: "SpanExporter"
    measures: "MetricExporter"


@dataclass(frozen=True, slots=True)
class Watching:
    """What tells of the work: `places` in words, or the `problem` for which nobody is told."""

    telemetry: Telemetry = SILENT
    places: str = ""
    problem: str = ""
    _tracing: "TracerProvider | None" = field(default=None, repr=False)
    _measuring: "MeterProvider | None" = field(default=None, repr=False)

    def close(self) -> None:
        """Send what is still here, and stop; a collector that is away is not waited for long."""
        if self._measuring is not None:
            self._measuring.shutdown(_FLUSH_MS)
        if self._tracing is not None:
            self._tracing.force_flush(_FLUSH_MS)
            self._tracing.shutdown()


def watching(environment: Mapping[str, str], worker: str = "") -> Watching:
    """As the environment says; without a place nothing is loaded and nobody is told.

    To watch is no gate: where it cannot be done, work goes on, and Health and the log say why.
    """
    asked = [name for name in (COLLECTOR, AZURE_MONITOR) if environment.get(name, "").strip()]
    if not asked:
        return Watching()
    try:
        exporters = [_EXPORTERS[name](environment) for name in asked]
        return exporting(exporters, environment, worker)
    except ImportError:
        return Watching(
            problem=f"{asked[0]} is set and the packages for it are missing; "
            "install requirements-telemetry.txt, or leave it empty."
        )
    except ValueError:
        # The words of the error may hold the connection string, and with it the key.
        return Watching(problem=f"What {' and '.join(asked)} say cannot be used; correct it.")


def exporting(
    exporters: list[Exporters], environment: Mapping[str, str], worker: str = ""
) -> Watching:
    """Telemetry that goes to all of these."""
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    name = environment.get(_NAME, "").strip() or _OUR_NAME
    told = {"service.name": name} | ({"service.instance.id": worker} if worker else {})
    resource = Resource.create(told)
    tracing = TracerProvider(resource=resource, id_generator=_ids())
    for each in exporters:
        tracing.add_span_processor(BatchSpanProcessor(each.spans))
    readers = [PeriodicExportingMetricReader(each.measures) for each in exporters]
    measuring = MeterProvider(readers, resource=resource)
    return Watching(
        Telemetry(tracing.get_tracer("core"), measuring.get_meter("core")),
        " and ".join(each.place for each in exporters),
        "",
        tracing,
        measuring,
    )


def _ids() -> "IdGenerator":
    """Ids by chance, but for the spans whose ids are fixed."""
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415

    class Ids(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            given = given_ids()
            return given.trace_id if given else super().generate_trace_id()

        def generate_span_id(self) -> int:
            given = given_ids()
            return given.span_id if given else super().generate_span_id()

    return Ids()


def _collector(environment: Mapping[str, str]) -> Exporters:
    """OTLP over HTTP.

    Raises:
        ValueError: the address or the protocol is of another kind.
    """
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415
        OTLPMetricExporter,
    )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.util.re import parse_env_headers  # noqa: PLC0415

    place = environment[COLLECTOR].strip().rstrip("/")
    protocol = environment.get(_PROTOCOL, "").strip() or "http/protobuf"
    if protocol != "http/protobuf" or not place.startswith(("http://", "https://")):
        raise ValueError(COLLECTOR)
    headers = parse_env_headers(environment.get(_HEADERS, ""), liberal=True)
    return Exporters(
        f"a collector at {place.split('//', 1)[1].rsplit('@', 1)[-1]}",
        OTLPSpanExporter(f"{place}/v1/traces", headers=headers, timeout=_TIMEOUT_S),
        OTLPMetricExporter(f"{place}/v1/metrics", headers=headers, timeout=_TIMEOUT_S),
    )


def _azure_monitor(environment: Mapping[str, str]) -> Exporters:
    from azure.monitor.opentelemetry.exporter import (  # noqa: PLC0415
        AzureMonitorMetricExporter,
        AzureMonitorTraceExporter,
    )

    said = environment[AZURE_MONITOR].strip()
    return Exporters(
        "Azure Monitor",
        AzureMonitorTraceExporter(connection_string=said),
        AzureMonitorMetricExporter(connection_string=said),
    )


_EXPORTERS = {COLLECTOR: _collector, AZURE_MONITOR: _azure_monitor}
