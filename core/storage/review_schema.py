"""The tables of what is said about messages, and of the accounts people sign in with."""

from sqlalchemy import Column, Integer, Table, UniqueConstraint

from core.storage.columns import METADATA, moment, number, of, payload, text, whole

# An account of a sign-in service belongs to one person for good.
ACCOUNTS = Table(
    "accounts",
    METADATA,
    number(),
    text("issuer"),
    text("subject"),
    Column("person_number", Integer, nullable=False, index=True),
    moment("linked_at"),
    text("linked_by"),
    UniqueConstraint("issuer", "subject"),
)

PEOPLE_SEEN = Table(
    "people_seen",
    METADATA,
    Column("person_number", Integer, primary_key=True, autoincrement=False),
    moment("at"),
)

COMMENTS = Table(
    "comments",
    METADATA,
    number(),
    text("comment_id", unique=True),
    of("variant_id", "variants.variant_id"),
    whole("revision"),
    moment("at"),
    payload(),
)

SUGGESTIONS = Table(
    "suggestions",
    METADATA,
    number(),
    text("suggestion_id", unique=True),
    of("variant_id", "variants.variant_id"),
    whole("revision"),
    text("state"),
    moment("at"),
    payload(),
)
