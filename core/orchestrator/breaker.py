"""A circuit breaker: an engine that fails again and again is left alone for a while, then tried.

Closed, calls pass. After so many failures in a row it opens, and none passes. When its rest is
over one call is let through (half-open): an answer closes it, a failure opens it again.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.errors import FailureKind, ProviderUnavailable
from core.protocols.patience import CallLimits

logger = logging.getLogger(__name__)

# While one tries whether the engine is back, the others look this often whether it was.
_LOOK_S = 1.0


class Circuit(StrEnum):
    """The state of a breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an engine stands: the circuit, failures in a row, and the words of the last one.

    `waits_s` is how long the engine is still left alone.
    """

    circuit: Circuit = Circuit.CLOSED
    failures: int = 0
    problem: str = ""
    waits_s: float = 0.0


class Breaker:
    """Counts the failures of one engine, for all who ask it from this process."""

    def __init__(self, limits: CallLimits, clock: Callable[[], float]) -> None:
        self._limits, self._clock = limits, clock
        self._lock = threading.Lock()
        self._circuit = Circuit.CLOSED
        self._failures = 0
        self._problem: ProviderUnavailable | None = None
        self._until = 0.0

    @property
    def problem(self) -> ProviderUnavailable | None:
        """The last failure, while the engine is left alone."""
        with self._lock:
            return None if self._circuit is Circuit.CLOSED else self._problem

    def standing(self) -> Standing:
        """How the engine stands now."""
        with self._lock:
            waits_s = max(0.0, self._until - self._clock())
            return Standing(
                self._circuit,
                self._failures,
                str(self._problem) if self._problem else "",
                waits_s if self._circuit is Circuit.OPEN else 0.0,
            )

    def wait_s(self) -> float:
        """How long until it is worth while to ask to be let through."""
        with self._lock:
            if self._circuit is Circuit.CLOSED:
                return 0.0
            if self._circuit is Circuit.HALF_OPEN:
                return _LOOK_S
            return max(0.0, self._until - self._clock())

    def lets_through(self) -> bool:
        """Whether this call may pass; if so, it has to say afterwards how it ended."""
        with self._lock:
            if self._circuit is Circuit.OPEN and self._clock() >= self._until:
                self._circuit = Circuit.HALF_OPEN
                logger.info("trying whether an engine is back")
                return True
            return self._circuit is Circuit.CLOSED

    def answered(self) -> None:
        """The engine said something, were it only no."""
        with self._lock:
            if self._circuit is not Circuit.CLOSED:
                logger.info("an engine is back after %d failures", self._failures)
            self._circuit, self._failures, self._problem = Circuit.CLOSED, 0, None

    def failed(self, problem: ProviderUnavailable) -> None:
        """The engine did not answer."""
        if problem.kind is FailureKind.RATE_LIMITED:
            # It works, and says when to come again; that is kept by the gate.
            self.answered()
            return
        with self._lock:
            self._failures += 1
            self._problem = problem
            tried_again = self._circuit is Circuit.HALF_OPEN
            if tried_again or self._failures >= self._limits.breaker_failures:
                self._circuit = Circuit.OPEN
                self._until = self._clock() + self._limits.breaker_rest_s
                logger.warning(
                    "%s is left alone for %.0f s after %d failures in a row: %s",
                    problem.provider,
                    self._limits.breaker_rest_s,
                    self._failures,
                    problem.kind,
                )

    def abandoned(self) -> None:
        """The call that was let through was not made; the next one may try."""
        with self._lock:
            if self._circuit is Circuit.HALF_OPEN:
                self._circuit = Circuit.OPEN
