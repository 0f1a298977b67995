"""The journal of paid calls: what each may cost is held before it, its answer kept after it.

An answer that is here is never asked for again. What counts against the budget of a run is, for
a call under way or one whose answer never came, the most it can cost; else what was billed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, insert, select, update

from core.models.runs import ALONE, Question, Usage
from core.storage.schema import MODEL_CALLS, WORKERS

_C = MODEL_CALLS.c
_BILLION = 1_000_000_000


class CallOutcome(StrEnum):
    """How a request ended; `open` also stands when the process died before it could say."""

    OPEN = "open"
    ANSWERED = "answered"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Held:
    """What stands against the budget of a run, in dollars: settled, and of calls under way."""

    settled_usd: float
    open_usd: float


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a request ended and what it was billed, None when nobody knows."""

    outcome: CallOutcome
    billed_usd: float | None
    tokens_input: int = 0
    tokens_output: int = 0
    answer: Mapping[str, object] | None = None


def answer(tx: Connection, question: Question) -> Mapping[str, object] | None:
    """The answer that was paid for, None when the question has not been answered."""
    wanted = select(_C.payload).where(*_same(question), _C.outcome == CallOutcome.ANSWERED.value)
    found: Mapping[str, object] | None = tx.execute(wanted.limit(1)).scalar_one_or_none()
    return found


def held(tx: Connection, run_id: str, *, alive_since: datetime) -> Held:
    """What counts against the budget; calls asked before `alive_since` cannot be under way."""
    under_way = (_C.outcome == CallOutcome.OPEN.value) & (_C.asked_at >= alive_since)
    of_open = func.coalesce(func.sum(case((under_way, _C.counted_nano_usd), else_=0)), 0)
    of_all = func.coalesce(func.sum(_C.counted_nano_usd), 0)
    row = tx.execute(select(of_open, of_all).where(_C.run_id == run_id)).one()
    return Held((int(row[1]) - int(row[0])) / _BILLION, int(row[0]) / _BILLION)


def last_question(tx: Connection, run_id: str) -> int:
    """The highest number of a question that was held under this name; 0 while there is none."""
    wanted = select(func.coalesce(func.max(_C.question), 0)).where(_C.run_id == run_id)
    return int(tx.execute(wanted).scalar_one())


def asked_by_another(tx: Connection, question: Question, worker: str) -> bool:
    """Whether another worker that is alive waits for the answer to this question."""
    asking = select(_C.number).join(WORKERS, WORKERS.c.worker_id == _C.worker)
    others = asking.where(
        *_same(question), _C.outcome == CallOutcome.OPEN.value, _C.worker != worker
    )
    return tx.execute(others.limit(1)).first() is not None


def hold(
    tx: Connection, question: Question, most_usd: float, at: datetime, *, worker: str = ALONE
) -> int:
    """Record a call before it is made; its number. An earlier one left open is lost."""
    lost = update(MODEL_CALLS).where(*_same(question), _C.outcome == CallOutcome.OPEN.value)
    tx.execute(lost.values(outcome=CallOutcome.LOST.value, ended_at=at))
    row = {
        "run_id": question.run_id,
        "variant_id": question.variant_id,
        "question": question.number,
        "prompt_sha256": question.prompt_sha256,
        "outcome": CallOutcome.OPEN.value,
        "asked_at": at,
        "tokens_input": 0,
        "tokens_output": 0,
        "counted_nano_usd": _nano(most_usd),
        "worker": worker,
        "payload": {},
    }
    key = tx.execute(insert(MODEL_CALLS).values(row)).inserted_primary_key
    return int(key[0]) if key else 0


def settle(tx: Connection, number: int, settlement: Settlement, at: datetime) -> None:
    """Record how a call ended; what is not known to be billed goes on counting at its most."""
    billed = None if settlement.billed_usd is None else _nano(settlement.billed_usd)
    values = {
        "outcome": settlement.outcome.value,
        "ended_at": at,
        "tokens_input": settlement.tokens_input,
        "tokens_output": settlement.tokens_output,
        "billed_nano_usd": billed,
        "payload": dict(settlement.answer or {}),
    }
    if billed is not None:
        values["counted_nano_usd"] = billed
    tx.execute(update(MODEL_CALLS).where(_C.number == number).values(values))


def recover(tx: Connection, question: Question, settlement: Settlement, at: datetime) -> None:
    """Settle the call that a killed process left open, with the answer it had kept elsewhere."""
    unsettled = [CallOutcome.OPEN.value, CallOutcome.LOST.value]
    wanted = select(func.max(_C.number)).where(*_same(question), _C.outcome.in_(unsettled))
    number = tx.execute(wanted).scalar_one_or_none()
    if number is not None:
        settle(tx, int(number), settlement, at)


def usage(tx: Connection, run_id: str) -> Usage:
    """What a run has used of paid engines, all its messages together."""
    rows = tx.execute(_usage().where(_C.run_id == run_id)).all()
    return _read_usage(rows[0]) if rows and rows[0][0] else Usage()


def usage_since(tx: Connection, since: datetime) -> Usage:
    """What all runs have used of paid engines since a moment."""
    rows = tx.execute(_usage().where(_C.asked_at >= since)).all()
    return _read_usage(rows[0]) if rows and rows[0][0] else Usage()


def usage_by_variant(tx: Connection, run_id: str) -> dict[str, Usage]:
    """The same for each of its messages that has used any."""
    wanted = _usage().add_columns(_C.variant_id).where(_C.run_id == run_id).group_by(_C.variant_id)
    return {row[-1]: _read_usage(row) for row in tx.execute(wanted)}


def _usage() -> Select[tuple[object, ...]]:
    answered = _C.outcome == CallOutcome.ANSWERED.value
    unbilled = _C.billed_nano_usd.is_(None)
    return select(
        func.count(),
        func.sum(_C.tokens_input),
        func.sum(_C.tokens_output),
        func.sum(func.coalesce(_C.billed_nano_usd, 0)),
        func.sum(case((answered & unbilled, 1), else_=0)),
        func.sum(case((~answered & unbilled, 1), else_=0)),
        func.sum(case((~answered & unbilled, _C.counted_nano_usd), else_=0)),
    )


def _read_usage(row: Row[Any]) -> Usage:
    counts = [int(value or 0) for value in row[:7]]
    calls, read, written, billed, unknown, unanswered, possible = counts
    cost = None if unknown else billed / _BILLION
    return Usage(calls, read, written, cost, unanswered, possible / _BILLION)


def _same(question: Question) -> tuple[ColumnElement[bool], ...]:
    return (
        _C.run_id == question.run_id,
        _C.variant_id == question.variant_id,
        _C.question == question.number,
        _C.prompt_sha256 == question.prompt_sha256,
    )


def _nano(usd: float) -> int:
    return round(usd * _BILLION)
