"""Durable runs: long work that survives a crash, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self in {RunState.DONE, RunState.FAILED, RunState.CANCELLED}


@dataclass(frozen=True, slots=True)
class Run:
    """One run: `done` of `total` variants are written and screened."""

    run_id: str
    campaign_id: str
    kind: str
    state: RunState
    done: int
    total: int
    started_by: str
    created_at: datetime
    finished_at: datetime | None
    problem: str = ""
