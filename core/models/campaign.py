"""A campaign: the brief somebody wrote, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Tone(StrEnum):
    """How a message speaks; each tone of a campaign is one arm of its experiment."""

    URGENT = "urgent"
    INFORMATIONAL = "informational"
    FRIENDLY = "friendly"


class CampaignState(StrEnum):
    """How far a campaign has come."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    EXPORTED = "exported"
    FINISHED = "finished"
    STOPPED = "stopped"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Brief:
    """What a marketer asks for, and how the result will be judged.

    `smallest_effect` is relative to the control (0.1 is 10 % more); `holdout` is the share of
    customers who are not contacted; both are fixed before the send. `same_message` is the tone
    of the one message that a group of everyone gets, None for no such group: without it nobody
    can know whether messages by segment are worth their trouble.

    The result is read `outcome_days` after the send, once; a send `in_stages` is read again and
    again, by bounds that allow for it. `may_overlap` lets customers of other running tests in.
    """

    name: str
    goal: str
    tones: tuple[Tone, ...] = tuple(Tone)
    offer_document_id: str | None = None
    must_say: tuple[str, ...] = ()
    must_not_say: tuple[str, ...] = ()
    channel: str = "email"
    language: str = "en"
    words_min: int = 100
    words_max: int = 200
    hypothesis: str = ""
    primary_metric: str = "visit:proportion"
    other_metrics: tuple[str, ...] = ()
    guardrails: tuple[str, ...] = ()
    smallest_effect: float = 0.1
    holdout: float = 0.25
    baseline: float | None = None
    same_message: Tone | None = Tone.INFORMATIONAL
    outcome_days: int = 14
    in_stages: bool = False
    may_overlap: bool = False


@dataclass(frozen=True, slots=True)
class ImportedArm:
    """An arm of a mailing made elsewhere, described; its texts are not known here."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """One mailing: its brief, whom it is for, and where it stands.

    `imported_arms` is filled for a mailing that was made elsewhere and only read out here;
    such a campaign has no variants of ours. `simulated` marks every figure made from it.
    """

    campaign_id: str
    brief: Brief
    dataset_id: str
    segmentation_id: str
    state: CampaignState
    revision: int
    created_at: datetime
    created_by: str
    seed: int = 0
    simulated: bool = False
    control: str = "Not contacted"
    imported_arms: tuple[ImportedArm, ...] = ()

    @property
    def name(self) -> str:
        """The name people see."""
        return self.brief.name

    @property
    def imported(self) -> bool:
        """Whether this mailing was made elsewhere."""
        return bool(self.imported_arms)
