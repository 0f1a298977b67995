"""A strict collector of OpenTelemetry's protocol (OTLP over HTTP) on loopback; keeps what it got.

It refuses another path, another content type, a body that is no protobuf, and a missing key.
`with Collector() as collector:` and then `collector.address`.
"""

import gzip
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

KEY = "collector-key-0123456789"
_KINDS: dict[str, tuple[Any, Any]] = {
    "/v1/traces": (ExportTraceServiceRequest, ExportTraceServiceResponse),
    "/v1/metrics": (ExportMetricsServiceRequest, ExportMetricsServiceResponse),
}


@dataclass(frozen=True, slots=True)
class SeenSpan:
    """A span as it came over the line."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: int
    failed: bool
    facts: dict[str, Any]
    seconds: float


@dataclass(slots=True)
class Collector:
    """The server; `refusals` are the statuses of what it did not take."""

    status: int = 200
    requests: list[object] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "Collector":
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = collector.take(self.path, dict(self.headers.items()), body)
                self.send_response(status)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                """Nothing on the console."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What sends spans and measures here."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.address,
            "OTEL_EXPORTER_OTLP_HEADERS": f"x-collector-key={KEY}",
        }

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        lower = {name.lower(): value for name, value in headers.items()}
        status = self.status if path in _KINDS else 404
        if lower.get("x-collector-key") != KEY:
            status = 401
        elif lower.get("content-type") != "application/x-protobuf":
            status = 415
        if status != 200:
            self.refusals.append(status)
            return status, b""
        plain = gzip.decompress(body) if lower.get("content-encoding") == "gzip" else body
        asked, answer = _KINDS[path]
        try:
            self.requests.append(asked.FromString(plain))
        except DecodeError:
            self.refusals.append(400)
            return 400, b""
        self.bodies.append(plain)
        return 200, answer().SerializeToString()

    @property
    def spans(self) -> list[SeenSpan]:
        """Every span it got."""
        return [
            SeenSpan(
                span.name,
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                span.kind,
                span.status.code == 2,
                {a.key: _value(a.value) for a in span.attributes},
                (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
            )
            for request in self.requests
            if isinstance(request, ExportTraceServiceRequest)
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def measures(self) -> dict[str, list[tuple[dict[str, object], float]]]:
        """The last value of every series by the name of its measure; of a histogram the sum."""
        found: dict[str, dict[str, tuple[dict[str, object], float]]] = {}
        for request in self.requests:
            if not isinstance(request, ExportMetricsServiceRequest):
                continue
            for resource in request.resource_metrics:
                for metric in (m for s in resource.scope_metrics for m in s.metrics):
                    kind = metric.WhichOneof("data")
                    for point in getattr(metric, kind).data_points:
                        facts = {a.key: _value(a.value) for a in point.attributes}
                        value = point.sum if kind == "histogram" else _number(point)
                        found.setdefault(metric.name, {})[repr(facts)] = (facts, value)
        return {name: list(series.values()) for name, series in found.items()}


def _number(point):
    return float(getattr(point, point.WhichOneof("value")))


def _value(value):
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, kind)
