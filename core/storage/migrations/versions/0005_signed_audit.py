"""The audit trail is signed and only ever grows; customers in it are random tokens.

A copy of the tables as they were then; it stays as it is when the schema moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the signature of an entry, the tokens, and the rule that the end only moves on."""
    op.add_column("audit", sa.Column("mac", sa.String, nullable=True))
    op.create_table(
        "customer_tokens",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("customer_id", sa.String, nullable=False),
        sa.Column("token", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_customer_tokens"),
        sa.UniqueConstraint("customer_id", name="uq_customer_tokens_customer_id"),
        sa.UniqueConstraint("token", name="uq_customer_tokens_token"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head "
            "WHEN NEW.sequence <= OLD.sequence "
            "BEGIN SELECT RAISE(ABORT, 'audit_head is kept: it only moves on'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION cpo_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only: it only moves on', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW "
        "WHEN (NEW.sequence <= OLD.sequence) EXECUTE FUNCTION cpo_only_forward()"
    )
