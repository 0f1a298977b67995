"""The processes that carry out runs on one database: who is there, and a count that goes on.

No clock of another machine is trusted: a worker is at work while its count goes on, as somebody
else measures by a clock of their own.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from core.storage.schema import WORKERS

_C = WORKERS.c


def join(tx: Connection, worker_id: str, place: str, at: datetime) -> None:
    """Record a worker; `place` says to people where it runs."""
    row = {"worker_id": worker_id, "place": place, "joined_at": at, "beat": 0}
    tx.execute(insert(WORKERS).values(row))


def beat(tx: Connection, worker_id: str) -> bool:
    """Count on; False when the worker is not recorded any more: others took it for dead."""
    counted = update(WORKERS).where(_C.worker_id == worker_id).values(beat=_C.beat + 1)
    return bool(tx.execute(counted).rowcount)


def beats(tx: Connection) -> dict[str, int]:
    """Every worker with its count."""
    rows = tx.execute(select(_C.worker_id, _C.beat).order_by(_C.number))
    return {row[0]: int(row[1]) for row in rows}


def places(tx: Connection) -> tuple[str, ...]:
    """Where the workers run, those that joined first before the others."""
    return tuple(tx.execute(select(_C.place).order_by(_C.number)).scalars())


def present(tx: Connection, worker_id: str) -> bool:
    """Whether the worker is recorded."""
    wanted = select(_C.number).where(_C.worker_id == worker_id)
    return tx.execute(wanted).scalar_one_or_none() is not None


def forget(tx: Connection, worker_id: str, *, last_beat: int | None = None) -> bool:
    """Take a worker out, with `last_beat` only while its count stands there; whether it was."""
    gone = delete(WORKERS).where(_C.worker_id == worker_id)
    if last_beat is not None:
        gone = gone.where(_C.beat == last_beat)
    return bool(tx.execute(gone).rowcount)
