"""How far each message of a run has come, every call of a paid engine, and the budget of a run.

A copy of the tables as they were then; it stays as it is when the schema moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; runs of before have no budget and no messages listed."""
    op.add_column("runs", sa.Column("cost_cap_usd", sa.Float, nullable=True))
    op.create_table(
        "run_variants",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("variant_id", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("seconds", sa.Float, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_run_variants"),
        sa.UniqueConstraint("run_id", "variant_id", name="uq_run_variants_run_id_variant_id"),
    )
    op.create_table(
        "model_calls",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("variant_id", sa.String, nullable=False),
        sa.Column("question", sa.Integer, nullable=False),
        sa.Column("prompt_sha256", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tokens_input", sa.Integer, nullable=False),
        sa.Column("tokens_output", sa.Integer, nullable=False),
        sa.Column("counted_nano_usd", sa.BigInteger, nullable=False),
        sa.Column("billed_nano_usd", sa.BigInteger, nullable=True),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_model_calls"),
    )
    op.create_index("ix_model_calls_run_id_variant_id", "model_calls", ["run_id", "variant_id"])
