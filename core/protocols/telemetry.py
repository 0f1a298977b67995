"""What is told of the work to whoever watches over it: spans and measures, never a text.

The names are those of OpenTelemetry's semantic conventions for generative AI where they have one;
ours begin with `cpo.`. Without an exporter all of it does nothing, but the log lines of one run
still carry one trace id.
"""

import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType

from opentelemetry import context, trace
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter, NoOpMeter, Observation
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags, Tracer

from core.errors import ProviderFailed

Fact = str | int | float | bool
Facts = Mapping[str, Fact]

JOB, STATION, RUN = "cpo.job", "cpo.station", "cpo.run_id"
COST = "cpo.cost_usd"
REQUEST_ID, STATUS = "cpo.service.request_id", "http.response.status_code"
OPERATION, PROVIDER = "gen_ai.operation.name", "gen_ai.provider.name"
MODEL, ANSWERING_MODEL = "gen_ai.request.model", "gen_ai.response.model"
TOKENS_IN, TOKENS_OUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
FINISH, ANSWER_ID = "gen_ai.response.finish_reasons", "gen_ai.response.id"
ERROR = "error.type"

# Measures are kept apart by these alone: one series a message would be one too many.
_KEPT_APART = (JOB, STATION, OPERATION, PROVIDER, MODEL, ERROR)
_CALL: ContextVar[dict[str, Fact] | None] = ContextVar("call", default=None)
_GIVEN: ContextVar[SpanContext | None] = ContextVar("given", default=None)
_NS = 1_000_000_000
_PROVIDERS = {"Azure OpenAI": "azure.ai.openai", "OpenAI-compatible": "openai"}
# What another's answer calls itself is told only where it can be nothing but a name.
_NAME_LIKE = re.compile(r"[\w./:-]{1,128}")


