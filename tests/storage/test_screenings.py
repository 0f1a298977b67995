"""Every screening is known with its outcome, and each decision belongs to the one before it."""

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from core.content.seal import text_sha256
from core.models.approval import Review, ReviewDecision
from core.models.messages import Message, Screened, Variant
from core.models.messages import VariantState as V
from core.storage import reviews, variants
from core.storage.database import Database
from core.storage.screenings import screenings
from tests.storage import nouns
from tests.storage.nouns import NOON


@dataclasses.dataclass
class Journey:
    """One variant on its way, a minute a step."""

    tx: Connection
    variant: Variant
    minute: int = 0

    def to(self, state: V, screened: Screened | None = None, problem: str = "") -> None:
        self.minute += 1
        self.variant = variants.move(
            self.tx,
            self.variant.variant_id,
            expected_revision=self.variant.revision,
            expected_state=self.variant.state,
            state=state,
            screened=screened,
            problem=problem,
            at=NOON + timedelta(minutes=self.minute),
        )

    def screened(self, state: V = V.NEEDS_REVIEW) -> None:
        self.to(V.SCREENING)
        self.to(state, nouns.verdict())

    def decided(self, decision: ReviewDecision, by: str, *, reopened: bool = False) -> None:
        self.minute += 1
        review = dataclasses.replace(
            nouns.review(f"r{self.minute}", by, self.variant.revision),
            decision=decision,
            at=NOON + timedelta(minutes=self.minute),
            reopened=reopened,
        )
        reviews.add(self.tx, review)

    def rewritten(self, body: str) -> None:
        message = Message("Hello", "There", body)
        fresh = dataclasses.replace(self.variant, message=message, state=V.DRAFT)
        self.variant = variants.rewrite(self.tx, fresh, expected_revision=self.variant.revision)


def begun(tx: Connection) -> Journey:
    variants.add(tx, nouns.variant())
    return Journey(tx, nouns.variant())


def said(review: Review) -> tuple[str, str]:
    return review.decision.value, review.by


def test_nothing_screened_is_nothing(workspace: Database) -> None:
    with workspace.begin() as tx:
        begun(tx)
        assert screenings(tx) == ()


def test_a_screening_says_what_was_found_in_which_text(workspace: Database) -> None:
    with workspace.begin() as tx:
        journey = begun(tx)
        journey.screened(V.BLOCKED)
        (found,) = screenings(tx)
    assert (found.campaign_id, found.variant_id, found.segment) == ("c1", "v1", "Loyal")
    assert (found.tone, found.revision, found.at) == ("urgent", 1, NOON + timedelta(minutes=2))
    assert found.text_sha256 == text_sha256(nouns.variant().message)
    assert (found.screened, found.problem, found.decisions) == (nouns.verdict(), "", ())


def test_checks_that_gave_no_answer_are_a_screening_without_an_outcome(
    workspace: Database,
) -> None:
    with workspace.begin() as tx:
        journey = begun(tx)
        journey.to(V.SCREENING, problem="Not screened: timed out")
        journey.screened()
        first, second = screenings(tx)
    assert (first.screened, first.problem) == (None, "Not screened: timed out")
    assert (second.screened, second.problem) == (nouns.verdict(), "")


def test_each_decision_belongs_to_the_last_screening_before_it(workspace: Database) -> None:
    with workspace.begin() as tx:
        journey = begun(tx)
        journey.screened()
        journey.decided(ReviewDecision.APPROVE, "ann")
        journey.to(V.APPROVED)
        journey.to(V.VOID)
        journey.screened()
        journey.decided(ReviewDecision.APPROVE, "bob")
        journey.decided(ReviewDecision.REJECT, "mia")
        journey.to(V.REJECTED)
        journey.rewritten("Returns are free for 30 days.")
        journey.screened()
        found = screenings(tx)
    assert [[said(r) for r in s.decisions] for s in found] == [
        [("approve", "ann")],
        [("approve", "bob"), ("reject", "mia")],
        [],
    ]
    assert [s.revision for s in found] == [1, 1, 2]
    assert found[0].text_sha256 == found[1].text_sha256 != found[2].text_sha256


def test_a_decision_that_was_taken_back_is_no_new_screening(workspace: Database) -> None:
    with workspace.begin() as tx:
        journey = begun(tx)
        journey.screened()
        journey.decided(ReviewDecision.APPROVE, "ann")
        journey.to(V.APPROVED)
        journey.decided(ReviewDecision.WITHDRAW, "ann", reopened=True)
        journey.to(V.NEEDS_REVIEW)
        (found,) = screenings(tx)
    assert [said(r) for r in found.decisions] == [("approve", "ann"), ("withdraw", "ann")]


@pytest.mark.parametrize(("campaign", "count"), [("c1", 1), ("another", 0), (None, 1)])
def test_screenings_of_one_campaign_are_those_of_its_messages(
    workspace: Database, campaign: str | None, count: int
) -> None:
    with workspace.begin() as tx:
        begun(tx).screened()
        assert len(screenings(tx, campaign)) == count
