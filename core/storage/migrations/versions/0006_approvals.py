"""Several approvers for a message, comments, suggested edits, and accounts of sign-in services.

A copy of the tables as they were then; they stay as they are when the schema moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
KEPT = ("comments", "accounts")
"""New tables whose rows are never changed and never removed."""


def upgrade() -> None:
    """Give each decision a seat in its round, and make the new tables."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        _seats_on_sqlite()
    else:
        _seats_on_postgresql()
    _tables()
    for table in KEPT:
        if sqlite:
            _keep_on_sqlite(table)
        else:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "
                f"{table} FOR EACH STATEMENT EXECUTE FUNCTION cpo_append_only()"
            )


def _seats_on_postgresql() -> None:
    op.execute("ALTER TABLE reviews ADD COLUMN seat INTEGER NOT NULL DEFAULT 1")
    op.execute("ALTER TABLE reviews ALTER COLUMN seat DROP DEFAULT")
    op.execute("ALTER TABLE reviews DROP CONSTRAINT uq_reviews_variant_id_revision_round")
    op.create_unique_constraint(
        "uq_reviews_variant_id_revision_round_seat",
        "reviews",
        ["variant_id", "revision", "round", "seat"],
    )


def _seats_on_sqlite() -> None:
    """Copy the table: SQLite cannot drop a constraint; dropping the old one asks no trigger."""
    columns = "number, review_id, variant_id, revision, round, decision, at, payload"
    table = sa.Table(
        "reviews_with_seats",
        _metadata(),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("review_id", sa.String, nullable=False),
        sa.Column("variant_id", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("seat", sa.Integer, nullable=False),
        sa.Column("decision", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.variant_id"], name="fk_reviews_variant_id"
        ),
        sa.UniqueConstraint("review_id", name="uq_reviews_review_id"),
        sa.UniqueConstraint(
            "variant_id",
            "revision",
            "round",
            "seat",
            name="uq_reviews_variant_id_revision_round_seat",
        ),
    )
    table.create(op.get_bind())
    op.execute(f"INSERT INTO reviews_with_seats ({columns}, seat) SELECT {columns}, 1 FROM reviews")
    op.execute("DROP TABLE reviews")
    op.execute("ALTER TABLE reviews_with_seats RENAME TO reviews")
    op.create_index("ix_reviews_variant_id", "reviews", ["variant_id"])
    _keep_on_sqlite("reviews")


def _keep_on_sqlite(table: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _tables() -> None:
    metadata = _metadata()
    made = [
        sa.Table(
            "comments",
            metadata,
            sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("comment_id", sa.String, nullable=False, unique=True),
            _variant(),
            sa.Column("revision", sa.Integer, nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("payload", sa.JSON, nullable=False),
        ),
        sa.Table(
            "suggestions",
            metadata,
            sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("suggestion_id", sa.String, nullable=False, unique=True),
            _variant(),
            sa.Column("revision", sa.Integer, nullable=False),
            sa.Column("state", sa.String, nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("payload", sa.JSON, nullable=False),
        ),
        sa.Table(
            "accounts",
            metadata,
            sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("issuer", sa.String, nullable=False),
            sa.Column("subject", sa.String, nullable=False),
            sa.Column("person_number", sa.Integer, nullable=False, index=True),
            sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("linked_by", sa.String, nullable=False),
            sa.UniqueConstraint("issuer", "subject"),
        ),
        sa.Table(
            "people_seen",
            metadata,
            sa.Column("person_number", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        ),
    ]
    metadata.create_all(op.get_bind(), tables=made, checkfirst=False)


def _metadata() -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=NAMES)
    # Only named here, so that the new tables can point at it.
    sa.Table("variants", metadata, sa.Column("variant_id", sa.String, primary_key=True))
    return metadata


def _variant() -> sa.Column[str]:
    return sa.Column(
        "variant_id", sa.String, sa.ForeignKey("variants.variant_id"), nullable=False, index=True
    )
