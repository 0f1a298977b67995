"""How an engine over the network is asked: not too many at once, and again when it asks us to wait.

The wait lives here, around the single request, and not in the steps of the durable runs: a
message that waits holds no place among the calls at once, an engine that says "later" to one is
left alone by all, and one bound covers all tries and all waits.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from core.errors import FailureKind, PatienceOver, ProviderFailed, ProviderUnavailable
from core.orchestrator.breaker import Breaker, Standing
from core.protocols.patience import CallLimits, RateLimit
from core.protocols.telemetry import SILENT, Telemetry

T = TypeVar("T")

Pause = Callable[[float], None]
"""Waits so many seconds, and raises when what is waited for is no longer wanted."""

# All who wait for the same moment would come at the same moment.
_SPREAD = 0.1
# A request that was quick on its way must not arrive within the period of one that was slow.
_ON_THE_WAY_S = 0.25
# An engine that is busy and does not say until when is asked at least this often, in first waits:
# longer waits would leave much of what it allows unused.
_BUSY_MOST = 4.0


class Gate:
    """Lets calls pass: `at_once` at the same time, within the rate, and none while it is closed."""

    def __init__(self, at_once: int, rate: RateLimit | None, clock: Callable[[], float]) -> None:
        self._places = threading.Semaphore(at_once)
        self._rate = rate
        self._clock = clock
        self._begun: deque[float] = deque(maxlen=rate.requests if rate else 1)
        self._closed_until = float("-inf")
        self._lock = threading.Lock()

    def close_for(self, seconds: float) -> None:
        """Let nobody pass for so long: the engine asked all of us to wait."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + seconds)

    @contextmanager
    def passing(self, pause: Pause) -> Iterator[None]:
        """A place among the calls at once, when the gate is open."""
        while True:
            with self._places:
                wait_s = self._wait_s()
                if wait_s <= 0:
                    yield
                    return
            pause(wait_s)

    def _wait_s(self) -> float:
        """How long until one more may pass; who need not wait is counted as begun."""
        with self._lock:
            now = self._clock()
            wait_s = self._closed_until - now
            if self._rate is None:
                return wait_s
            if len(self._begun) == self._rate.requests:
                wait_s = max(wait_s, self._begun[0] + self._rate.period_s + _ON_THE_WAY_S - now)
            if wait_s <= 0:
                self._begun.append(now)
            return wait_s


@dataclass(slots=True)
class _Course:
    """How one call has gone so far: its tries, and those for which the engine was only busy."""

    begun: float
    within_s: float
    tries: int = 0
    busy: int = 0


