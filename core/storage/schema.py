"""The tables of the workspace's state, in words that SQLite and PostgreSQL share.

A noun's fields that are looked up or compared have a column; the rest is in `payload`
(`core.storage.codec`). `number` counts rows as they came, so "newest first" never ties.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from core.storage.columns import METADATA, moment, number, of, payload, text, whole
from core.storage.erasure_schema import ERASED_HASHES, ERASURES
from core.storage.policy_schema import POLICY_DECISIONS, POLICY_PROPOSALS, POLICY_VERSIONS
from core.storage.review_schema import ACCOUNTS, COMMENTS, PEOPLE_SEEN, SUGGESTIONS
from core.storage.run_schema import MODEL_CALLS, RUN_VARIANTS, RUNS, WORKERS

# The tables of another module too: whoever needs all of them looks here.
__all__ = [
    "ACCOUNTS",
    "COMMENTS",
    "ERASED_HASHES",
    "ERASURES",
    "METADATA",
    "MODEL_CALLS",
    "PEOPLE_SEEN",
    "POLICY_DECISIONS",
    "POLICY_PROPOSALS",
    "POLICY_VERSIONS",
    "RUNS",
    "RUN_VARIANTS",
    "SUGGESTIONS",
    "WORKERS",
]

HEAD = "0010"
"""The version of the schema this code reads and writes."""

VERSION_TABLE = "alembic_version_cpo"
"""Where a database says which version it has; other products may share the file."""

PEOPLE = Table(
    "people",
    METADATA,
    number(),
    text("name", unique=True),
    Column("verified", Boolean, nullable=False),
    moment("added_at"),
    payload(),
)

DATASETS = Table(
    "datasets",
    METADATA,
    number(),
    text("dataset_id", unique=True),
    text("name"),
    text("sha256", index=True),
    whole("rows"),
    moment("created_at"),
    payload(),
)

SEGMENTATIONS = Table(
    "segmentations",
    METADATA,
    number(),
    text("segmentation_id", unique=True),
    of("dataset_id", "datasets.dataset_id"),
    text("method"),
    moment("created_at"),
    payload(),
)

DOCUMENTS = Table(
    "documents",
    METADATA,
    number(),
    text("document_id"),
    whole("version"),
    text("title"),
    text("status"),
    text("status_reason"),
    text("sha256"),
    moment("added_at"),
    payload(),
    UniqueConstraint("document_id", "version"),
)

CAMPAIGNS = Table(
    "campaigns",
    METADATA,
    number(),
    text("campaign_id", unique=True),
    of("dataset_id", "datasets.dataset_id"),
    of("segmentation_id", "segmentations.segmentation_id"),
    text("state"),
    whole("revision"),
    moment("created_at"),
    payload(),
)

VARIANTS = Table(
    "variants",
    METADATA,
    number(),
    text("variant_id", unique=True),
    of("campaign_id", "campaigns.campaign_id"),
    text("segment_id"),
    text("tone"),
    whole("revision"),
    text("state", index=True),
    moment("updated_at"),
    payload(),
)

VARIANT_REVISIONS = Table(
    "variant_revisions",
    METADATA,
    number(),
    of("variant_id", "variants.variant_id"),
    whole("revision"),
    payload(),
    UniqueConstraint("variant_id", "revision"),
)

VARIANT_MOVES = Table(
    "variant_moves",
    METADATA,
    number(),
    of("variant_id", "variants.variant_id"),
    whole("revision"),
    text("state"),
    moment("at"),
    payload(),
)

REVIEWS = Table(
    "reviews",
    METADATA,
    number(),
    text("review_id", unique=True),
    of("variant_id", "variants.variant_id"),
    whole("revision"),
    # How often this revision has stood in the queue: a voided approval may be renewed.
    whole("round"),
    # Which decision of that round it is: several people may have to approve.
    whole("seat"),
    text("decision"),
    moment("at"),
    payload(),
    UniqueConstraint("variant_id", "revision", "round", "seat"),
)

EXPERIMENTS = Table(
    "experiments",
    METADATA,
    Column("campaign_id", String, ForeignKey("campaigns.campaign_id"), primary_key=True),
    moment("locked_at"),
    payload(),
)

EXPORTS = Table(
    "exports",
    METADATA,
    number(),
    of("campaign_id", "campaigns.campaign_id"),
    text("profile"),
    moment("exported_at"),
    payload(),
)

# That a received mail was held against what was approved; the mail itself is never kept.
SENT_CHECKS = Table(
    "sent_checks",
    METADATA,
    number(),
    of("campaign_id", "campaigns.campaign_id"),
    of("variant_id", "variants.variant_id"),
    whole("revision"),
    text("result"),
    moment("at"),
    payload(),
)

RESULT_DECISIONS = Table(
    "result_decisions",
    METADATA,
    number(),
    of("campaign_id", "campaigns.campaign_id"),
    moment("at"),
    payload(),
)

OUTCOMES = Table(
    "outcomes",
    METADATA,
    number(),
    of("campaign_id", "campaigns.campaign_id"),
    text("content_sha256"),
    moment("imported_at"),
    payload(),
    UniqueConstraint("campaign_id", "content_sha256"),
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
    number(),
    text("token", unique=True),
    text("reason"),
    moment("added_at"),
    text("added_by"),
)

# What was looked for and found, once for each revision of a message and each search of a day.
RETRIEVALS = Table(
    "retrievals",
    METADATA,
    number(),
    text("retrieval_id", unique=True),
    moment("at"),
    text("variant_id", index=True),
    whole("revision"),
    text("segment_id"),
    text("query"),
    text("engine"),
    Column("milliseconds", Float, nullable=False),
    payload(),
)

# Times are text here: the hash covers exactly what is stored.
AUDIT = Table(
    "audit",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    text("at"),
    text("actor"),
    Column("verified", Boolean, nullable=False),
    text("action"),
    text("subject"),
    Column("detail", Text, nullable=False),
    text("previous"),
    text("hash"),
    # None where the entry is older than the signing.
    Column("mac", String, nullable=True),
    Index(None, "action", "sequence"),
    Index(None, "subject", "sequence"),
)

# The last entry, kept apart, so that a cut-off end of the trail is seen.
AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("only", Integer, primary_key=True, autoincrement=False),
    whole("sequence"),
    text("hash"),
)

# Whom a token of the audit trail stands for; a row taken out of here makes it stand for nobody.
CUSTOMER_TOKENS = Table(
    "customer_tokens",
    METADATA,
    number(),
    text("customer_id", unique=True),
    text("token", unique=True),
)
