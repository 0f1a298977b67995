"""What was looked for in the library, and found.

A copy of the table as it was then; it stays as it is when the schema moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; a row of it is never changed."""
    op.create_table(
        "retrievals",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("retrieval_id", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("variant_id", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("segment_id", sa.String, nullable=False),
        sa.Column("query", sa.String, nullable=False),
        sa.Column("engine", sa.String, nullable=False),
        sa.Column("milliseconds", sa.Float, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_retrievals"),
        sa.UniqueConstraint("retrieval_id", name="uq_retrievals_retrieval_id"),
    )
    op.create_index("ix_retrievals_variant_id", "retrievals", ["variant_id"])
