"""The content policy as data: its versions, proposals to change it, and decisions about them.

A copy of the tables as they were then; they stay as they are when the schema moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
KEPT = ("policy_versions", "policy_proposals", "policy_decisions")
"""Tables whose rows are never changed and never removed."""


def upgrade() -> None:
    """Make the tables, and keep their rows for good."""
    _tables()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in KEPT:
        if sqlite:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "
                f"{table} FOR EACH STATEMENT EXECUTE FUNCTION cpo_append_only()"
            )


def _tables() -> None:
    metadata = sa.MetaData(naming_convention=NAMES)
    made = [
        sa.Table(
            "policy_versions",
            metadata,
            sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("sha256", sa.String, nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("payload", sa.JSON, nullable=False),
        ),
        sa.Table(
            "policy_proposals",
            metadata,
            sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("proposal_id", sa.String, nullable=False, unique=True),
            sa.Column("base", sa.Integer, nullable=False),
            sa.Column("sha256", sa.String, nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("payload", sa.JSON, nullable=False),
        ),
        sa.Table(
            "policy_decisions",
            metadata,
            sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column(
                "proposal_id",
                sa.String,
                sa.ForeignKey("policy_proposals.proposal_id"),
                nullable=False,
                unique=True,
            ),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("payload", sa.JSON, nullable=False),
        ),
    ]
    metadata.create_all(op.get_bind(), tables=made, checkfirst=False)
