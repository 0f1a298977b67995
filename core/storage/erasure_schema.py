"""The tables of erasures: what was asked for and done, and what each rewritten table was before.

Neither holds the id of a customer. An erasure under way holds the mark by which it is finished
after a crash (`core.storage.suppression_tokens`); it is emptied when the erasure is done.
"""

from sqlalchemy import Table, UniqueConstraint

from core.storage.columns import METADATA, moment, number, payload, text

ERASURES = Table(
    "erasures",
    METADATA,
    number(),
    text("erasure_id", unique=True),
    text("state"),
    text("mark"),
    moment("begun_at"),
    moment("finished_at", nullable=True),
    payload(),
)

# Rows are only added: `after` is what became of what was recorded as `origin` in the beginning.
ERASED_HASHES = Table(
    "erased_hashes",
    METADATA,
    number(),
    text("name"),
    text("origin", index=True),
    text("before"),
    text("after"),
    text("erasure_id"),
    moment("at"),
    UniqueConstraint("name", "after"),
)
