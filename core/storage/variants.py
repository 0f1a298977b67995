"""The variants of a workspace: where each stands now, and every revision it ever had.

`variants` holds the present; `variant_revisions` each text as it was written and
`variant_moves` every step since, both append-only.
"""

import dataclasses
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, Select, func, insert, select, update

from core.errors import MoveRefused, NotFound, StaleRevision
from core.models.campaign import Tone
from core.models.messages import Screened, Variant, VariantState
from core.storage import campaigns, segmentations
from core.storage.codec import dump, from_row, load, plain, to_row
from core.storage.database import unless_taken
from core.storage.schema import VARIANT_MOVES, VARIANT_REVISIONS, VARIANTS


def add(tx: Connection, variant: Variant) -> None:
    """Record a new variant at the revision it carries.

    Raises:
        MoveRefused: its id is taken.
    """
    with unless_taken(MoveRefused(f"There is already a message '{variant.variant_id}'.")):
        tx.execute(insert(VARIANTS).values(to_row(variant, VARIANTS)))
    _keep_revision(tx, variant)


def get(tx: Connection, variant_id: str) -> Variant:
    """The variant with this id, as it stands.

    Raises:
        NotFound: there is none.
    """
    found = _read(tx, select(VARIANTS).where(VARIANTS.c.variant_id == variant_id))
    if not found:
        raise NotFound("message", variant_id, "See the campaign for those it has.")
    return found[0]


def of_campaign(tx: Connection, campaign_id: str) -> tuple[Variant, ...]:
    """All variants of a campaign: segments in the order of its segmentation, then by tone.

    Raises:
        NotFound: there is no such campaign.
    """
    segmentation = segmentations.get(tx, campaigns.get(tx, campaign_id).segmentation_id)
    places = {s.segment_id: place for place, s in enumerate(segmentation.segments)}
    found = _read(tx, select(VARIANTS).where(VARIANTS.c.campaign_id == campaign_id))
    return tuple(sorted(found, key=lambda variant: _place(variant, places)))


def of_segment(tx: Connection, campaign_id: str, segment_id: str) -> tuple[Variant, ...]:
    """The variants of a campaign for one segment, in the order they came."""
    wanted = select(VARIANTS).where(
        VARIANTS.c.campaign_id == campaign_id, VARIANTS.c.segment_id == segment_id
    )
    return _read(tx, wanted.order_by(VARIANTS.c.number))


def in_state(tx: Connection, states: Collection[VariantState]) -> tuple[Variant, ...]:
    """All variants that stand in one of these states, in the order they came."""
    wanted = select(VARIANTS).where(VARIANTS.c.state.in_([state.value for state in states]))
    return _read(tx, wanted.order_by(VARIANTS.c.number))


def rewrite(
    tx: Connection,
    variant: Variant,
    *,
    expected_revision: int,
    expected_state: VariantState | None = None,
) -> Variant:
    """The variant as stored: its new text as the revision after the expected one.

    Raises:
        NotFound: there is no such variant.
        StaleRevision: its revision, or its state where one is expected, is no longer that.
    """
    stored = dataclasses.replace(variant, revision=expected_revision + 1)
    _replace(tx, stored, expected_revision, expected_state)
    _keep_revision(tx, stored)
    return stored


def move(  # noqa: PLR0913 - what was seen, what is wanted, and when
    tx: Connection,
    variant_id: str,
    *,
    expected_revision: int,
    expected_state: VariantState,
    state: VariantState,
    screened: Screened | None = None,
    problem: str = "",
    at: datetime,
) -> Variant:
    """The variant in its new state, at the same revision.

    Whether the step is possible is for `core.workflow` to say. The verdict of the last
    screening stays when none is given.

    Raises:
        NotFound: there is no such variant.
        StaleRevision: its revision or state is no longer the expected one.
    """
    known = get(tx, variant_id)
    verdict = screened if screened is not None else known.screened
    stored = dataclasses.replace(
        known,
        revision=expected_revision,
        state=state,
        screened=verdict,
        problem=problem,
        updated_at=at,
    )
    _replace(tx, stored, expected_revision, expected_state)
    step = {"screened": plain(verdict), "problem": problem}
    tx.execute(
        insert(VARIANT_MOVES).values(
            variant_id=variant_id,
            revision=expected_revision,
            state=state.value,
            at=at,
            payload=step,
        )
    )
    return stored


