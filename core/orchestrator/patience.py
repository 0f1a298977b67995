"""How an engine over the network is asked: not too many at once, and again when it asks us to wait.

The wait lives here, around the single request, and not in the steps of the durable runs: a
message that waits holds no place among the calls at once, an engine that says "later" to one is
left alone by all, and one bound covers all tries and all waits.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from core.errors import PatienceOver, ProviderUnavailable
from core.protocols.chat_model import Completion
from core.protocols.model_calls import ModelCalls, RateLimit

Pause = Callable[[float], None]
"""Waits so many seconds, and raises when what is waited for is no longer wanted."""

# All who wait for the same moment would come at the same moment.
_SPREAD = 0.1


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
                wait_s = max(wait_s, self._begun[0] + self._rate.period_s - now)
            if wait_s <= 0:
                self._begun.append(now)
            return wait_s


@dataclass(frozen=True, slots=True)
class Patience:
    """Asks again, after waits that grow by chance or are the engine's own wish, within bounds."""

    calls: ModelCalls
    gate: Gate
    rng: Random
    clock: Callable[[], float]

    def ask(self, once: Callable[[], Completion], pause: Pause) -> Completion:
        """The answer of the first try that has one.

        Raises:
            PatienceOver: no try within the bounds had one.
            ProviderRejected: the engine refused; that is not tried again.
        """
        begun, tries = self.clock(), 0
        while True:
            with self.gate.passing(pause):
                try:
                    return once()
                except ProviderUnavailable as failed:
                    problem, tries = failed, tries + 1
                    delay_s = self._delay_s(tries, problem.retry_after_s)
                    # While the place is still held: else the next one passes a gate still open.
                    if problem.retry_after_s is not None:
                        self.gate.close_for(delay_s)
            taken_s = self.clock() - begun
            if tries >= self.calls.attempts or taken_s + delay_s > self.calls.patience_s:
                raise _over(problem, tries, taken_s) from problem
            pause(delay_s)

    def _delay_s(self, tries: int, wish_s: float | None) -> float:
        """Full jitter over an exponential wait, or the engine's wish; both capped alike."""
        most = self.calls.retry_after_max_s
        if wish_s is not None:
            # Never less than the wish, and never more than the cap.
            return min(wish_s * (1 + _SPREAD * self.rng.random()), most)
        grown = self.calls.backoff_s * 2.0 ** min(tries - 1, 30)
        return min(grown, most) * (0.5 + 0.5 * self.rng.random())


def _over(problem: ProviderUnavailable, tries: int, taken_s: float) -> PatienceOver:
    times = "once" if tries == 1 else f"{tries} times"
    return PatienceOver(
        problem.provider,
        problem.task,
        f"{problem.why} (tried {times} in {taken_s:.0f} s)",
        cost_usd=problem.cost_usd,
    )
