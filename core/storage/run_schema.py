"""The tables of durable runs: the runs, their messages, and every call of a paid engine."""

from sqlalchemy import BigInteger, Column, Float, Index, Table, UniqueConstraint

from core.storage.columns import METADATA, moment, number, payload, text, whole

RUNS = Table(
    "runs",
    METADATA,
    number(),
    text("run_id", unique=True),
    text("campaign_id", index=True),
    text("kind"),
    text("state", index=True),
    whole("done"),
    whole("total"),
    text("started_by"),
    moment("created_at"),
    moment("finished_at", nullable=True),
    text("problem"),
    Column("cost_cap_usd", Float, nullable=True),
)

# One row for each message that a run is to write.
RUN_VARIANTS = Table(
    "run_variants",
    METADATA,
    number(),
    text("run_id"),
    text("variant_id"),
    text("outcome"),
    Column("seconds", Float, nullable=True),
    moment("ended_at", nullable=True),
    text("problem"),
    UniqueConstraint("run_id", "variant_id"),
)

# Every request to an engine that costs something: held before it is made, settled after it.
MODEL_CALLS = Table(
    "model_calls",
    METADATA,
    number(),
    text("run_id"),
    text("variant_id"),
    whole("question"),
    text("prompt_sha256"),
    text("outcome"),
    moment("asked_at"),
    moment("ended_at", nullable=True),
    whole("tokens_input"),
    whole("tokens_output"),
    # Billionths of a dollar: what counts against the budget, and what is known to be billed.
    Column("counted_nano_usd", BigInteger, nullable=False),
    Column("billed_nano_usd", BigInteger, nullable=True),
    payload(),
    Index(None, "run_id", "variant_id"),
)
