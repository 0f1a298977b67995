"""A variant moves only from where its author saw it, and every revision is kept."""

import dataclasses
import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, exc, insert, text, update

from core.errors import StaleRevision
from core.models.approval import Review, ReviewDecision
from core.models.campaign import Tone
from core.models.messages import Message, Variant
from core.models.messages import VariantState as V
from core.storage import reviews, schema, variants
from core.storage.database import Database
from tests.storage import nouns
from tests.storage.nouns import NOON

LATER = NOON + timedelta(hours=1)


def move(database: Database, seen: Variant, state: V, **more: object) -> Variant:
    with database.begin() as tx:
        return variants.move(
            tx,
            seen.variant_id,
            expected_revision=seen.revision,
            expected_state=seen.state,
            state=state,
            at=LATER,
            **more,  # type: ignore[arg-type]
        )


@pytest.fixture
def queued(workspace: Database) -> Variant:
    with workspace.begin() as tx:
        variants.add(tx, nouns.variant())
    screening = move(workspace, nouns.variant(), V.SCREENING)
    return move(workspace, screening, V.NEEDS_REVIEW, screened=nouns.verdict())


def test_variants_stand_in_the_order_of_segments_and_tones(workspace: Database) -> None:
    wanted = [("loyal", Tone.URGENT), ("loyal", Tone.FRIENDLY), ("dormant", Tone.INFORMATIONAL)]
    made = [nouns.variant(f"v{n}", *pair) for n, pair in enumerate(wanted)]
    with workspace.begin() as tx:
        for variant in reversed(made):
            variants.add(tx, variant)
        assert variants.of_campaign(tx, "c1") == tuple(made)
        assert variants.in_state(tx, {V.DRAFT}) == tuple(reversed(made))
        assert variants.in_state(tx, {V.APPROVED}) == ()
        assert variants.in_state(tx, ()) == ()


def test_a_move_keeps_the_revision_and_the_verdict(workspace: Database, queued: Variant) -> None:
    assert queued.revision == 1
    assert queued.screened == nouns.verdict()
    approved = move(workspace, queued, V.APPROVED)
    assert approved.screened == nouns.verdict()
    with workspace.read() as tx:
        assert variants.get(tx, "v1") == approved
        assert variants.history(tx, "v1") == (approved,)
        assert variants.rounds(tx, "v1", 1) == 1


def test_a_failure_says_why_until_the_next_step(workspace: Database) -> None:
    with workspace.begin() as tx:
        variants.add(tx, nouns.variant())
    failed = move(workspace, nouns.variant(), V.FAILED, problem="no text")
    assert failed.problem == "no text"
    assert move(workspace, failed, V.RETIRED).problem == ""


def test_a_rewrite_is_a_new_revision_and_the_old_one_stays_as_it_ended(
    workspace: Database, queued: Variant
) -> None:
    rejected = move(workspace, queued, V.REJECTED)
    text_ = dataclasses.replace(
        rejected,
        message=Message("New", "words", "here."),
        state=V.DRAFT,
        screened=None,
        authors=frozenset({"mia", "tom"}),
    )
    with workspace.begin() as tx:
        stored = variants.rewrite(tx, text_, expected_revision=1)
        assert stored == dataclasses.replace(text_, revision=2)
        assert variants.get(tx, "v1") == stored
        assert variants.revision_of(tx, "v1", 1) == rejected
        assert variants.revision_of(tx, "v1", 2) == stored
        assert variants.history(tx, "v1") == (stored, rejected)


def test_a_step_from_a_state_or_revision_that_is_gone_records_nothing(
    workspace: Database, queued: Variant
) -> None:
    gone = [
        dataclasses.replace(queued, state=V.DRAFT),
        dataclasses.replace(queued, revision=2),
    ]
    for seen in gone:
        with pytest.raises(StaleRevision, match="the urgent message for 'Loyal'"):
            move(workspace, seen, V.APPROVED)
    with workspace.begin() as tx:
        with pytest.raises(StaleRevision):
            variants.rewrite(tx, queued, expected_revision=3)
        with pytest.raises(StaleRevision):
            variants.rewrite(tx, queued, expected_revision=1, expected_state=V.DRAFT)
        assert variants.history(tx, "v1") == (queued,)


def approve(database: Database, seen: Variant, review: Review) -> None:
    with database.begin() as tx:
        reviews.add(tx, review)
        variants.move(
            tx,
            seen.variant_id,
            expected_revision=seen.revision,
            expected_state=seen.state,
            state=V.APPROVED,
            at=LATER,
        )


