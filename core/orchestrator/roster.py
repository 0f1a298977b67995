"""Several processes carry out the runs of one database: each is heard, and who is gone is replaced.

A worker counts on in the database every few seconds. Whose count stands still for `takeover_s`,
as another one measures, is taken out, and its work goes back to the queue. A worker that finds
itself taken out (its machine slept, say) drops what it has in hand and begins anew under another
name; what it still tries to write is refused, by the queue and by the journal of paid calls.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dbos import DBOS, DBOSClient

from core.errors import OrchestratorError
from core.orchestrator import clock

logger = logging.getLogger(__name__)

# Looks within the time after which somebody counts as dead.
_LOOKS = 6


class Roster(Protocol):
    """Where workers are recorded."""

    def join(self, worker_id: str, place: str) -> None:
        """Record a worker that runs at this place."""
        ...

    def beat(self, worker_id: str) -> bool:
        """Count on; False when the worker is not recorded any more."""
        ...

    def beats(self) -> Mapping[str, int]:
        """Every worker with its count."""
        ...

    def forget(self, worker_id: str, *, last_beat: int | None = None) -> bool:
        """Take a worker out, with `last_beat` only while its count stands there."""
        ...


@dataclass(slots=True)
class Sightings:
    """Since when the count of each worker stands still, by a clock of our own."""

    takeover_s: float
    now: Callable[[], float] = clock.monotonic
    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)
    _looked: float = float("-inf")

    def still(self, beats: Mapping[str, int]) -> dict[str, int]:
        """The workers whose count has stood still for too long, with that count."""
        now = self.now()
        # Who has not looked for long (a database that was away, a machine that slept) knows
        # nothing of the others: they could not be heard either.
        if now - self._looked > self.takeover_s / 2:
            self._seen.clear()
        self._looked = now
        for worker, beat in beats.items():
            if self._seen.get(worker, (None, 0.0))[0] != beat:
                self._seen[worker] = (beat, now)
        self._seen = {w: seen for w, seen in self._seen.items() if w in beats}
        return {w: b for w, (b, since) in self._seen.items() if now - since >= self.takeover_s}


@dataclass(slots=True)
class Membership:
    """This process among the workers of its database."""

    roster: Roster
    takeover_s: float
    lost: Callable[[], None]
    worker: str = ""
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _sightings: Sightings | None = None

    def join(self) -> str:
        """A new name for this process, recorded before it takes any work."""
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.roster.join(self.worker, f"{socket.gethostname()} (process {os.getpid()})")
        self._sightings = Sightings(self.takeover_s)
        return self.worker

    def watch(self, client: DBOSClient) -> None:
        """Count on, and look after the others, until `leave`."""
        if self._thread is None:
            self._over.clear()
            self._thread = threading.Thread(
                target=self._watch, args=(client,), name="workers", daemon=True
            )
            self._thread.start()

    def end_watch(self) -> None:
        """Look no more; still recorded, so that nobody takes over what is being ended."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def leave(self) -> None:
        """Be taken out: what was left undone is for the others, at once."""
        try:
            self.roster.forget(self.worker)
        except OrchestratorError as problem:
            logger.warning(
                "the others will find out by themselves that this one ended: %s", problem
            )

    def _watch(self, client: DBOSClient) -> None:
        self._look(client)
        while not self._over.wait(self.takeover_s / _LOOKS):
            self._look(client)

    def _look(self, client: DBOSClient) -> None:
        try:
            if not self.roster.beat(self.worker):
                logger.error("this process was taken for dead; it begins anew")
                self.lost()
                return
            self._take_over(client)
        except OrchestratorError as problem:
            logger.warning("the other workers cannot be looked after now: %s", problem)
        except Exception:
            # Whatever the queue raises: a worker that no longer counts on would be taken for dead.
            logger.exception("the other workers could not be looked after")

    def _take_over(self, client: DBOSClient) -> None:
        # Work first, workers second: who joins in between has no work in the list.
        at_work = client.list_workflows(status="PENDING", load_input=False, load_output=False)
        beats = dict(self.roster.beats())
        for worker, beat in (self._sightings or Sightings(self.takeover_s)).still(beats).items():
            if worker != self.worker and self.roster.forget(worker, last_beat=beat):
                logger.warning("worker %s is not heard of any more; its work is taken over", worker)
                del beats[worker]
        gone = {w.executor_id for w in at_work if w.executor_id} - beats.keys()
        if gone:
            # Safe to be done by two at once: only what still has the dead one's name goes back.
            back = DBOS._recover_pending_workflows(sorted(gone))  # noqa: SLF001 - no public name
            logger.info("put %d pieces of work back on the queue", len(back))