def revision_of(tx: Connection, variant_id: str, revision: int) -> Variant:
    """One revision of a variant, in the last state it had.

    Raises:
        NotFound: there is no such variant or revision.
    """
    wanted = _revisions(variant_id).where(VARIANT_REVISIONS.c.revision == revision)
    row = tx.execute(wanted).mappings().one_or_none()
    if row is None:
        newest = get(tx, variant_id).revision
        hint = f"The newest revision is {newest}."
        raise NotFound("revision", f"{variant_id} revision {revision}", hint)
    return _as_it_ended(tx, load(Variant, row["payload"]))


def history(tx: Connection, variant_id: str) -> tuple[Variant, ...]:
    """Every revision of a variant, newest first, each in the last state it had."""
    rows = tx.execute(_revisions(variant_id)).mappings().all()
    return tuple(_as_it_ended(tx, load(Variant, row["payload"])) for row in rows)


def rounds(tx: Connection, variant_id: str, revision: int) -> int:
    """How often this revision has been put into the review queue."""
    queued = _moves(variant_id, revision).where(
        VARIANT_MOVES.c.state == VariantState.NEEDS_REVIEW.value
    )
    counted = tx.execute(select(func.count()).select_from(queued.subquery())).scalar_one()
    return int(counted)


def _replace(
    tx: Connection, stored: Variant, expected_revision: int, expected_state: VariantState | None
) -> None:
    wanted = (
        update(VARIANTS)
        .where(VARIANTS.c.variant_id == stored.variant_id)
        .where(VARIANTS.c.revision == expected_revision)
    )
    if expected_state is not None:
        wanted = wanted.where(VARIANTS.c.state == expected_state.value)
    if tx.execute(wanted.values(to_row(stored, VARIANTS))).rowcount != 1:
        seen = get(tx, stored.variant_id)
        raise StaleRevision(f"the {seen.tone} message for '{seen.segment}'")


def _keep_revision(tx: Connection, variant: Variant) -> None:
    tx.execute(
        insert(VARIANT_REVISIONS).values(
            variant_id=variant.variant_id, revision=variant.revision, payload=dump(variant)
        )
    )


def _as_it_ended(tx: Connection, written: Variant) -> Variant:
    moves = _moves(written.variant_id, written.revision)
    last = tx.execute(moves.order_by(VARIANT_MOVES.c.number.desc()).limit(1)).mappings().first()
    if last is None:
        return written
    ended = {"state": last["state"], "updated_at": last["at"]} | last["payload"]
    return load(Variant, dump(written) | ended)


def _revisions(variant_id: str) -> Select[tuple[object, ...]]:
    wanted = select(VARIANT_REVISIONS).where(VARIANT_REVISIONS.c.variant_id == variant_id)
    return wanted.order_by(VARIANT_REVISIONS.c.revision.desc())


def _moves(variant_id: str, revision: int) -> Select[tuple[object, ...]]:
    wanted = select(VARIANT_MOVES).where(VARIANT_MOVES.c.variant_id == variant_id)
    return wanted.where(VARIANT_MOVES.c.revision == revision)


def _place(variant: Variant, places: Mapping[str, int]) -> tuple[int, str, int, str]:
    place = places.get(variant.segment_id, len(places))
    return place, variant.segment_id, list(Tone).index(variant.tone), variant.variant_id


def _read(tx: Connection, wanted: Select[tuple[object, ...]]) -> tuple[Variant, ...]:
    return tuple(from_row(Variant, row) for row in tx.execute(wanted).mappings())
