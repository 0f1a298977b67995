"""Durable runs: long work that survives a crash, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ALONE = "local"
"""The worker of a workspace where only one process carries out runs."""


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    CAPPED = "capped"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self not in {RunState.QUEUED, RunState.RUNNING}


@dataclass(frozen=True, slots=True)
class Run:
    """One run: `done` of `total` variants are written and screened.

    `cost_cap_usd` is its budget for engines that are paid by use, None for no limit.
    """

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
    cost_cap_usd: float | None = None


class Outcome(StrEnum):
    """What a run has made of one of its messages."""

    WAITING = "waiting"
    WRITTEN = "written"
    FAILED = "failed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Usage:
    """What engines that are paid by use were asked for.

    `cost_usd` is None when a price is not known; `unanswered` counts requests that may have been
    billed though no answer came, `possible_usd` what they can have cost at most.
    """

    calls: int = 0
    tokens_input: int = 0
    tokens_output: int = 0
    cost_usd: float | None = 0.0
    unanswered: int = 0
    possible_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class RunVariant:
    """One message of a run: how it ended, in how many seconds of work, at which price."""

    variant_id: str
    outcome: Outcome
    seconds: float | None
    ended_at: datetime | None
    problem: str
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run with all its messages, and what they took together."""

    run: Run
    variants: tuple[RunVariant, ...]
    usage: Usage

    @property
    def left(self) -> tuple[str, ...]:
        """The messages that stand as they stood before."""
        return tuple(v.variant_id for v in self.variants if v.outcome is Outcome.LEFT)


@dataclass(frozen=True, slots=True)
class Question:
    """What an engine is asked: for a message of a run the how-manieth time, and in which words."""

    run_id: str
    variant_id: str
    number: int
    prompt_sha256: str

    @property
    def call_id(self) -> str:
        """The same whenever the same is asked, also after a crash."""
        return f"{self.run_id}/{self.variant_id}/{self.number}/{self.prompt_sha256[:16]}"
