"""A message as one customer got it, what its claims rest on, and who decided about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from core.content.ledger import Sources, ledger_of
from core.content.merge_fields import rendered_message
from core.models.approval import Review
from core.models.campaign import Campaign
from core.models.claims import LedgerEntry
from core.models.content import Document
from core.models.customers import ColumnKind, ColumnRole, Dataset
from core.models.history import ClaimShown, DecisionOnMessage, Received
from core.models.merge_fields import MergeField, merge_fields, usable
from core.models.messages import Citation, Message, Variant
from core.orchestrator.service.context import Context
from core.orchestrator.service.ledger import BY_HAND
from core.orchestrator.service.previews import framed
from core.storage import documents
from core.storage.customer_trace import Row
from core.storage.database import Connection

HIDDEN = "•••"
"""What stands in the place of a value that is not shown."""

_KEPT = 256


def received(
    context: Context,
    campaign: Campaign,
    dataset: Dataset,
    variant: Variant,
    row: Row,
    *,
    revealed: bool,
) -> Received:
    """The message with this customer's values; personal ones hidden unless `revealed`."""
    fields = merge_fields(dataset.columns)
    values = {f.name: _value(f, row) for f in fields}
    private = {c.name for c in dataset.columns if c.role is ColumnRole.PERSONAL}
    shown = {} if revealed else {f.name: HIDDEN for f in fields if f.column in private}
    message = rendered_message(variant.message, values, shown=shown)
    made = framed(context, campaign.brief, message)
    return Received(
        variant.variant_id,
        variant.revision,
        variant.tone.value,
        variant.state.value,
        message,
        made.html,
        made.text,
    )


def _value(of: MergeField, row: Row) -> str | None:
    """The value as `core.storage.merge_values.value_sql` shows it."""
    raw = row.get(of.column)
    if raw is not None and of.kind is ColumnKind.NUMBER:
        raw = raw.removesuffix(".0")
    return usable(raw)


def sources_of(
    connection: Connection, variants: Iterable[Variant]
) -> Mapping[str, tuple[Document, ...]]:
    """By message the documents it rests on: the cited versions; by hand, all there are now."""
    found: dict[tuple[str, int], Document] = {}
    by_message: dict[str, tuple[Document, ...]] = {}
    library: tuple[Document, ...] | None = None
    for variant in variants:
        if variant.generation.engine == BY_HAND:
            library = documents.current(connection) if library is None else library
            by_message[variant.variant_id] = library
            continue
        keys = sorted({(c.document_id, c.version) for c in variant.citations})
        for key in keys:
            if key not in found:
                found[key] = documents.get(connection, *key)
        by_message[variant.variant_id] = tuple(found[key] for key in keys)
    return by_message


def claims_of(variant: Variant, rests_on: Sequence[Document]) -> tuple[ClaimShown, ...]:
    """Every claim of the message as it was approved, with its passage."""
    marks = tuple((d.document_id, d.version, d.sha256) for d in rests_on)
    return _claims(_Read(variant.message, variant.citations, marks, tuple(rests_on)))


@dataclass(frozen=True, slots=True)
class _Read:
    """A message with its sources; what it is equal by names no customer."""

    message: Message
    citations: tuple[Citation, ...]
    marks: tuple[tuple[str, int, str], ...]
    documents: tuple[Document, ...] = field(compare=False)


# A revision and a version of a document are for good, and neither holds anything of a customer.
@lru_cache(maxsize=_KEPT)
def _claims(read: _Read) -> tuple[ClaimShown, ...]:
    ledger = ledger_of(read.message, Sources.of(read.documents), citations=read.citations)
    return tuple(_claim(entry) for entry in ledger.entries)


def _claim(entry: LedgerEntry) -> ClaimShown:
    support = entry.support
    if support is None:
        return ClaimShown(entry.text, entry.kind, entry.standing.value)
    return ClaimShown(
        entry.text,
        entry.kind,
        entry.standing.value,
        support.document_id,
        support.version,
        support.passage_index,
        support.title,
        support.sentence,
    )


def decisions_on(variant: Variant, reviews: Iterable[Review]) -> tuple[DecisionOnMessage, ...]:
    """Every decision about the revision, oldest first."""
    return tuple(
        DecisionOnMessage(r.decision.value, r.by, r.verified, r.at, r.reason, r.batch)
        for r in reviews
        if r.revision == variant.revision
    )