@dataclass(frozen=True, slots=True)
class Patience:
    """Asks again, after waits that grow by chance or are the engine's own wish, within bounds."""

    calls: CallLimits
    gate: Gate
    rng: Random
    clock: Callable[[], float]
    breaker: Breaker = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "breaker", Breaker(self.calls, self.clock))

    def standing(self) -> Standing:
        """How the engine stands."""
        return self.breaker.standing()

    def ask(
        self,
        once: Callable[[], T],
        pause: Pause,
        *,
        hurried: bool = False,
        within_s: float = float("inf"),
    ) -> T:
        """The answer of the first try that has one.

        Args:
            once: makes one request.
            pause: waits.
            hurried: a person waits, so that an engine that is left alone is not waited for.
            within_s: seconds after which no try begins, where that is less than the settings say.

        Raises:
            PatienceOver: no try within the bounds had one.
            ProviderRejected: the engine refused; that is not tried again.
        """
        course = _Course(self.clock(), min(within_s, self.calls.patience_s))
        while True:
            self._until_let_through(course, pause, hurried=hurried)
            with self.gate.passing(pause):
                if not self.breaker.lets_through():
                    continue
                try:
                    return self._watched(once)
                except ProviderUnavailable as failed:
                    problem = failed
                    delay_s = self._delay_s(course, problem)
                    # While the place is still held: else the next one passes a gate still open.
                    self._hold_back_all(problem, delay_s)
            taken_s = self.clock() - course.begun
            if course.tries >= self.calls.attempts or taken_s + delay_s > course.within_s:
                raise _over(problem, course, taken_s) from problem
            pause(delay_s)

    def _hold_back_all(self, problem: ProviderUnavailable, delay_s: float) -> None:
        """Close the gate for as long as the engine wishes; without chance, as many close it."""
        if problem.retry_after_s is not None:
            self.gate.close_for(min(problem.retry_after_s, self.calls.retry_after_max_s))
        elif problem.kind is FailureKind.RATE_LIMITED:
            self.gate.close_for(delay_s)

    def _until_let_through(self, course: _Course, pause: Pause, *, hurried: bool) -> None:
        """Return when the breaker may let this call pass.

        Raises:
            PatienceOver: that would take longer than the bounds allow.
        """
        while (wait_s := self.breaker.wait_s()) > 0:
            taken_s = self.clock() - course.begun
            if hurried or taken_s + wait_s > course.within_s:
                raise self._left_alone(wait_s)
            pause(wait_s * (1 + _SPREAD * self.rng.random()))

    def _watched(self, once: Callable[[], T]) -> T:
        """One request, of whose outcome the breaker learns."""
        try:
            answer = once()
        except ProviderUnavailable as problem:
            self.breaker.failed(problem)
            raise
        except ProviderFailed:
            # A no is an answer, too.
            self.breaker.answered()
            raise
        except BaseException:
            self.breaker.abandoned()
            raise
        self.breaker.answered()
        return answer

    def _delay_s(self, course: _Course, problem: ProviderUnavailable) -> float:
        """Full jitter over an exponential wait, or the engine's wish; both capped alike.

        That an engine is busy is no failure: it is borne until patience is over, not counted.
        """
        most = self.calls.retry_after_max_s
        if problem.kind is FailureKind.RATE_LIMITED:
            course.busy += 1
        else:
            course.tries += 1
        if problem.retry_after_s is not None:
            # Never less than the wish, and never more than the cap.
            return min(problem.retry_after_s * (1 + _SPREAD * self.rng.random()), most)
        growth = 2.0 ** min(course.tries + course.busy - 1, 30)
        if problem.kind is FailureKind.RATE_LIMITED:
            growth = min(growth, _BUSY_MOST)
        return min(self.calls.backoff_s * growth, most) * (0.5 + 0.5 * self.rng.random())

    def _left_alone(self, wait_s: float) -> PatienceOver:
        last = self.breaker.problem
        return PatienceOver(
            last.provider if last else "the engine",
            last.task if last else "answer",
            f"it failed {self.standing().failures} times in a row and is left alone for "
            f"{wait_s:.0f} s; then try again. The last time: {last.why if last else 'no answer.'}",
            kind=FailureKind.LEFT_ALONE,
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Patience for an engine whose calls no run keeps: finding, embedding, screening.

    Within a run it waits as long as the settings allow; for a person it does not wait for an
    engine that is left alone.
    """

    patience: Patience
    pause: Pause
    in_run: Callable[[], bool]
    job: str = "engine"
    telemetry: Telemetry = SILENT

    def ask(self, once: Callable[[], T]) -> T:
        """What `once` gives, with patience."""

        def told() -> T:
            with self.telemetry.call(self.job):
                return once()

        return self.patience.ask(told, self.pause, hurried=not self.in_run())


def _over(problem: ProviderUnavailable, course: _Course, taken_s: float) -> PatienceOver:
    tries = course.tries + course.busy
    times = "once" if tries == 1 else f"{tries} times"
    return PatienceOver(
        problem.provider,
        problem.task,
        f"{problem.why} (tried {times} in {taken_s:.0f} s)",
        cost_usd=problem.cost_usd,
        kind=problem.kind,
    )
