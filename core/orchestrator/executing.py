"""What durable workflows of this process work with; DBOS itself is one per process, too."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Generic, ParamSpec, TypeVar

from dbos import DBOS, DBOSClient, StepOptions, error

from core.errors import OrchestratorError, PatienceOver, ProviderUnavailable
from core.orchestrator.config import RunsConfig

# How often a closing process looks whether calls in flight have ended.
_LOOK_S = 0.02

P = ParamSpec("P")
R = TypeVar("R")
W = TypeVar("W")


class Stopping(BaseException):
    """This process is closing: leave a workflow where it is, to go on at the next launch.

    Not an Exception, because DBOS would record one as the end of the workflow.
    """


@dataclass(slots=True)
class Executing:
    """Shared by all workflows of this process: the queue, the settings, and who is at work."""

    client: DBOSClient | None = None
    config: RunsConfig = RunsConfig()
    stopping: threading.Event = field(default_factory=threading.Event)
    active: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def idle_within(self, seconds: float) -> None:
        """Return when nobody is at work, or when the time is over."""
        for _ in range(int(seconds / _LOOK_S)):
            if self.active == 0:
                return
            time.sleep(_LOOK_S)


executing = Executing()

_AT_WORK = ContextVar("at_work", default=False)
"""Whether this thread carries out a durable workflow, rather than what a person waits for."""


def in_run() -> bool:
    """Whether nobody but a run waits for what this thread does."""
    return _AT_WORK.get()


def pause(seconds: float) -> None:
    """Wait; a run does not wait on while this process is closing.

    Raises:
        Stopping: this process is closing.
    """
    if not in_run():
        time.sleep(seconds)
    elif executing.stopping.wait(seconds):
        raise Stopping


@dataclass(slots=True)
class Hands(Generic[W]):
    """The work of one kind of run, while this process carries runs out."""

    work: W | None = None

    @contextmanager
    def working(self) -> Iterator[W]:
        """The work; counts who is at it."""
        with executing.lock:
            if self.work is None or executing.stopping.is_set():
                raise Stopping
            work = self.work
            executing.active += 1
        mark = _AT_WORK.set(True)
        try:
            yield work
        finally:
            _AT_WORK.reset(mark)
            with executing.lock:
                executing.active -= 1


def step(options: StepOptions, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """A durable step; none begins while this process is closing."""

    def unless_stopping() -> R:
        if executing.stopping.is_set():
            raise Stopping
        return call(*args, **kwargs)

    return DBOS.run_step(options, unless_stopping)


def patient(name: str) -> StepOptions:
    """A step that is tried again when an engine does not answer."""
    return {
        "name": name,
        "retries_allowed": True,
        "max_attempts": executing.config.attempts,
        "should_retry": _worth_it,
    }


def _worth_it(problem: BaseException) -> bool:
    """Whether a try more may help; who was asked with patience has been tried often enough."""
    return isinstance(problem, ProviderUnavailable) and not isinstance(problem, PatienceOver)


def in_words(problem: OrchestratorError | error.DBOSMaxStepRetriesExceeded) -> str:
    """Why a step failed, for the person who asked for the run."""
    if isinstance(problem, error.DBOSMaxStepRetriesExceeded):
        return f"{problem.errors[-1]} (tried {len(problem.errors)} times)"
    return str(problem)