def test_two_approvers_at_the_same_moment_leave_exactly_one_approval(
    workspace: Database, queued: Variant
) -> None:
    gate, lost = threading.Barrier(2), []

    def decide(name: str) -> None:
        gate.wait()
        try:
            approve(workspace, queued, nouns.review(f"r-{name}", name))
        except StaleRevision:
            lost.append(name)

    threads = [threading.Thread(target=decide, args=(name,)) for name in ("ann", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with workspace.read() as tx:
        kept = reviews.of_variant(tx, "v1")
    assert len(kept) == 1
    assert {kept[0].by, *lost} == {"ann", "bob"}


def test_a_revision_is_decided_once_each_time_it_is_queued(
    workspace: Database, queued: Variant
) -> None:
    first, second = nouns.review("r1", "ann"), nouns.review("r2", "bob")
    approve(workspace, queued, first)
    with pytest.raises(StaleRevision), workspace.begin() as tx:
        reviews.add(tx, second)
    void = move(workspace, dataclasses.replace(queued, state=V.APPROVED), V.VOID)
    again = move(workspace, move(workspace, void, V.SCREENING), V.NEEDS_REVIEW)
    approve(workspace, again, second)
    with workspace.read() as tx:
        assert reviews.of_variant(tx, "v1") == (second, first)
        assert reviews.approvals_of(tx, "v1", 1) == (second,)
        assert reviews.recent(tx, 1) == (second,)


def test_several_people_approve_one_after_the_other_and_each_once(
    workspace: Database, queued: Variant
) -> None:
    first, second = nouns.review("r1", "ann"), nouns.review("r2", "bob")
    with workspace.begin() as tx:
        reviews.add(tx, first)
        reviews.add(tx, second)
    with pytest.raises(StaleRevision), workspace.begin() as tx:
        reviews.add(tx, nouns.review("r3", "ann"))
    with workspace.read() as tx:
        assert reviews.approvals_of(tx, "v1", 1) == (first, second)


def test_what_was_taken_back_no_longer_stands_and_the_others_do(
    workspace: Database, queued: Variant
) -> None:
    first, second = nouns.review("r1", "ann"), nouns.review("r2", "bob")
    with workspace.begin() as tx:
        reviews.add(tx, first)
    approve(workspace, queued, second)
    back = dataclasses.replace(
        nouns.review("w1", "bob"), decision=ReviewDecision.WITHDRAW, seal=None, reopened=True
    )
    with workspace.begin() as tx:
        reviews.add(tx, back)
    move(workspace, dataclasses.replace(queued, state=V.APPROVED), V.NEEDS_REVIEW)
    with workspace.begin() as tx:
        assert reviews.approvals_of(tx, "v1", 1) == (first,)
        again = nouns.review("r3", "bob")
        reviews.add(tx, again)
        assert reviews.standing(tx, "v1", 1) == (first, again)
    with pytest.raises(StaleRevision), workspace.begin() as tx:
        reviews.add(tx, dataclasses.replace(back, review_id="w2", by="cy"))


def test_a_decision_about_an_older_revision_is_not_recorded(
    workspace: Database, queued: Variant
) -> None:
    with workspace.begin() as tx:
        variants.rewrite(tx, queued, expected_revision=1)
    with pytest.raises(StaleRevision), workspace.begin() as tx:
        reviews.add(tx, nouns.review())
    with workspace.read() as tx:
        assert reviews.approvals_of(tx, "v1", 1) == ()


def test_a_rejection_is_no_approval(workspace: Database, queued: Variant) -> None:
    rejection = dataclasses.replace(nouns.review(), decision=ReviewDecision.REJECT, seal=None)
    with workspace.begin() as tx:
        reviews.add(tx, rejection)
        assert reviews.approvals_of(tx, "v1", 1) == ()
        assert reviews.of_variant(tx, "v1") == (rejection,)


@pytest.mark.parametrize("table", ["reviews", "variant_revisions", "variant_moves"])
def test_history_can_be_neither_changed_nor_removed(
    workspace: Database, queued: Variant, table: str
) -> None:
    approve(workspace, queued, nouns.review())
    there = schema.METADATA.tables[table]
    for change in (update(there).values(revision=9), delete(there)):
        with pytest.raises(exc.IntegrityError, match="append-only"), workspace.begin() as tx:
            tx.execute(change)


def test_a_row_that_belongs_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(exc.IntegrityError), database.begin() as tx:
        variants.add(tx, nouns.variant())


def test_a_row_changed_from_outside_is_not_believed(workspace: Database) -> None:
    with workspace.begin() as tx:
        variants.add(tx, nouns.variant())
        tx.execute(text("UPDATE variants SET state = 'sent'"))
        with pytest.raises(Exception, match="stored Variant cannot be read: state"):
            variants.get(tx, "v1")
        tx.execute(insert(schema.WORKSPACE_SETTINGS).values(key="still", value="usable"))
