"""Received mails that were held against what was approved: by whom, and what came of it.

A copy of the table as it was then; it stays as it is when the schema moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sent_checks",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("campaign_id", sa.String, nullable=False),
        sa.Column("variant_id", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("result", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_sent_checks"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.campaign_id"], name="fk_sent_checks_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.variant_id"], name="fk_sent_checks_variant_id_variants"
        ),
    )
    op.create_index("ix_sent_checks_campaign_id", "sent_checks", ["campaign_id"])
    op.create_index("ix_sent_checks_variant_id", "sent_checks", ["variant_id"])
