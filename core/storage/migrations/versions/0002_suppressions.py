"""The list of people to leave out: tokens, never ids.

A copy of the table as it was then; it stays as it is when the schema moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; a row of it is never changed."""
    op.create_table(
        "suppressions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_suppressions"),
        sa.UniqueConstraint("token", name="uq_suppressions_token"),
    )
