"""The tables of the workspace's state, in words that SQLite and PostgreSQL share.

A noun's fields that are looked up or compared have a column; the rest is in `payload`
(`core.storage.codec`). `number` counts rows as they came, so "newest first" never ties.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from core.storage.codec import utc

HEAD = "0002"
"""The version of the schema this code reads and writes."""

VERSION_TABLE = "alembic_version_cpo"
"""Where a database says which version it has; other products may share the file."""

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A moment: stored in UTC, returned with its zone, refused without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC; SQLite keeps no zone, so it is left out there."""
        if value is None:
            return None
        return utc(value).replace(tzinfo=None) if dialect.name == "sqlite" else utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def _number() -> Column[int]:
    return Column("number", Integer, primary_key=True, autoincrement=True)


def _text(name: str, *, index: bool = False, unique: bool = False) -> Column[str]:
    return Column(name, String, nullable=False, index=index, unique=unique)


def _of(name: str, target: str) -> Column[str]:
    return Column(name, String, ForeignKey(target), nullable=False, index=True)


def _whole(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, Moment, nullable=nullable)


def _payload() -> Column[object]:
    return Column("payload", JSON, nullable=False)


PEOPLE = Table(
    "people",
    METADATA,
    _number(),
    _text("name", unique=True),
    Column("verified", Boolean, nullable=False),
    _moment("added_at"),
    _payload(),
)

DATASETS = Table(
    "datasets",
    METADATA,
    _number(),
    _text("dataset_id", unique=True),
    _text("name"),
    _text("sha256", index=True),
    _whole("rows"),
    _moment("created_at"),
    _payload(),
)

SEGMENTATIONS = Table(
    "segmentations",
    METADATA,
    _number(),
    _text("segmentation_id", unique=True),
    _of("dataset_id", "datasets.dataset_id"),
    _text("method"),
    _moment("created_at"),
    _payload(),
)

DOCUMENTS = Table(
    "documents",
    METADATA,
    _number(),
    _text("document_id"),
    _whole("version"),
    _text("title"),
    _text("status"),
    _text("status_reason"),
    _text("sha256"),
    _moment("added_at"),
    _payload(),
    UniqueConstraint("document_id", "version"),
)

CAMPAIGNS = Table(
    "campaigns",
    METADATA,
    _number(),
    _text("campaign_id", unique=True),
    _of("dataset_id", "datasets.dataset_id"),
    _of("segmentation_id", "segmentations.segmentation_id"),
    _text("state"),
    _whole("revision"),
    _moment("created_at"),
    _payload(),
)

VARIANTS = Table(
    "variants",
    METADATA,
    _number(),
    _text("variant_id", unique=True),
    _of("campaign_id", "campaigns.campaign_id"),
    _text("segment_id"),
    _text("tone"),
    _whole("revision"),
    _text("state", index=True),
    _moment("updated_at"),
    _payload(),
)

VARIANT_REVISIONS = Table(
    "variant_revisions",
    METADATA,
    _number(),
    _of("variant_id", "variants.variant_id"),
    _whole("revision"),
    _payload(),
    UniqueConstraint("variant_id", "revision"),
)

VARIANT_MOVES = Table(
    "variant_moves",
    METADATA,
    _number(),
    _of("variant_id", "variants.variant_id"),
    _whole("revision"),
    _text("state"),
    _moment("at"),
    _payload(),
)

REVIEWS = Table(
    "reviews",
    METADATA,
    _number(),
    _text("review_id", unique=True),
    _of("variant_id", "variants.variant_id"),
    _whole("revision"),
    # How often this revision has stood in the queue: a voided approval may be renewed.
    _whole("round"),
    _text("decision"),
    _moment("at"),
    _payload(),
    UniqueConstraint("variant_id", "revision", "round"),
)

EXPERIMENTS = Table(
    "experiments",
    METADATA,
    Column("campaign_id", String, ForeignKey("campaigns.campaign_id"), primary_key=True),
    _moment("locked_at"),
    _payload(),
)

EXPORTS = Table(
    "exports",
    METADATA,
    _number(),
    _of("campaign_id", "campaigns.campaign_id"),
    _text("profile"),
    _moment("exported_at"),
    _payload(),
)

RESULT_DECISIONS = Table(
    "result_decisions",
    METADATA,
    _number(),
    _of("campaign_id", "campaigns.campaign_id"),
    _moment("at"),
    _payload(),
)

OUTCOMES = Table(
    "outcomes",
    METADATA,
    _number(),
    _of("campaign_id", "campaigns.campaign_id"),
    _text("content_sha256"),
    _moment("imported_at"),
    _payload(),
    UniqueConstraint("campaign_id", "content_sha256"),
)

RUNS = Table(
    "runs",
    METADATA,
    _number(),
    _text("run_id", unique=True),
    _text("campaign_id", index=True),
    _text("kind"),
    _text("state", index=True),
    _whole("done"),
    _whole("total"),
    _text("started_by"),
    _moment("created_at"),
    _moment("finished_at", nullable=True),
    _text("problem"),
)

WORKSPACE_SETTINGS = Table(
    "workspace_settings",
    METADATA,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)

# Who asked to be left out: a hash of the id with a secret of the workspace, never the id.
SUPPRESSIONS = Table(
    "suppressions",
    METADATA,
    _number(),
    _text("token", unique=True),
    _text("reason"),
    _moment("added_at"),
    _text("added_by"),
)

# Times are text here: the hash covers exactly what is stored.
AUDIT = Table(
    "audit",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    _text("at"),
    _text("actor"),
    Column("verified", Boolean, nullable=False),
    _text("action"),
    _text("subject"),
    Column("detail", Text, nullable=False),
    _text("previous"),
    _text("hash"),
    Index(None, "action", "sequence"),
    Index(None, "subject", "sequence"),
)

# The last entry, kept apart, so that a cut-off end of the trail is seen.
AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("only", Integer, primary_key=True, autoincrement=False),
    _whole("sequence"),
    _text("hash"),
)
