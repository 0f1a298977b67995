"""Durable runs: a killed process goes on where it stopped and repeats no finished call.

A run is a parent workflow; each variant is a child on a queue; each call of an engine is a step
whose result is stored, so that it is never made (or paid for) twice. On SQLite exactly one
process executes: two that launched on one file ran an in-flight call twice when measured. It
holds a lock file; every other process only enqueues. On PostgreSQL any number executes, and takes
over from each other (`roster.py`).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from filelock import FileLock, Timeout

from core.models.runs import ALONE, Run
from core.orchestrator import segment_runs, variant_runs
from core.orchestrator.config import RunsConfig
from core.orchestrator.executing import executing
from core.orchestrator.roster import Membership, Roster
from core.orchestrator.segment_runs import SegmentWork
from core.orchestrator.variant_runs import RUNS, VARIANTS, Target, VariantWork
from core.storage.database import Connection, queue_engine

logger = logging.getLogger(__name__)

_APP = "customer-personalization-orchestrator"
# Fixed, so that a run begun before an update of the product is finished after it.
_VERSION = "1"
# How long a closing process waits for calls in flight.
_PATIENCE_S = 30.0
# Runs send each other no notifications; who looks for them has to wake before a process can close.
_LOOK_S = 0.1
# Connections of the client: who waits for messages, who looks after other workers, who enqueues.
_CLIENT_POOL = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where runs are kept: the database, a file to lock, and who else carries runs out."""

    url: str = field(repr=False)
    lock: Path
    roster: Roster

    @property
    def alone(self) -> bool:
        """Whether only one process may carry runs out."""
        return self.url.startswith("sqlite")


class Runner:
    """Starts durable runs, and executes them when this process is the one that does.

    `at_once` is how many messages are worked on at the same time: more than there are calls at
    once when the calls are to an engine over the network, so that while some wait for it others
    are searched for, screened and stored.
    """

    def __init__(
        self,
        place: Place,
        work: VariantWork,
        segmenting: SegmentWork,
        config: RunsConfig,
        *,
        at_once: int | None = None,
    ) -> None:
        self._url = place.url
        self._work = work
        self._segmenting = segmenting
        self._config = config
        self._at_once = at_once or config.concurrency
        self._lock = FileLock(place.lock) if place.alone else None
        self._membership = (
            None if place.alone else Membership(place.roster, config.takeover_s, self._again)
        )
        self._client: DBOSClient | None = None
        self._launched = False

    @property
    def executes(self) -> bool:
        """Whether this process carries out runs, rather than another."""
        return self._launched

    def launch(self) -> bool:
        """Carry out runs here, unless another process does and has to be alone."""
        if self._launched or not self._acquired():
            return self._launched
        self._connected()
        self._begin()
        if self._membership is not None:
            self._membership.watch(self._connected())
        logger.info("this process carries out the runs", extra={"worker": executing.worker})
        return True

    def _begin(self) -> None:
        executing.worker = self._membership.join() if self._membership else ALONE
        config = DBOSConfig(
            name=_APP,
            executor_id=executing.worker,
            system_database_url=self._url,
            application_version=_VERSION,
            log_level="WARNING",
            db_engine_kwargs=queue_engine(self._url, self._at_once),
            notification_listener_polling_interval_sec=_LOOK_S,
        )
        executing.client, executing.config = self._connected(), self._config
        # Whoever carries the runs out says how; others only see to it that the queues are there.
        self._register(executing.client, "always_update")
        variant_runs.hands.work = self._work
        segment_runs.hands.work = self._segmenting
        executing.stopping.clear()
        DBOS(config=config)
        DBOS.launch()
        self._launched = True

    def _again(self) -> None:
        """The others took this process for dead: drop what is in hand and begin anew."""
        if self._launched:
            self._end()
        self._begin()

    def connect(self) -> None:
        """Make the queue reachable; not inside a transaction, as it may have to create tables."""
        self._connected()

    def enqueue(self, connection: Connection, run: Run, targets: Sequence[Target]) -> None:
        """Put a run on the queue within the transaction that recorded it: both or neither.

        Needs `connect` first.
        """
        self._put(connection, (variant_runs.WORKFLOW, RUNS), run.run_id, list(targets))

    def enqueue_segments(self, connection: Connection, run: Run, request: str) -> None:
        """The same for a run that makes segments, with what is asked of it as JSON text."""
        names = (segment_runs.WORKFLOW, segment_runs.QUEUE)
        self._put(connection, names, run.run_id, request)

    def let_end(self) -> None:
        """Return when nobody of this process is at work any more, or when patience is over."""
        if self._launched:
            executing.idle_within(_PATIENCE_S)

    def close(self) -> None:
        """Stop executing; unfinished runs go on in another process, or at the next launch."""
        if self._membership is not None:
            self._membership.end_watch()
        if self._launched:
            self._end()
            if self._membership is not None:
                self._membership.leave()
        if self._client is not None:
            self._client.destroy()
            self._client = None
        if self._lock is not None:
            self._lock.release()

    def _end(self) -> None:
        executing.stopping.set()
        executing.idle_within(_PATIENCE_S)
        DBOS.destroy()
        self._launched = False
        variant_runs.hands.work = segment_runs.hands.work = executing.client = None

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
            self._client = DBOSClient(
                system_database_url=self._url, system_database_pool_size=_CLIENT_POOL
            )
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
