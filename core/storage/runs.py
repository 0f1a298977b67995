"""How far the durable runs have come; the work itself is kept by the engine that runs it."""

from datetime import datetime

from sqlalchemy import Connection, Select, Update, case, insert, select, update

from core.errors import MoveRefused, NotFound
from core.models.runs import Run, RunState
from core.storage.codec import from_row, to_row
from core.storage.database import unless_taken
from core.storage.schema import RUNS

_UNDER_WAY = [state.value for state in RunState if not state.over]


def add(tx: Connection, run: Run) -> None:
    """Record a run.

    Raises:
        MoveRefused: its id is taken.
    """
    with unless_taken(MoveRefused(f"There is already a run '{run.run_id}'.")):
        tx.execute(insert(RUNS).values(to_row(run, RUNS)))


def get(tx: Connection, run_id: str) -> Run:
    """The run with this id.

    Raises:
        NotFound: there is none; the hint names the newest.
    """
    found = _read(tx, select(RUNS).where(RUNS.c.run_id == run_id))
    if not found:
        ids = ", ".join(run.run_id for run in recent(tx, 5))
        raise NotFound("run", run_id, f"The newest are: {ids}." if ids else "Nothing has run yet.")
    return found[0]


def of_campaign(tx: Connection, campaign_id: str) -> tuple[Run, ...]:
    """All runs of a campaign, newest first."""
    return _read(tx, _newest_first().where(RUNS.c.campaign_id == campaign_id))


def recent(tx: Connection, limit: int) -> tuple[Run, ...]:
    """The last runs of the workspace, newest first."""
    return _read(tx, _newest_first().limit(limit))


def active(tx: Connection) -> tuple[Run, ...]:
    """All runs that are queued or running, newest first."""
    return _read(tx, _newest_first().where(RUNS.c.state.in_(_UNDER_WAY)))


def progress(tx: Connection, run_id: str, done: int) -> Run:
    """The run, running, with at least this much done; unchanged when it is over.

    Raises:
        NotFound: there is no such run.
    """
    # A resumed run counts again from the start; what people see does not go back.
    more = case((RUNS.c.done < done, done), else_=RUNS.c.done)
    tx.execute(_under_way(run_id).values(done=more, state=RunState.RUNNING.value))
    return get(tx, run_id)


def count(tx: Connection, run_id: str, done: int) -> None:
    """Record how much is done, of a run that is over too: what was begun was written after all."""
    more = case((RUNS.c.done < done, done), else_=RUNS.c.done)
    tx.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(done=more))


def finish(tx: Connection, run_id: str, state: RunState, problem: str, at: datetime) -> Run:
    """The run, over; the first end counts, so a run that was cancelled stays cancelled.

    Raises:
        MoveRefused: the state is not an end.
        NotFound: there is no such run.
    """
    if not state.over:
        raise MoveRefused(f"A run cannot end as '{state}'; it ends done, failed or cancelled.")
    tx.execute(_under_way(run_id).values(state=state.value, problem=problem, finished_at=at))
    return get(tx, run_id)


def _under_way(run_id: str) -> Update:
    return update(RUNS).where(RUNS.c.run_id == run_id, RUNS.c.state.in_(_UNDER_WAY))


def _newest_first() -> Select[tuple[object, ...]]:
    return select(RUNS).order_by(RUNS.c.number.desc())


def _read(tx: Connection, wanted: Select[tuple[object, ...]]) -> tuple[Run, ...]:
    return tuple(from_row(Run, row) for row in tx.execute(wanted).mappings())
