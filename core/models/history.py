"""The story of one customer: what is held of them, what was decided about them, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.models.messages import Message


class Presence(StrEnum):
    """What is left of a customer here: rows, or only the mark that keeps them out."""

    KNOWN = "known"
    ERASED = "erased"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a customer, None where it is missing; `hidden` where it may not be shown."""

    column: str
    value: str | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class InDataset:
    """A data set that holds the customer: its file, when it came in, by whom, and their row."""

    dataset_id: str
    name: str
    source: str
    imported_at: datetime
    imported_by: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Distance:
    """How far the customer is from the centre of a segment, in standard deviations."""

    segment: str
    distance: float


@dataclass(frozen=True, slots=True)
class Score:
    """One of the three scores of RFM, 1 to 5, and the value it was given for."""

    axis: str
    column: str
    value: str
    score: int


@dataclass(frozen=True, slots=True)
class SegmentWhy:
    """Why a customer is in a segment: the rule or the centres, three features, the runner-up.

    `features` are at most three sentences, those that decide first. `distances` are there for
    clusters, nearest first; `scores` for RFM.
    """

    words: str
    features: tuple[str, ...]
    runner_up: str | None
    distances: tuple[Distance, ...] = ()
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True, slots=True)
class InSegment:
    """The segment of a customer in one version; `confidence` is the margin, from 0 to 1.

    `why` is None for versions that no listed campaign used and that are not the newest.
    """

    segmentation_id: str
    dataset_id: str
    method: str
    segment_id: str
    segment: str
    confidence: float
    made_at: datetime
    made_by: str
    why: SegmentWhy | None = None


@dataclass(frozen=True, slots=True)
class ArmShare:
    """The share of one arm, and the places in the order of a segment that it was given.

    Places count from 1; an arm without customers there has `last` below `first`.
    """

    arm: str
    weight: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """The arm of a customer, and what it takes to work it out again.

    Customers of a segment are ordered by SHA-256 of `salt:id`; `place` of `among` is this one's,
    counted over those who are still there, of whom `erased` are gone. `digest` is hidden (empty)
    where the id is, as salt and digest together would tell it. An arm that somebody else drew has
    no salt and cannot be worked out again; `agrees` is None then.
    """

    arm: str
    segment: str
    contacted: bool
    salt: str = ""
    digest: str = ""
    place: int = 0
    among: int = 0
    erased: int = 0
    shares: tuple[ArmShare, ...] = ()
    agrees: bool | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A message as this customer gets it; personal values in it may be hidden."""

    variant_id: str
    revision: int
    tone: str
    state: str
    message: Message
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class ClaimShown:
    """One claim of the message, and the passage of approved content that supports it, if any."""

    text: str
    kind: str
    standing: str
    document_id: str = ""
    version: int = 0
    passage: int = 0
    title: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class DecisionOnMessage:
    """What a person decided about the message, when, and whether anybody knew who they are."""

    decision: str
    by: str
    verified: bool
    at: datetime
    reason: str
    batch: bool


@dataclass(frozen=True, slots=True)
class InExport:
    """One export of the campaign, and why the customer is not in it; empty where they are."""

    at: datetime
    by: str
    profile: str
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the customer, as a sender or a shop told it."""

    kind: str
    at: str
    details: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class InCampaign:
    """One campaign on a data set that holds the customer.

    `nothing` says why they received nothing; empty where a message was handed over to a sender.
    `result` is the state of the whole campaign, which is no claim about one customer.
    """

    campaign_id: str
    name: str
    state: str
    simulated: bool
    dataset_id: str
    segmentation_id: str
    prepared_at: datetime | None
    prepared_by: str
    nothing: str
    assigned: Assigned | None = None
    received: Received | None = None
    claims: tuple[ClaimShown, ...] = ()
    decisions: tuple[DecisionOnMessage, ...] = ()
    exports: tuple[InExport, ...] = ()
    outcomes: tuple[Cell, ...] = ()
    events: tuple[Event, ...] = ()
    result: str = ""


@dataclass(frozen=True, slots=True)
class LeftOutSince:
    """That the customer is on the list of people to leave out: why, since when, put by whom."""

    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class History:
    """The whole story of one customer, masked unless `revealed`.

    `customer` is the id as it may be shown, `token` what the audit trail calls them, empty where
    it names them nowhere. Newest data sets, versions and campaigns come first.
    """

    customer: str
    presence: Presence
    revealed: bool
    made_at: datetime
    token: str = ""
    left_out: LeftOutSince | None = None
    datasets: tuple[InDataset, ...] = ()
    segments: tuple[InSegment, ...] = ()
    campaigns: tuple[InCampaign, ...] = ()
    notes: tuple[str, ...] = ()
