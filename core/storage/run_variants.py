"""The messages of each run, and how each ended."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from core.models.runs import Outcome, RunReport, RunVariant, Usage
from core.storage import model_calls, runs
from core.storage.schema import RUN_VARIANTS

_C = RUN_VARIANTS.c


def add(tx: Connection, run_id: str, variant_ids: Iterable[str]) -> None:
    """Record the messages that a run is to write, in their order."""
    rows = [
        {"run_id": run_id, "variant_id": name, "outcome": Outcome.WAITING.value, "problem": ""}
        for name in variant_ids
    ]
    if rows:
        tx.execute(insert(RUN_VARIANTS), rows)


def end(tx: Connection, run_id: str, ended: RunVariant) -> int:
    """Record how a message ended; how many of the run have. The first end counts.

    A message that was left, because its run was stopped, may have been under way and end after all.
    """
    waiting = update(RUN_VARIANTS).where(
        _C.run_id == run_id,
        _C.variant_id == ended.variant_id,
        _C.outcome.in_([Outcome.WAITING.value, Outcome.LEFT.value]),
    )
    tx.execute(
        waiting.values(
            outcome=ended.outcome.value,
            seconds=ended.seconds,
            ended_at=ended.ended_at,
            problem=ended.problem,
        )
    )
    over = _C.outcome.in_([Outcome.WRITTEN.value, Outcome.FAILED.value])
    counted = select(func.count()).select_from(RUN_VARIANTS).where(_C.run_id == run_id, over)
    return int(tx.execute(counted).scalar_one())


def leave(tx: Connection, run_id: str, problem: str, at: datetime) -> int:
    """Record why every message still waiting stays as it is; how many there are."""
    waiting = update(RUN_VARIANTS).where(_C.run_id == run_id, _C.outcome == Outcome.WAITING.value)
    values = {"outcome": Outcome.LEFT.value, "problem": problem, "ended_at": at}
    return int(tx.execute(waiting.values(values)).rowcount)


def report(tx: Connection, run_id: str) -> RunReport:
    """A run with its messages and what they used; raises NotFound."""
    run = runs.get(tx, run_id)
    used = model_calls.usage_by_variant(tx, run_id)
    rows = tx.execute(select(RUN_VARIANTS).where(_C.run_id == run_id).order_by(_C.number))
    every = tuple(
        RunVariant(
            row["variant_id"],
            Outcome(row["outcome"]),
            row["seconds"],
            row["ended_at"],
            row["problem"],
            used.get(row["variant_id"], Usage()),
        )
        for row in rows.mappings()
    )
    return RunReport(run, every, model_calls.usage(tx, run_id))
