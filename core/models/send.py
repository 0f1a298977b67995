"""The locked experiment: its arms, its plan, and what was handed over."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from core.models.outcome_events import EventsTaken
from core.models.suppression import LeftOut


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """One arm and its share of each segment.

    `tone` is None for the customers not contacted; `everyone` marks the arm in which all
    segments get one and the same message.
    """

    name: str
    weight: float
    tone: str | None
    everyone: bool = False


class ReadingMethod(StrEnum):
    """How often the result of a send is read, and by which bounds."""

    ONCE = "once"
    IN_STAGES = "in stages"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class DecisionCard:
    """How the result will be judged, fixed before anything is sent.

    Outcomes count for `outcome_days` after the send; a result that is read once is read then.
    """

    primary_metric: str
    other_metrics: tuple[str, ...]
    guardrails: tuple[str, ...]
    smallest_effect: float
    alpha: float
    control: str
    hypothesis: str
    method: ReadingMethod = ReadingMethod.ONCE
    outcome_days: int = 14


@dataclass(frozen=True, slots=True)
class ArmCount:
    """How many customers of one segment are in one arm."""

    segment_id: str
    segment: str
    arm: str
    customers: int


@dataclass(frozen=True, slots=True)
class Excluded:
    """How many customers were left out before assignment, and why."""

    reason: str
    customers: int


@dataclass(frozen=True, slots=True)
class Experiment:
    """A locked experiment; anybody can recompute the arms from the ids and the salt."""

    campaign_id: str
    salt: str
    arms: tuple[ArmPlan, ...]
    card: DecisionCard
    counts: tuple[ArmCount, ...]
    excluded: tuple[Excluded, ...]
    assignments_sha256: str
    locked_at: datetime
    locked_by: str

    @property
    def customers(self) -> int:
        """Everybody assigned, the not contacted included."""
        return sum(c.customers for c in self.counts)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist before a send; one that is `advisory` stops nobody."""

    name: str
    passed: bool
    explanation: str
    advisory: bool = False

    @property
    def blocks(self) -> bool:
        """Whether nothing can be prepared because of it."""
        return not self.passed and not self.advisory


@dataclass(frozen=True, slots=True)
class Export:
    """What was written for a sender.

    `left_out` are the assigned customers who get no line: suppressed since the preparation, or
    without an address of their own where the sender finds people by it.
    """

    campaign_id: str
    profile: str
    folder: Path
    files: tuple[str, ...]
    recipients: int
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class OutcomesImport:
    """What an outcomes file brought: rows matched to assigned customers, or already known.

    `others` are rows of customers who are not in the test; they were left out. Those of who was
    erased on request, or never assigned because they are left out, are `passed_over`. `events`
    says more where a row is an event.
    """

    campaign_id: str
    source: str
    rows: int
    matched: int
    repeated: bool
    simulated: bool
    others: int = 0
    events: EventsTaken | None = None
    passed_over: int = 0


@dataclass(frozen=True, slots=True)
class ResultDecision:
    """What somebody decided after reading the results; may differ from the conclusion.

    A `preliminary` one was recorded before the day that was fixed for reading.
    """

    campaign_id: str
    decision: str
    conclusion: str
    reason: str
    by: str
    verified: bool
    at: datetime
    preliminary: bool = False
