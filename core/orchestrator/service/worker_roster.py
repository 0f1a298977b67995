"""The workers of a database, recorded beside its runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.orchestrator.service.context import Context
from core.storage import workers


@dataclass(frozen=True, slots=True)
class WorkerRoster:
    """Who carries out runs; its small writes wait for nobody's."""

    context: Context

    def join(self, worker_id: str, place: str) -> None:
        """Record a worker that runs at this place."""
        with self.context.database.aside() as connection:
            workers.join(connection, worker_id, place, self.context.now())

    def beat(self, worker_id: str) -> bool:
        """Count on; False when the worker is not recorded any more."""
        with self.context.database.aside() as connection:
            return workers.beat(connection, worker_id)

    def beats(self) -> Mapping[str, int]:
        """Every worker with its count."""
        with self.context.read() as connection:
            return workers.beats(connection)

    def forget(self, worker_id: str, *, last_beat: int | None = None) -> bool:
        """Take a worker out, with `last_beat` only while its count stands there."""
        with self.context.database.aside() as connection:
            return workers.forget(connection, worker_id, last_beat=last_beat)
