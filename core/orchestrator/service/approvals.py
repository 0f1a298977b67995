"""Approval: people decide about one revision each, and never about their own work."""

import logging
from dataclasses import asdict, dataclass

from core.errors import MoveRefused, NotAllowed, StaleRevision
from core.models.approval import Approvers, Judged, Review, ReviewDecision, Seal
from core.models.messages import ScreenDecision, Variant, VariantState
from core.models.people import Person
from core.orchestrator.service.approved_before import approved_lately, last_approved
from core.orchestrator.service.approvers import ApproverRules, people_of
from core.orchestrator.service.confirming import answered_for, refuse_unseen
from core.orchestrator.service.context import SYSTEM, Context, Write
from core.orchestrator.service.moving import move
from core.orchestrator.service.needed import needed_anywhere
from core.orchestrator.service.people import present
from core.orchestrator.service.sealing import seal_of
from core.orchestrator.service.still_true import (
    outdated,
    refuse_outdated,
    refuse_superseded,
    refuse_untrue,
)
from core.orchestrator.service.taking_back import own_decision, withdraw
from core.storage import campaigns, reviews, variants
from core.storage.database import Connection
from core.workflow import Permission, Step, moved, require

logger = logging.getLogger(__name__)

_STEPS = {
    ReviewDecision.APPROVE: Step.APPROVE,
    ReviewDecision.REQUEST_CHANGES: Step.REQUEST_CHANGES,
    ReviewDecision.REJECT: Step.REJECT,
}
_PLAINLY = Judged()
_TOO_FEW = "the number of approvers"


