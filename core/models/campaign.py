"""A campaign: the brief somebody wrote, and how far it has come."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

NOT_CONTACTED, CONTROL_MESSAGE = "Not contacted", "Control message"
"""The two controls a test may have, as people read them: no message, or one that a person wrote."""


class Tone(StrEnum):
    """How a message speaks; each tone of a campaign is one arm of its experiment.

    `CONTROL` is the voice of the person who wrote the control message; no engine writes in it.
    """

    URGENT = "urgent"
    INFORMATIONAL = "informational"
    FRIENDLY = "friendly"
    CONTROL = "control"


TONES = (Tone.URGENT, Tone.INFORMATIONAL, Tone.FRIENDLY)
"""The tones an engine writes in."""


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
    can know whether messages by segment are worth their trouble. With `control_message` those of
    the `holdout` get one message that a person wrote, and everything is compared with it.

    The result is read `outcome_days` after the send, once; a send `in_stages` is read again and
    again, by bounds that allow for it. `may_overlap` lets customers of other running tests in.
    What the offer gives stands in the record of its document; a brief that says `code`, `price` or
    `until` itself must say the same. The `url` of the button must stand in approved content.
    `cost_cap_usd` is the budget of a run that writes its messages, None for the usual one.

    `audience` is a rule: of every group only those of whom it is true get the campaign, and
    nobody else is assigned. What messages say of their readers is counted on `planned_send`,
    None for today.
    """

    name: str
    goal: str
    tones: tuple[Tone, ...] = TONES
    offer_document_id: str | None = None
    code: str | None = None
    price: str | None = None
    until: date | None = None
    url: str | None = None
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
    control_message: bool = False
    cost_cap_usd: float | None = None
    audience: str = ""
    planned_send: date | None = None


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
    control: str = NOT_CONTACTED
    imported_arms: tuple[ImportedArm, ...] = ()

    @property
    def name(self) -> str:
        """The name people see."""
        return self.brief.name

    @property
    def imported(self) -> bool:
        """Whether this mailing was made elsewhere."""
        return bool(self.imported_arms)
