"""Which processes carry out runs, and who asks which question: what several workers need.

A copy of the tables as they were then; it stays as it is when the schema moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of workers; each question may be open once."""
    op.create_table(
        "workers",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("worker_id", sa.String, nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_workers"),
        sa.UniqueConstraint("worker_id", name="uq_workers_worker_id"),
    )
    op.add_column(
        "model_calls", sa.Column("worker", sa.String, nullable=False, server_default="local")
    )
    # A process of before that died may have left a question open more than once.
    op.execute(
        "UPDATE model_calls SET outcome = 'lost' WHERE outcome = 'open' AND number NOT IN ("
        "SELECT max(number) FROM model_calls WHERE outcome = 'open' "
        "GROUP BY run_id, variant_id, question, prompt_sha256)"
    )
    only_open = sa.text("outcome = 'open'")
    op.create_index(
        "uq_model_calls_open",
        "model_calls",
        ["run_id", "variant_id", "question", "prompt_sha256"],
        unique=True,
        sqlite_where=only_open,
        postgresql_where=only_open,
    )
