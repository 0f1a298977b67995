"""The first tables: everything from people to the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEPT = ("audit", "reviews", "variant_revisions", "variant_moves", "result_decisions")
"""Tables whose rows are never changed and never removed."""


def upgrade() -> None:
    """Make every table, and the triggers that keep history as it was."""
    _people_and_content()
    _messages()
    _sends()
    _trail()
    if op.get_bind().dialect.name == "sqlite":
        _keep_on_sqlite()
    else:
        _keep_on_postgresql()


def _people_and_content() -> None:
    """People, settings, customers and the library."""
    op.create_table(
        "people",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_people"),
        sa.UniqueConstraint("name", name="uq_people_name"),
    )
    op.create_table(
        "workspace_settings",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_workspace_settings"),
    )
    op.create_table(
        "datasets",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("dataset_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_datasets"),
        sa.UniqueConstraint("dataset_id", name="uq_datasets_dataset_id"),
    )
    op.create_index("ix_datasets_sha256", "datasets", ["sha256"])
    op.create_table(
        "segmentations",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("segmentation_id", sa.String(), nullable=False),
        sa.Column("dataset_id", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.dataset_id"], name="fk_segmentations_dataset_id"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_segmentations"),
        sa.UniqueConstraint("segmentation_id", name="uq_segmentations_segmentation_id"),
    )
    op.create_index("ix_segmentations_dataset_id", "segmentations", ["dataset_id"])
    op.create_table(
        "documents",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_documents"),
        sa.UniqueConstraint("document_id", "version", name="uq_documents_document_id_version"),
    )


def _messages() -> None:
    """Campaigns, what is written for them, and what was decided about it."""
    op.create_table(
        "campaigns",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("dataset_id", sa.String(), nullable=False),
        sa.Column("segmentation_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.dataset_id"], name="fk_campaigns_dataset_id"
        ),
        sa.ForeignKeyConstraint(
            ["segmentation_id"],
            ["segmentations.segmentation_id"],
            name="fk_campaigns_segmentation_id",
        ),
        sa.PrimaryKeyConstraint("number", name="pk_campaigns"),
        sa.UniqueConstraint("campaign_id", name="uq_campaigns_campaign_id"),
    )
    op.create_index("ix_campaigns_dataset_id", "campaigns", ["dataset_id"])
    op.create_index("ix_campaigns_segmentation_id", "campaigns", ["segmentation_id"])
    op.create_table(
        "variants",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("variant_id", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=False),
        sa.Column("tone", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.campaign_id"], name="fk_variants_campaign_id"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_variants"),
        sa.UniqueConstraint("variant_id", name="uq_variants_variant_id"),
    )
    op.create_index("ix_variants_campaign_id", "variants", ["campaign_id"])
    op.create_index("ix_variants_state", "variants", ["state"])
    op.create_table(
        "variant_revisions",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("variant_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.variant_id"], name="fk_variant_revisions_variant_id"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_variant_revisions"),
        sa.UniqueConstraint(
            "variant_id", "revision", name="uq_variant_revisions_variant_id_revision"
        ),
    )
    op.create_index("ix_variant_revisions_variant_id", "variant_revisions", ["variant_id"])
    op.create_table(
        "variant_moves",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("variant_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.variant_id"], name="fk_variant_moves_variant_id"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_variant_moves"),
    )
    op.create_index("ix_variant_moves_variant_id", "variant_moves", ["variant_id"])
    op.create_table(
        "reviews",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("variant_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.variant_id"], name="fk_reviews_variant_id"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_reviews"),
        sa.UniqueConstraint("review_id", name="uq_reviews_review_id"),
        sa.UniqueConstraint(
            "variant_id", "revision", "round", name="uq_reviews_variant_id_revision_round"
        ),
    )
    op.create_index("ix_reviews_variant_id", "reviews", ["variant_id"])


def _sends() -> None:
    """Experiments, hand-overs, outcomes and the runs that do the work."""
    op.create_table(
        "experiments",
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.campaign_id"], name="fk_experiments_campaign_id"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_experiments"),
    )
    op.create_table(
        "exports",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.campaign_id"], name="fk_exports_campaign_id"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_exports"),
    )
    op.create_index("ix_exports_campaign_id", "exports", ["campaign_id"])
    op.create_table(
        "outcomes",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.campaign_id"], name="fk_outcomes_campaign_id"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_outcomes"),
        sa.UniqueConstraint(
            "campaign_id", "content_sha256", name="uq_outcomes_campaign_id_content_sha256"
        ),
    )
    op.create_index("ix_outcomes_campaign_id", "outcomes", ["campaign_id"])
    op.create_table(
        "result_decisions",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.campaign_id"], name="fk_result_decisions_campaign_id"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_result_decisions"),
    )
    op.create_index("ix_result_decisions_campaign_id", "result_decisions", ["campaign_id"])
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_runs"),
        sa.UniqueConstraint("run_id", name="uq_runs_run_id"),
    )
    op.create_index("ix_runs_campaign_id", "runs", ["campaign_id"])
    op.create_index("ix_runs_state", "runs", ["state"])


def _trail() -> None:
    """The audit trail and its last entry."""
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit"),
    )
    op.create_index("ix_audit_action_sequence", "audit", ["action", "sequence"])
    op.create_index("ix_audit_subject_sequence", "audit", ["subject", "sequence"])
    op.create_table(
        "audit_head",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("only", name="pk_audit_head"),
    )


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