@dataclass(frozen=True, slots=True)
class Approvals:
    """The queue of messages that wait for a person, and the decisions made."""

    context: Context

    def queue(self, campaign_id: str | None = None) -> tuple[Variant, ...]:
        """Every variant that waits and is still asked for, longest first."""
        with self.context.read() as connection:
            waiting = needed_anywhere(
                campaigns.everything(connection),
                variants.in_state(connection, {VariantState.NEEDS_REVIEW}),
            )
        return tuple(v for v in waiting if campaign_id in {None, v.campaign_id})

    def decisions(self, variant_id: str) -> tuple[Review, ...]:
        """Everything decided about a variant, newest first."""
        with self.context.read() as connection:
            return reviews.of_variant(connection, variant_id)

    def approvers(self, variant: Variant) -> Approvers:
        """How many people have to approve the variant, why, and who has."""
        with self.context.read() as connection:
            return self._approvers(connection, variant)

    def why_not(self, variant: Variant, person: Person) -> str | None:
        """Why this person may not decide about this variant, or None when they may."""
        try:
            with self.context.read() as connection:
                self._may_decide(connection, variant, person)
        except (NotAllowed, MoveRefused) as reason:
            return str(reason)
        return None

    def outdated(self, variant: Variant) -> bool:
        """Whether it was checked under another content policy than the one in force."""
        with self.context.read() as connection:
            return outdated(self.context, connection, variant)

    def seal_now(self, variant_id: str) -> Seal:
        """The seal as it would be at this moment."""
        with self.context.read() as connection:
            return self.seal_of(connection, variants.get(connection, variant_id))

    def decide(
        self,
        variant_id: str,
        decision: ReviewDecision,
        *,
        revision: int,
        reason: str,
        by: Person,
        judged: Judged = _PLAINLY,
    ) -> Review:
        """Record a decision about exactly the revision that was looked at.

        An approval settles the variant once as many different people gave one as the rules ask
        for; until then it waits for the others.

        Raises:
            NotAllowed: the person is no approver, or is an author of the text.
            StaleRevision: it was changed or decided meanwhile; nothing is recorded.
            MoveRefused: the variant is not in review, an issue was not looked at, or no reason
                or no known category is given for a refusal.
        """
        if decision is ReviewDecision.WITHDRAW:
            raise MoveRefused("A decision is taken back with `approvals withdraw`.")
        require(by, Permission.REVIEW)
        judged = self._complete(decision, reason, judged)
        if decision is ReviewDecision.APPROVE:
            refuse_untrue(self.context, variant_id)
        with self.context.read() as connection:
            # Who comes too late is told so at once, and keeps nobody waiting who writes.
            _refuse_stale(connection, variants.get(connection, variant_id), revision, by)
        with self.context.write(by) as write:
            variant = variants.get(write.connection, variant_id)
            _refuse_stale(write.connection, variant, revision, by)
            self._may_decide(write.connection, variant, by)
            if decision is ReviewDecision.APPROVE:
                refuse_superseded(write.connection, variant, self.context.today())
                refuse_outdated(self.context, write.connection, variant)
                refuse_unseen(variant, judged)
            return self._record(write, variant, decision, reason.strip(), judged)

    def withdraw(self, variant_id: str, *, revision: int, by: Person, reason: str = "") -> Review:
        """Take back one's own decision; see `taking_back`."""
        return withdraw(self.context, variant_id, revision=revision, reason=reason, by=by)

    def own_decision(self, variant: Variant, person: Person) -> Review | None:
        """The person's decision about the present revision that stands, or None."""
        return own_decision(self.context, variant, person)

    def last_approved(self, variant: Variant) -> Variant | None:
        """The approved text this one is best held against, or None."""
        return last_approved(self.context, variant)

    def approved_lately(self) -> int:
        """How many approvals were given in the last seven days."""
        return approved_lately(self.context)

    def void_broken(self, campaign_id: str) -> tuple[str, ...]:
        """Void every approval that no longer holds; returns which, and the part that changed."""
        broken: list[str] = []
        with self.context.write(SYSTEM) as write:
            for variant in variants.of_campaign(write.connection, campaign_id):
                if variant.state is not VariantState.APPROVED:
                    continue
                part = self.broken_part(write.connection, variant)
                if part is not None:
                    self._void(write, variant, part)
                    broken.append(f"{variant.variant_id}: {part}")
        return tuple(broken)

    def broken_part(self, connection: Connection, variant: Variant) -> str | None:
        """The part of the approval lock that no longer holds, or None; never trusts the state."""
        given = reviews.approvals_of(connection, variant.variant_id, variant.revision)
        seals = [review.seal for review in given if review.seal is not None]
        if not seals:
            return "the approval"
        now = self.seal_of(connection, variant)
        parts = [each.changed_part(now) for each in seals]
        part = next((part for part in reversed(parts) if part is not None), None)
        if part is not None:
            return part
        if now.valid_until is not None and now.valid_until < self.context.today():
            return "the end of validity"
        needed = ApproverRules(self.context).needed(connection, variant)
        return _TOO_FEW if len(people_of(given)) < needed.approvers else None

    def seal_of(self, connection: Connection, variant: Variant) -> Seal:
        """The seal over what is there now, in the caller's view of the database."""
        return seal_of(self.context, connection, variant)

    def _approvers(
        self, connection: Connection, variant: Variant, now: Seal | None = None
    ) -> Approvers:
        """As the rules say; an approval of what is no longer there does not count."""
        found = ApproverRules(self.context).of(connection, variant)
        if not found.given:
            return found
        now = now or self.seal_of(connection, variant)
        given = tuple(r for r in found.given if r.seal and r.seal.changed_part(now) is None)
        return Approvers(found.needed, found.because, given)

    def _complete(self, decision: ReviewDecision, reason: str, judged: Judged) -> Judged:
        """What was judged, with a category where a refusal names none."""
        known = self.context.policy().approval.categories
        if decision is ReviewDecision.APPROVE:
            return Judged("", judged.confirmed, judged.batch)
        if not reason.strip():
            raise MoveRefused("Give a reason, so that the author knows what to do.")
        category = judged.category or known[-1]
        if category not in known:
            raise MoveRefused(f"There is no category '{category}'; choose {', '.join(known)}.")
        return Judged(category, judged.confirmed, judged.batch)

    def _record(
        self,
        write: Write,
        variant: Variant,
        decision: ReviewDecision,
        reason: str,
        judged: Judged,
    ) -> Review:
        approves = decision is ReviewDecision.APPROVE
        review = Review(
            review_id=f"{variant.variant_id}-r{variant.revision}-{write.at:%Y%m%dT%H%M%S%f}",
            variant_id=variant.variant_id,
            revision=variant.revision,
            decision=decision,
            by=write.by.name,
            verified=write.by.verified,
            reason=reason,
            at=write.at,
            seal=self.seal_of(write.connection, variant) if approves else None,
            batch=judged.batch,
            category=judged.category,
            confirmed=answered_for(variant) if approves else (),
        )
        reviews.add(write.connection, review)
        standing = self._approvers(write.connection, variant, review.seal)
        if not approves or not standing.missing:
            move(write, variant, _STEPS[decision])
        write.record(
            decision,
            variant.variant_id,
            **_seen(variant, review),
            approvers=f"{len(standing.given)} of {standing.needed}" if approves else "",
            seal=asdict(review.seal) if review.seal else None,
            # Of a refusal too: the hashes say what the person had before them.
            seen=asdict(review.seal or self.seal_of(write.connection, variant)),
        )
        logger.info("recorded %s for a message", decision, extra={"variant_id": variant.variant_id})
        return review

    def _void(self, write: Write, variant: Variant, part: str) -> None:
        expired = part == "the end of validity"
        step = Step.EXPIRE if expired else Step.VOID
        why = "has passed" if expired else "changed"
        move(write, variant, step, problem=f"Needs approval again: {part} {why}.")
        write.record("void approval", variant.variant_id, part=part)

    def _may_decide(self, connection: Connection, variant: Variant, person: Person) -> None:
        """Nothing, when the person may decide about the variant as it is.

        Raises:
            NotAllowed: not here, no approver, an author, or approved it already.
            MoveRefused: it is not in review, or a check blocks it.
        """
        known = present(connection, person)
        if known.among(authors_of(connection, variant)):
            raise NotAllowed(
                f"{person.name} wrote, edited or generated this message; "
                "somebody else has to decide about it."
            )
        require(known, Permission.REVIEW)
        moved(variant.state, Step.APPROVE)
        if variant.screened is None or variant.screened.decision is ScreenDecision.BLOCK:
            raise MoveRefused("This message has not passed the content checks.")
        given = reviews.approvals_of(connection, variant.variant_id, variant.revision)
        if known.among(people_of(given)) and known.among(
            people_of(self._approvers(connection, variant).given)
        ):
            raise NotAllowed(
                f"{person.name} approved this message already; another approver has to as well."
            )


def authors_of(connection: Connection, variant: Variant) -> frozenset[str]:
    """Everybody who wrote, edited or generated any revision of the variant."""
    every = variants.history(connection, variant.variant_id)
    return variant.authors.union(*(revision.authors for revision in every))


def _refuse_stale(connection: Connection, variant: Variant, revision: int, by: Person) -> None:
    decided = reviews.standing(connection, variant.variant_id, revision)
    waits = variant.state is VariantState.NEEDS_REVIEW
    if variant.revision != revision or (not waits and decided):
        own = variant.revision == revision and by.among(people_of(decided))
        raise StaleRevision(f"message {variant.variant_id}", own=own)


def _seen(variant: Variant, review: Review) -> dict[str, object]:
    return {
        "revision": review.revision,
        "reason": review.reason,
        "category": review.category,
        "confirmed": list(review.confirmed),
        "batch": review.batch,
        "engine": variant.screened.engine if variant.screened else "",
    }
