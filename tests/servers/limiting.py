"""A limit of requests that the test server enforces, in the ways in which services do."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.servers.openai_server import Asked, Script, obliging
from tests.servers.replies import Reply

Manner = Literal["window", "sliding", "bucket"]


@dataclass(slots=True)
class Limit:
    """Lets `requests` pass in `period_s` seconds and answers 429 to all others.

    `window` begins to count anew at fixed times, `sliding` looks back over the last period, and a
    `bucket` fills evenly and starts full. A server that `tells` says when to come again, in whole
    seconds rounded up, as services do.
    """

    requests: int
    period_s: float
    manner: Manner = "window"
    tells: bool = True
    script: Script = obliging
    clock: Callable[[], float] = time.monotonic
    refused: int = 0
    _passed: deque[float] = field(default_factory=deque)
    _tokens: float = -1.0
    _at: float = -1.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, asked: Asked) -> Reply:
        """The answer, or the wish to wait."""
        with self._lock:
            wait_s = {"window": self._window, "sliding": self._sliding, "bucket": self._bucket}[
                self.manner
            ]()
            self.refused += wait_s > 0
        if wait_s <= 0:
            return self.script(asked)
        headers = {"Retry-After": str(math.ceil(wait_s))} if self.tells else {}
        words = {"message": "Requests have exceeded the call rate limit.", "code": "429"}
        return Reply(status=429, error=words, headers=headers)

    def _window(self) -> float:
        now = self.clock()
        begun = now - now % self.period_s
        while self._passed and self._passed[0] < begun:
            self._passed.popleft()
        return self._counted(now, begun + self.period_s - now)

    def _sliding(self) -> float:
        now = self.clock()
        while self._passed and self._passed[0] <= now - self.period_s:
            self._passed.popleft()
        return self._counted(now, self._passed[0] + self.period_s - now if self._passed else 0)

    def _counted(self, now: float, wait_s: float) -> float:
        if len(self._passed) >= self.requests:
            return wait_s
        self._passed.append(now)
        return 0.0

    def _bucket(self) -> float:
        now, rate = self.clock(), self.requests / self.period_s
        if self._at < 0:
            self._tokens, self._at = float(self.requests), now
        self._tokens = min(float(self.requests), self._tokens + (now - self._at) * rate)
        self._at = now
        if self._tokens < 1:
            return (1 - self._tokens) / rate
        self._tokens -= 1
        return 0.0
