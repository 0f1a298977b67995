"""How an engine over the network is asked with patience: limits as values, and who applies them.

A provider makes one request and raises what became of it; the `Patient` it was given waits,
repeats and breaks off. So a provider needs neither a clock nor chance, and tests need not wait.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeVar

from pydantic import Field

T = TypeVar("T")

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most so many requests to an engine in any stretch of so many seconds."""

    requests: Count
    period_s: Positive = 60.0


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What one call to an engine over the network may take.

    A request may take `connect_s` to be connected, be silent for `timeout_s` and last `request_s`.
    One call is tried at most `attempts` times within `patience_s` seconds; a wait that the engine
    asks for is kept, but never beyond `retry_after_max_s`. After `breaker_failures` failures in a
    row the engine is left alone for `breaker_rest_s`, then tried by one.
    """

    connect_s: Positive = 5.0
    timeout_s: Positive = 60.0
    request_s: Positive = 180.0
    attempts: Count = 6
    patience_s: Positive = 300.0
    backoff_s: Positive = 1.0
    retry_after_max_s: Positive = 60.0
    breaker_failures: Count = 5
    breaker_rest_s: Positive = 30.0


@dataclass(frozen=True, slots=True)
class ServiceLimits(CallLimits):
    """The same with how many calls go out: `at_once`, and within the rate where there is one.

    A person waits for most of these calls, so they are shorter than those of the writing engine.
    """

    timeout_s: Positive = 15.0
    request_s: Positive = 30.0
    attempts: Count = 4
    patience_s: Positive = 60.0
    backoff_s: Positive = 0.5
    retry_after_max_s: Positive = 30.0
    at_once: Count = 8
    rate_limit: RateLimit | None = None


class Patient(Protocol):
    """Asks an engine, and again when that may help, within its limits."""

    def ask(self, once: Callable[[], T]) -> T:
        """What `once` gives: one request, which raises what became of it.

        `ProviderUnavailable` is tried again, after its `retry_after_s` where it has one; nothing
        else is.

        Raises:
            PatienceOver: no try within the limits had an answer, or the engine is left alone now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Once:
    """Asks a single time: for tests of what one request does."""

    def ask(self, once: Callable[[], T]) -> T:
        """What the one request gives."""
        return once()
