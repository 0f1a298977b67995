"""Durable runs: a killed process goes on where it stopped and repeats no finished call.

A run is a parent workflow; each variant is a child on a queue; each call of an engine is a step
whose result is stored, so that it is never made (or paid for) twice. On SQLite exactly one
process executes: two that launched on one file ran an in-flight call twice when measured. It
holds a lock file; every other process only enqueues.
"""

import logging
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    EnqueueOptions,
    SetWorkflowID,
    error,
)
from filelock import FileLock, Timeout

from core.errors import BudgetReached, OrchestratorError, RunOver
from core.models.runs import Run
from core.orchestrator import segment_runs
from core.orchestrator.config import RunsConfig
from core.orchestrator.executing import Hands, executing, in_words, patient, step
from core.orchestrator.segment_runs import SegmentWork
from core.storage.database import Connection, queue_connect_args

logger = logging.getLogger(__name__)

RUNS, VARIANTS = "runs", "variants"
_APP = "customer-personalization-orchestrator"
# Fixed, so that a run begun before an update of the product is finished after it.
_VERSION = "1"
_UNDER_WAY = ["ENQUEUED", "PENDING", "DELAYED"]
# How long a closing process waits for calls in flight.
_PATIENCE_S = 30.0
# How often a run that waits for its messages looks for those of other processes.
_LOOK_S = 2.0

Target = tuple[str, int]
"""A variant and the revision it had when the run was asked for."""


class VariantWork(Protocol):
    """What a run does, without the durability; any call may come again after a crash."""

    def begin(self, run_id: str) -> None:
        """Record that the run is under way."""
        ...

    def compose(self, run_id: str, target: Target) -> str:
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

    def leave(self, run_id: str, target: Target, why: str) -> None:
        """Record why a message stays as it was."""
        ...

    def end(self, run_id: str) -> None:
        """Record that the run is over."""
        ...


_writing = Hands["VariantWork"]()


@DBOS.workflow(name="write_variants")
def _write_variants(run_id: str, targets: list[Target]) -> None:
    """The parent: one child per variant, on the queue that limits how many run at once."""
    with _writing.working() as work:
        # Not a step: after a crash it has to be done again.
        _look_every(executing.config.polling_s)
        step({"name": "begin"}, work.begin, run_id)
        children = []
        for target in targets:
            children.append(f"{run_id}/{target[0]}")
            with SetWorkflowID(children[-1]):
                DBOS.enqueue_workflow(VARIANTS, _write_variant, run_id, target)
        step({"name": "wait"}, _wait_for, children)
        step({"name": "end"}, work.end, run_id)
        _look_every(executing.config.idle_polling_s)


@DBOS.workflow(name="write_variant")
def _write_variant(run_id: str, target: Target) -> None:
    """The child: compose, screen, store; a refusal is recorded on the variant, not lost."""
    with _writing.working() as work:
        _write(work, run_id, target)


def _write(work: VariantWork, run_id: str, target: Target) -> None:
    draft = ""
    try:
        draft = step(patient("compose"), work.compose, run_id, target)
        screened = step(patient("screen"), work.screen, target, draft)
    except (BudgetReached, RunOver) as why:
        step({"name": "leave"}, work.leave, run_id, target, str(why))
    except (OrchestratorError, error.DBOSMaxStepRetriesExceeded) as problem:
        step({"name": "fail"}, work.fail, run_id, target, draft, in_words(problem))
    except Exception:
        # Else the message would wait for ever.
        reference = secrets.token_hex(4)
        logger.exception("writing a message failed, reference %s", reference)
        said = f"Something failed that should not have; report reference {reference}."
        step({"name": "fail"}, work.fail, run_id, target, draft, said)
    else:
        step({"name": "store"}, work.store, run_id, target, draft, screened)


def _wait_for(children: list[str]) -> None:
    """Return when none of these workflows is under way any more.

    Looks when none of this process is at work, and now and then, for those of others.
    """
    client = executing.client
    while client and client.list_workflows(
        workflow_ids=children, status=_UNDER_WAY, load_input=False, load_output=False, limit=1
    ):
        executing.wait_for_an_end(_LOOK_S)


def _look_every(seconds: float) -> None:
    """How often the queue of messages is looked at: often only while there are any."""
    queue = executing.client.retrieve_queue(VARIANTS) if executing.client else None
    if queue is not None:
        queue.set_polling_interval_sec(seconds)


class Runner:
    """Starts durable runs, and executes them when this process is the one that does.

    `at_once` is how many messages are worked on at the same time: more than there are calls at
    once when the calls are to an engine over the network, so that while some wait for it others
    are searched for, screened and stored.
    """

    def __init__(
        self,
        url: str,
        lock: Path,
        work: VariantWork,
        segmenting: SegmentWork,
        config: RunsConfig,
        *,
        at_once: int | None = None,
    ) -> None:
        self._url = url
        self._work = work
        self._segmenting = segmenting
        self._config = config
        self._at_once = at_once or config.concurrency
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
            db_engine_kwargs={"connect_args": queue_connect_args(self._url)},
        )
        executing.client, executing.config = self._connected(), self._config
        # Whoever carries the runs out says how; others only see to it that the queues are there.
        self._register(executing.client, "always_update")
        _writing.work = self._work
        segment_runs.hands.work = self._segmenting
        executing.stopping.clear()
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
        self._put(connection, ("write_variants", RUNS), run.run_id, list(targets))

    def enqueue_segments(self, connection: Connection, run: Run, request: str) -> None:
        """The same for a run that makes segments, with what is asked of it as JSON text."""
        names = (segment_runs.WORKFLOW, segment_runs.QUEUE)
        self._put(connection, names, run.run_id, request)

    def let_end(self) -> None:
        """Return when nobody of this process is at work any more, or when patience is over."""
        if self._launched:
            executing.idle_within(_PATIENCE_S)

    def close(self) -> None:
        """Stop executing; unfinished runs go on at the next launch."""
        if self._launched:
            executing.stopping.set()
            executing.idle_within(_PATIENCE_S)
            DBOS.destroy()
            self._launched = False
            _writing.work = segment_runs.hands.work = executing.client = None
        if self._client is not None:
            self._client.destroy()
            self._client = None
        if self._lock is not None:
            self._lock.release()

    def _put(
        self, connection: Connection, names: tuple[str, str], run_id: str, asked: object
    ) -> None:
        options: EnqueueOptions = {
            "workflow_name": names[0],
            "queue_name": names[1],
            "workflow_id": run_id,
            "app_version": _VERSION,
        }
        self._connected().enqueue_in_transaction(connection, options, run_id, asked)

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
            self._register(self._client, "never_update")
        return self._client

    def _register(
        self, client: DBOSClient, on_conflict: Literal["always_update", "never_update"]
    ) -> None:
        rate = self._config.rate_limit
        for name, at_once in ((RUNS, 1), (VARIANTS, self._at_once), (segment_runs.QUEUE, 1)):
            client.register_queue(
                name,
                worker_concurrency=at_once,
                limiter={"limit": rate.requests, "period": rate.period_s}
                if rate and name == VARIANTS
                else None,
                polling_interval_sec=self._config.idle_polling_s,
                on_conflict=on_conflict,
            )
