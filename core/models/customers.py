"""Customers as the product sees them: a dataset (never its rows), and segments of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.models.segment_models import ClusterModel, RfmModel
from core.models.segment_quality import Quality

EVERYONE = "everyone"
EVERYONE_NAME = "Everyone"


class ColumnRole(StrEnum):
    """What a column of a customer file is for.

    A covariate is a number measured before the send; like an attribute it may be used in rules.
    Where a permission came from and when are kept beside it. What is ignored is not kept.
    """

    ID = "id"
    ATTRIBUTE = "attribute"
    COVARIATE = "covariate"
    PERMISSION = "permission"
    PERMISSION_SOURCE = "permission_source"
    PERMISSION_DATE = "permission_date"
    PERSONAL = "personal"
    IGNORED = "ignored"


class ColumnKind(StrEnum):
    """What the values of a column are."""

    NUMBER = "number"
    TEXT = "text"
    YES_NO = "yes_no"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its role, what it holds, how many values are missing, and its range as text.

    A permission is for one `channel` (email, sms, phone, post; empty where that is not said).
    What is `mentionable` may be said to a customer, and so may reach the writer.
    """

    name: str
    role: ColumnRole
    kind: ColumnKind
    missing: int = 0
    distinct: int = 0
    minimum: str | None = None
    maximum: str | None = None
    channel: str = ""
    mentionable: bool = False

    @property
    def in_rules(self) -> bool:
        """Whether a rule may speak of it."""
        return self.role in {ColumnRole.ATTRIBUTE, ColumnRole.COVARIATE}


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not kept; `line` counts from 1 with the header as line 1."""

    line: int
    reason: str
    row: str


@dataclass(frozen=True, slots=True)
class PermissionCount:
    """How many customers may be written to by one channel, as one column says.

    `source_column` and `date_column` are those that say where the permission came from and when.
    """

    column: str
    channel: str
    yes: int
    no: int
    unknown: int
    source_column: str | None = None
    date_column: str | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every row of a file: read = kept + rejected + duplicate + suppressed.

    `customers` is how many came of rows that are purchases; None: each row is a customer.
    """

    source: str
    read: int
    kept: int
    rejected: int
    duplicate: int
    suppressed: int
    without_permission: int | None = None
    rejects: tuple[RejectedRow, ...] = ()
    notes: tuple[str, ...] = ()
    permissions: tuple[PermissionCount, ...] = ()
    customers: int | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """An immutable table of customers, named by the SHA-256 of its Parquet file."""

    dataset_id: str
    name: str
    sha256: str
    rows: int
    columns: tuple[Column, ...]
    report: ImportReport
    created_at: datetime
    created_by: str

    def column(self, role: ColumnRole) -> str | None:
        """The name of the first column with this role, or None."""
        return next((c.name for c in self.columns if c.role is role), None)

    @property
    def attributes(self) -> tuple[Column, ...]:
        """The columns a rule may speak of."""
        return tuple(c for c in self.columns if c.in_rules)

    @property
    def permission(self) -> str | None:
        """The name of the column that says who may be sent an e-mail, or None."""
        return email_permission(self.columns)

    @property
    def mentionable(self) -> frozenset[str]:
        """The names of the columns that may be said to a customer."""
        return frozenset(c.name for c in self.columns if c.mentionable and c.in_rules)


def email_permission(columns: Iterable[Column]) -> str | None:
    """The permission for e-mail, or the one that names no channel; never that for another one."""
    found = {c.channel: c.name for c in columns if c.role is ColumnRole.PERMISSION}
    return found.get("email") or found.get("")


class SegmentationMethod(StrEnum):
    """How customers are put into segments."""

    RULES = "rules"
    RFM = "rfm"
    KMEANS = "kmeans"


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """One named rule; in a list the first that holds decides, an empty rule always holds.

    `about` says in words what a long rule means.
    """

    segment_id: str
    name: str
    rule: str
    words: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Trait:
    """How a segment differs from everybody in one column, in numbers and in words.

    For a number both values are means; for a category `category` is named and both are shares.
    """

    column: str
    value: float
    overall: float
    category: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A group of customers: its rule, its size, and what stands out.

    A cluster has no rule. `confidence` is the mean over its customers, None where unknown.
    """

    segment_id: str
    name: str
    rule: str
    size: int
    share: float
    reachable: int | None
    traits: tuple[Trait, ...] = ()
    words: tuple[str, ...] = ()
    about: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Segmentation:
    """One version of a dataset's segments, together holding every customer exactly once.

    Beside them stands `everyone`, all of these customers: no segment that somebody makes, but
    the readers of the one message that a group of everyone gets. Its id and name are reserved.
    `clusters` or `rfm` is what the method has learnt; `quality` is None until it was measured.
    """

    segmentation_id: str
    dataset_id: str
    method: SegmentationMethod
    segments: tuple[Segment, ...]
    created_at: datetime
    created_by: str
    notes: tuple[str, ...] = ()
    clusters: ClusterModel | None = None
    rfm: RfmModel | None = None
    quality: Quality | None = None

    @property
    def everyone(self) -> Segment:
        """All customers as one segment, of which nothing is known but how many they are."""
        reachable = [s.reachable for s in self.segments if s.reachable is not None]
        return Segment(
            segment_id=EVERYONE,
            name=EVERYONE_NAME,
            rule="",
            size=sum(s.size for s in self.segments),
            share=1.0,
            reachable=sum(reachable) if reachable else None,
        )

    def segment(self, segment_id: str) -> Segment:
        """The segment with this id, or everyone; raises KeyError when there is none."""
        return {s.segment_id: s for s in (*self.segments, self.everyone)}[segment_id]


@dataclass(frozen=True, slots=True)
class Truth:
    """For how many customers a statement is true, false, or cannot be known."""

    true: int
    false: int
    unknown: int

    @property
    def always(self) -> bool:
        """Whether it is true for every one of at least one customer."""
        return self.true > 0 and self.false == 0 and self.unknown == 0
