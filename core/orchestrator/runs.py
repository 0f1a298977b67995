"""Durable runs: a killed process goes on where it stopped and repeats no finished call.

A run is a parent workflow; each variant is a child on a queue; each call of an engine is a step
whose result is stored, so that it is never made (or paid for) twice. On SQLite exactly one
process executes: two that launched on one file ran an in-flight call twice when measured. It
holds a lock file; every other process only enqueues.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    EnqueueOptions,
    SetWorkflowID,
    StepOptions,
    error,
)
from filelock import FileLock, Timeout

from core.errors import OrchestratorError, ProviderUnavailable
from core.models.runs import Run
from core.orchestrator.config import RunsConfig
from core.storage.database import Connection

logger = logging.getLogger(__name__)

RUNS, VARIANTS = "runs", "variants"
_APP = "customer-personalization-orchestrator"
# Fixed, so that a run begun before an update of the product is finished after it.
_VERSION = "1"
_UNDER_WAY = ["ENQUEUED", "PENDING", "DELAYED"]
# How long a closing process waits for calls in flight, and how often it looks.
_PATIENCE_S, _LOOK_S = 30.0, 0.02

P = ParamSpec("P")
R = TypeVar("R")


Target = tuple[str, int]
"""A variant and the revision it had when the run was asked for."""


class VariantWork(Protocol):
    """What a run does, without the durability; any call may come again after a crash."""

    def begin(self, run_id: str) -> None:
        """Record that the run is under way."""
        ...

    def cancelled(self, run_id: str) -> bool:
        """Whether somebody asked for the run to stop."""
        ...

    def compose(self, target: Target) -> str:
        """The draft as JSON text: the calls of the finding and the writing engine."""
        ...

    def screen(self, target: Target, draft: str) -> str:
        """The outcome of all checks as JSON text: the calls of the screening engine."""
        ...

    def store(self, run_id: str, target: Target, draft: str, screened: str) -> None:
        """Record both on the variant and move it to its next state."""
        ...

    def fail(self, run_id: str, target: Target, draft: str, problem: str) -> None:
        """Record why there is nothing to review: not written (no draft), or not screened."""
        ...

    def end(self, run_id: str) -> None:
        """Record that the run is over."""
        ...


class _Stopping(BaseException):
    """This process is closing: leave a workflow where it is, to go on at the next launch.

    Not an Exception, because DBOS would record one as the end of the workflow.
    """


@dataclass(slots=True)
class _Executing:
    """What the workflows of this process work with; DBOS itself is one per process, too."""

    work: VariantWork | None = None
    client: DBOSClient | None = None
    config: RunsConfig = RunsConfig()
    stopping: threading.Event = field(default_factory=threading.Event)
    active: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def working(self) -> Iterator[VariantWork]:
        """The work, while this process executes; counts who is at it."""
        with self.lock:
            if self.work is None or self.stopping.is_set():
                raise _Stopping
            work = self.work
            self.active += 1
        try:
            yield work
        finally:
            with self.lock:
                self.active -= 1

    def idle_within(self, seconds: float) -> None:
        """Return when nobody is at work, or when the time is over."""
        for _ in range(int(seconds / _LOOK_S)):
            if self.active == 0:
                return
            time.sleep(_LOOK_S)


_executing = _Executing()


def _step(options: StepOptions, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """A durable step; none begins while this process is closing."""

    def unless_stopping() -> R:
        if _executing.stopping.is_set():
            raise _Stopping
        return call(*args, **kwargs)

    return DBOS.run_step(options, unless_stopping)


@DBOS.workflow(name="write_variants")
def _write_variants(run_id: str, targets: list[Target]) -> None:
    """The parent: one child per variant, on the queue that limits how many run at once."""
    with _executing.working() as work:
        _step({"name": "begin"}, work.begin, run_id)
        children = []
        for target in targets:
            children.append(f"{run_id}/{target[0]}")
            with SetWorkflowID(children[-1]):
                DBOS.enqueue_workflow(VARIANTS, _write_variant, run_id, target)
        _step({"name": "wait"}, _wait_for, children)
        _step({"name": "end"}, work.end, run_id)


@DBOS.workflow(name="write_variant")
def _write_variant(run_id: str, target: Target) -> None:
    """The child: compose, screen, store; a refusal is recorded on the variant, not lost."""
    draft = ""
    with _executing.working() as work:
        if _step({"name": "cancelled"}, work.cancelled, run_id):
            return
        try:
            draft = _step(_patient("compose"), work.compose, target)
            screened = _step(_patient("screen"), work.screen, target, draft)
        except (OrchestratorError, error.DBOSMaxStepRetriesExceeded) as problem:
            _step({"name": "fail"}, work.fail, run_id, target, draft, _in_words(problem))
        else:
            _step({"name": "store"}, work.store, run_id, target, draft, screened)


def _wait_for(children: list[str]) -> None:
    """Return when none of these workflows is under way any more."""
    client = _executing.client
    while client and client.list_workflows(
        workflow_ids=children, status=_UNDER_WAY, load_input=False, load_output=False
    ):
        if _executing.stopping.wait(_executing.config.polling_s):
            raise _Stopping


def _patient(name: str) -> StepOptions:
    return {
        "name": name,
        "retries_allowed": True,
        "max_attempts": _executing.config.attempts,
        "should_retry": lambda problem: isinstance(problem, ProviderUnavailable),
    }


def _in_words(problem: OrchestratorError | error.DBOSMaxStepRetriesExceeded) -> str:
    if isinstance(problem, error.DBOSMaxStepRetriesExceeded):
        return f"{problem.errors[-1]} (tried {len(problem.errors)} times)"
    return str(problem)


class Runner:
    """Starts durable runs, and executes them when this process is the one that does."""

    def __init__(self, url: str, lock: Path, work: VariantWork, config: RunsConfig) -> None:
        self._url = url
        self._work = work
        self._config = config
        self._lock = FileLock(lock) if url.startswith("sqlite") else None
        self._client: DBOSClient | None = None
        self._launched = False

    @property
    def executes(self) -> bool:
        """Whether this process carries out runs, rather than another."""
        return self._launched

    def launch(self) -> bool:
        """Carry out runs here, unless another process of this workspace already does."""
        if self._launched or not self._acquired():
            return self._launched
        config = DBOSConfig(
            name=_APP,
            system_database_url=self._url,
            application_version=_VERSION,
            log_level="WARNING",
            notification_listener_polling_interval_sec=self._config.polling_s,
        )
        _executing.client = self._connected()
        _executing.work, _executing.config = self._work, self._config
        _executing.stopping.clear()
        DBOS(config=config)
        DBOS.launch()
        self._launched = True
        logger.info("this process carries out the runs")
        return True

    def connect(self) -> None:
        """Make the queue reachable; not inside a transaction, as it may have to create tables."""
        self._connected()

    def enqueue(self, connection: Connection, run: Run, targets: Sequence[Target]) -> None:
        """Put a run on the queue within the transaction that recorded it: both or neither.

        Needs `connect` first.
        """
        options: EnqueueOptions = {
            "workflow_name": "write_variants",
            "queue_name": RUNS,
            "workflow_id": run.run_id,
            "app_version": _VERSION,
        }
        self._connected().enqueue_in_transaction(connection, options, run.run_id, list(targets))

    def close(self) -> None:
        """Stop executing; unfinished runs go on at the next launch."""
        if self._launched:
            _executing.stopping.set()
            _executing.idle_within(_PATIENCE_S)
            DBOS.destroy()
            self._launched = False
            _executing.work = _executing.client = None
        if self._client is not None:
            self._client.destroy()
            self._client = None
        if self._lock is not None:
            self._lock.release()

    def _acquired(self) -> bool:
        if self._lock is None:
            return True
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def _connected(self) -> DBOSClient:
        """A client of the queue; creates what DBOS keeps in the database, and the queues."""
        if self._client is None:
            DBOS.migrate(self._url)
            self._client = DBOSClient(system_database_url=self._url)
            for name, at_once in ((RUNS, 1), (VARIANTS, self._config.concurrency)):
                self._client.register_queue(
                    name,
                    worker_concurrency=at_once,
                    polling_interval_sec=self._config.polling_s,
                )
        return self._client
