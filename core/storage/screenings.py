"""Every screening there ever was, read from the moves of the messages, with its decisions."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, RowMapping, select

from core.content.seal import text_sha256
from core.models.approval import Review
from core.models.messages import Message, Screened, Variant, VariantState
from core.models.screening import Screening
from core.storage.codec import from_row, load
from core.storage.schema import REVIEWS, VARIANT_MOVES, VARIANT_REVISIONS, VARIANTS

_OUTCOMES = frozenset({VariantState.BLOCKED.value, VariantState.NEEDS_REVIEW.value})

Text = tuple[str, int]
"""A message and its revision."""


def screenings(tx: Connection, campaign_id: str | None = None) -> tuple[Screening, ...]:
    """Every screening, of one campaign where it is named, in the order they happened.

    A text that was not screened because the checks gave no answer is one of them, without an
    outcome. A text that came back into the queue because a decision was taken back is not.
    """
    wanted = select(VARIANTS)
    if campaign_id is not None:
        wanted = wanted.where(VARIANTS.c.campaign_id == campaign_id)
    known = {row["variant_id"]: from_row(Variant, row) for row in tx.execute(wanted).mappings()}
    hashes, reviews = _text_hashes(tx), _reviews(tx)
    found: dict[Text, list[Screening]] = {}
    before: dict[Text, str] = {}
    for row in tx.execute(select(VARIANT_MOVES).order_by(VARIANT_MOVES.c.number)).mappings():
        text = (row["variant_id"], row["revision"])
        if row["variant_id"] in known and _is_screening(row, before.get(text)):
            of_this = known[row["variant_id"]]
            found.setdefault(text, []).append(_screening(row, of_this, hashes[text]))
        before[text] = row["state"]
    each = (s for text, made in found.items() for s in _decided(made, reviews.get(text, ())))
    return tuple(sorted(each, key=lambda s: (s.at, s.campaign_id, s.variant_id, s.revision)))


def _is_screening(row: RowMapping, before: str | None) -> bool:
    """Whether a move is the end of a screening: its outcome, or that there is none."""
    if row["state"] in _OUTCOMES:
        return before == VariantState.SCREENING.value
    return row["state"] == VariantState.SCREENING.value and bool(row["payload"]["problem"])


def _screening(row: RowMapping, variant: Variant, text_hash: str) -> Screening:
    said = row["payload"]["screened"] if row["state"] in _OUTCOMES else None
    return Screening(
        campaign_id=variant.campaign_id,
        variant_id=variant.variant_id,
        segment=variant.segment,
        tone=variant.tone.value,
        revision=row["revision"],
        text_sha256=text_hash,
        at=row["at"],
        screened=load(Screened, said) if said is not None else None,
        problem=row["payload"]["problem"],
    )


def _decided(made: list[Screening], reviews: tuple[Review, ...]) -> list[Screening]:
    """The screenings of one text with their decisions: each belongs to the last one before it."""
    ends = [screening.at for screening in made[1:]]
    spans = zip(made, [*ends, None], strict=True)
    return [
        replace(
            screening,
            decisions=tuple(
                r for r in reviews if r.at >= screening.at and (end is None or r.at < end)
            ),
        )
        for screening, end in spans
    ]


def _text_hashes(tx: Connection) -> Mapping[Text, str]:
    rows = tx.execute(select(VARIANT_REVISIONS)).mappings()
    return {
        (row["variant_id"], row["revision"]): text_sha256(load(Message, row["payload"]["message"]))
        for row in rows
    }


def _reviews(tx: Connection) -> Mapping[Text, tuple[Review, ...]]:
    rows = tx.execute(select(REVIEWS).order_by(REVIEWS.c.number)).mappings()
    found: dict[Text, tuple[Review, ...]] = {}
    for row in rows:
        text = (row["variant_id"], row["revision"])
        found[text] = (*found.get(text, ()), from_row(Review, row))
    return found
