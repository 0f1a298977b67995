"""The tables of the content policy: its versions, what was proposed, and what became of it.

None of their rows is ever changed or removed.
"""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from core.storage.columns import METADATA, moment, number, payload, text, whole

POLICY_VERSIONS = Table(
    "policy_versions",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    text("sha256"),
    moment("at"),
    payload(),
)

POLICY_PROPOSALS = Table(
    "policy_proposals",
    METADATA,
    number(),
    text("proposal_id", unique=True),
    whole("base"),
    text("sha256"),
    moment("at"),
    payload(),
)

# One decision a proposal, whoever comes second.
POLICY_DECISIONS = Table(
    "policy_decisions",
    METADATA,
    number(),
    Column(
        "proposal_id",
        String,
        ForeignKey("policy_proposals.proposal_id"),
        nullable=False,
        unique=True,
    ),
    moment("at"),
    payload(),
)