@dataclass(frozen=True, slots=True)
class _Measures:
    """What is counted and measured."""

    station_s: Histogram
    call_s: Histogram
    tokens: Histogram
    cost_usd: Counter
    failures: Counter

    @classmethod
    def of(cls, meter: Meter) -> "_Measures":
        return cls(
            meter.create_histogram("cpo.station.duration", "s", "How long a station worked"),
            meter.create_histogram("gen_ai.client.operation.duration", "s", "How long a call took"),
            meter.create_histogram("gen_ai.client.token.usage", "{token}", "Tokens of a call"),
            meter.create_counter("cpo.cost", "{USD}", "What calls cost"),
            meter.create_counter("cpo.engine.failures", "{failure}", "Calls that failed, by kind"),
        )


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Where spans and measures go."""

    tracer: Tracer
    meter: Meter
    clock: Callable[[], float] = time.perf_counter
    _measures: _Measures = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_measures", _Measures.of(self.meter))

    def station(self, name: str, **ids: str) -> AbstractContextManager[None]:
        """The work of one station, such as `retrieve`; `ids` say on what it works."""
        facts: dict[str, Fact] = {STATION: name}
        facts.update((f"cpo.{key}", value) for key, value in ids.items())
        return _Watched(self, name, SpanKind.INTERNAL, facts)

    def call(self, job: str) -> AbstractContextManager[None]:
        """One request to an engine; it adds what it learns with `note`."""
        return _Watched(self, job, SpanKind.CLIENT, {JOB: job})

    def run_ended(self, run_id: str, begun: datetime, ended: datetime, facts: Facts) -> None:
        """The span of a whole run, told at its end: processes may have died in between."""
        mark = _GIVEN.set(_of_run(run_id))
        try:
            span = self.tracer.start_span(
                "run",
                context.Context(),
                start_time=_nanoseconds(begun),
                attributes={RUN: run_id, **facts},
            )
        finally:
            _GIVEN.reset(mark)
        span.end(_nanoseconds(ended))

    def watch_queue(self, length: Callable[[], int | None]) -> None:
        """Have the length of the queue measured now and then; None where it cannot be told."""

        def observe(_: CallbackOptions) -> Iterator[Observation]:
            waiting = length()
            if waiting is not None:
                yield Observation(waiting)

        self.meter.create_observable_gauge(
            "cpo.queue.length", [observe], "{message}", "Messages of runs that are not made yet"
        )

    def measured(self, seconds: float, facts: Facts) -> None:
        """Keep what a station or a call took, used and came to."""
        apart = {name: facts[name] for name in _KEPT_APART if name in facts}
        if STATION in facts:
            self._measures.station_s.record(seconds, apart)
            return
        self._measures.call_s.record(seconds, apart)
        for kind, name in (("input", TOKENS_IN), ("output", TOKENS_OUT)):
            if name in facts:
                used = apart | {"gen_ai.token.type": kind}
                self._measures.tokens.record(float(facts[name]), used)
        if COST in facts:
            self._measures.cost_usd.add(float(facts[COST]), apart)
        if ERROR in facts:
            self._measures.failures.add(1, apart)


@dataclass(slots=True)
class _Watched(AbstractContextManager[None]):
    """Work under a span. Of a failure its kind is told; its words may quote what was written."""

    telemetry: Telemetry
    name: str
    kind: SpanKind
    facts: dict[str, Fact]
    _begun: float = 0.0
    _span: Span = trace.INVALID_SPAN
    _leave: Callable[[], None] = lambda: None

    def __enter__(self) -> None:
        self._begun = self.telemetry.clock()
        self._span = self.telemetry.tracer.start_span(self.name, kind=self.kind)
        attached = context.attach(trace.set_span_in_context(self._span))
        noting = _CALL.set(self.facts)

        def leave() -> None:
            _CALL.reset(noting)
            context.detach(attached)

        self._leave = leave

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace_back: TracebackType | None,
    ) -> None:
        self._leave()
        if error is not None:
            told = error.kind.value if isinstance(error, ProviderFailed) else type(error).__name__
            self.facts[ERROR] = told
            self._span.set_status(trace.StatusCode.ERROR, told)
        if MODEL in self.facts:
            self._span.update_name(f"{self.facts.get(OPERATION, self.name)} {self.facts[MODEL]}")
        for name, fact in self.facts.items():
            # The conventions want a list: one reason for each answer, and we ask for one.
            self._span.set_attribute(name, [str(fact)] if name == FINISH else fact)
        # A span that records nothing may be that of the work around; ending it does nothing.
        self._span.end()
        self.telemetry.measured(self.telemetry.clock() - self._begun, self.facts)


SILENT = Telemetry(trace.NoOpTracer(), NoOpMeter("core"))
"""Tells nobody."""


@contextmanager
def within_run(run_id: str) -> Iterator[None]:
    """Everything in here belongs to the trace of a run, in whichever process it happens."""
    mark = context.attach(trace.set_span_in_context(NonRecordingSpan(_of_run(run_id))))
    try:
        yield
    finally:
        context.detach(mark)


def note(facts: Facts) -> None:
    """Add to the call that is under way in this thread: its model, its tokens, its end."""
    known = _CALL.get()
    if known is not None:
        known.update(facts)


def provider_name(engine: str) -> str:
    """A provider as the conventions call it."""
    return _PROVIDERS.get(engine, engine)


def named(name: str | None) -> str:
    """A name that came from outside, or nothing where it could be a text."""
    return name if name and _NAME_LIKE.fullmatch(name) else ""


def answered(
    logger: logging.Logger,
    service: str,
    *,
    status: int,
    request_id: str,
    milliseconds: float | None = None,
) -> None:
    """A line for each answer of a service, by whose id its support finds it; never a text."""
    note({STATUS: status} | ({REQUEST_ID: request_id} if request_id else {}))
    known = {"status": status, "request_id": request_id}
    taken = {} if milliseconds is None else {"milliseconds": round(milliseconds)}
    name = request_id or "without an id"
    logger.info("%s answered %d, request %s", service, status, name, extra=known | taken)


def trace_ids() -> dict[str, str]:
    """The trace and the span of what this thread is at, as they stand in every log line."""
    now = trace.get_current_span().get_span_context()
    if not now.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(now.trace_id),
        "span_id": trace.format_span_id(now.span_id),
    }


def given_ids() -> SpanContext | None:
    """The ids that the next span has to have, where they are fixed."""
    return _GIVEN.get()


def _of_run(run_id: str) -> SpanContext:
    """The ids of a run's span, from the run's own: all processes know them without being told."""
    digest = hashlib.sha256(run_id.encode()).digest()
    ids = int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])
    return SpanContext(*ids, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * _NS)
