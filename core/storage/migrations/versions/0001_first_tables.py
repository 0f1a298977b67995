"""The first tables: everything from people to the audit trail.

A copy of the schema as it was then; it stays as it is when the schema moves on.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEPT = ("audit", "reviews", "variant_revisions", "variant_moves", "result_decisions")
"""Tables whose rows are never changed and never removed."""

TABLES = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def upgrade() -> None:
    """Make every table, and the triggers that keep history as it was."""
    connection = op.get_bind()
    TABLES.create_all(connection, checkfirst=False)
    if connection.dialect.name == "sqlite":
        _keep_on_sqlite()
    else:
        _keep_on_postgresql()


def _keep_on_sqlite() -> None:
    for table in KEPT:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        "CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head "
        "BEGIN SELECT RAISE(ABORT, 'audit_head is kept'); END"
    )
    # INSERT OR REPLACE removes the old row without asking the trigger on DELETE.
    op.execute(
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "
        "WHEN NEW.sequence <= (SELECT max(sequence) FROM audit) "
        "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
    )


def _keep_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION cpo_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION cpo_append_only()"
        )
    op.execute(
        "CREATE TRIGGER audit_head_kept BEFORE DELETE OR TRUNCATE ON audit_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION cpo_append_only()"
    )


def _number() -> sa.Column[int]:
    return sa.Column("number", sa.Integer, primary_key=True, autoincrement=True)


def _text(name: str, *, index: bool = False, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False, index=index, unique=unique)


def _of(name: str, target: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, sa.ForeignKey(target), nullable=False, index=True)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _payload() -> sa.Column[object]:
    return sa.Column("payload", sa.JSON, nullable=False)


sa.Table(
    "people",
    TABLES,
    _number(),
    _text("name", unique=True),
    sa.Column("verified", sa.Boolean, nullable=False),
    _moment("added_at"),
    _payload(),
)

sa.Table(
    "datasets",
    TABLES,
    _number(),
    _text("dataset_id", unique=True),
    _text("name"),
    _text("sha256", index=True),
    _whole("rows"),
    _moment("created_at"),
    _payload(),
)

sa.Table(
    "segmentations",
    TABLES,
    _number(),
    _text("segmentation_id", unique=True),
    _of("dataset_id", "datasets.dataset_id"),
    _text("method"),
    _moment("created_at"),
    _payload(),
)

sa.Table(
    "documents",
    TABLES,
    _number(),
    _text("document_id"),
    _whole("version"),
    _text("title"),
    _text("status"),
    _text("status_reason"),
    _text("sha256"),
    _moment("added_at"),
    _payload(),
    sa.UniqueConstraint("document_id", "version"),
)

sa.Table(
    "campaigns",
    TABLES,
    _number(),
    _text("campaign_id", unique=True),
    _of("dataset_id", "datasets.dataset_id"),
    _of("segmentation_id", "segmentations.segmentation_id"),
    _text("state"),
    _whole("revision"),
    _moment("created_at"),
    _payload(),
)

sa.Table(
    "variants",
    TABLES,
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

sa.Table(
    "variant_revisions",
    TABLES,
    _number(),
    _of("variant_id", "variants.variant_id"),
    _whole("revision"),
    _payload(),
    sa.UniqueConstraint("variant_id", "revision"),
)

sa.Table(
    "variant_moves",
    TABLES,
    _number(),
    _of("variant_id", "variants.variant_id"),
    _whole("revision"),
    _text("state"),
    _moment("at"),
    _payload(),
)

sa.Table(
    "reviews",
    TABLES,
    _number(),
    _text("review_id", unique=True),
    _of("variant_id", "variants.variant_id"),
    _whole("revision"),
    _whole("round"),
    _text("decision"),
    _moment("at"),
    _payload(),
    sa.UniqueConstraint("variant_id", "revision", "round"),
)

sa.Table(
    "experiments",
    TABLES,
    sa.Column("campaign_id", sa.String, sa.ForeignKey("campaigns.campaign_id"), primary_key=True),
    _moment("locked_at"),
    _payload(),
)

sa.Table(
    "exports",
    TABLES,
    _number(),
    _of("campaign_id", "campaigns.campaign_id"),
    _text("profile"),
    _moment("exported_at"),
    _payload(),
)

sa.Table(
    "result_decisions",
    TABLES,
    _number(),
    _of("campaign_id", "campaigns.campaign_id"),
    _moment("at"),
    _payload(),
)

sa.Table(
    "outcomes",
    TABLES,
    _number(),
    _of("campaign_id", "campaigns.campaign_id"),
    _text("content_sha256"),
    _moment("imported_at"),
    _payload(),
    sa.UniqueConstraint("campaign_id", "content_sha256"),
)

sa.Table(
    "runs",
    TABLES,
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

sa.Table(
    "workspace_settings",
    TABLES,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

sa.Table(
    "audit",
    TABLES,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    _text("at"),
    _text("actor"),
    sa.Column("verified", sa.Boolean, nullable=False),
    _text("action"),
    _text("subject"),
    sa.Column("detail", sa.Text, nullable=False),
    _text("previous"),
    _text("hash"),
    sa.Index(None, "action", "sequence"),
    sa.Index(None, "subject", "sequence"),
)

sa.Table(
    "audit_head",
    TABLES,
    sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
    _whole("sequence"),
    _text("hash"),
)
