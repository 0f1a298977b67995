"""The tables of durable runs: the runs, their messages, every paid call, and who is at work."""

from sqlalchemy import BigInteger, Column, Float, Index, Table, UniqueConstraint
from sqlalchemy import text as condition

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
    # Who asks: a process that carries out runs, by its id in `workers`.
    text("worker"),
    payload(),
    Index(None, "run_id", "variant_id"),
    # A question is asked by one worker at a time.
    Index(
        "uq_model_calls_open",
        *("run_id", "variant_id", "question", "prompt_sha256"),
        unique=True,
        sqlite_where=condition("outcome = 'open'"),
        postgresql_where=condition("outcome = 'open'"),
    ),
)

# The processes that carry out runs; `beat` goes on while one is alive.
WORKERS = Table(
    "workers",
    METADATA,
    number(),
    text("worker_id", unique=True),
    text("place"),
    moment("joined_at"),
    whole("beat"),
)
