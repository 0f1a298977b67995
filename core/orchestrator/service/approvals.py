"""Approval: one person decides about one revision, and never about their own work."""

import logging
from dataclasses import asdict, dataclass
from datetime import date

from core.content.seal import seal
from core.errors import MoveRefused, NotAllowed, StaleRevision
from core.models.approval import Review, ReviewDecision, Seal
from core.models.messages import ScreenDecision, Variant, VariantState
from core.models.people import Person
from core.orchestrator.service.audience import audience_sha256
from core.orchestrator.service.citations import (
    current_documents,
    superseded,
    unusable_now,
)
from core.orchestrator.service.context import SYSTEM, Context, Write
from core.orchestrator.service.moving import move
from core.orchestrator.service.needed import needed_anywhere
from core.orchestrator.service.reader_truth import untrue_now
from core.storage import campaigns, reviews, variants
from core.storage.database import Connection
from core.workflow import Permission, Step, moved, require

logger = logging.getLogger(__name__)

_STEPS = {
    ReviewDecision.APPROVE: Step.APPROVE,
    ReviewDecision.REQUEST_CHANGES: Step.REQUEST_CHANGES,
    ReviewDecision.REJECT: Step.REJECT,
}


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

    def why_not(self, variant: Variant, person: Person) -> str | None:
        """Why this person may not decide about this variant, or None when they may."""
        try:
            _may_decide(variant, person)
        except (NotAllowed, MoveRefused) as reason:
            return str(reason)
        return None

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
        batch: bool = False,
    ) -> Review:
        """Record a decision about exactly the revision that was looked at.

        Raises:
            NotAllowed: the person is no approver, or is an author of the text.
            StaleRevision: it was changed or decided meanwhile; nothing is recorded.
            MoveRefused: the variant is not in review, or no reason is given for a refusal.
        """
        require(by, Permission.REVIEW)
        if decision is not ReviewDecision.APPROVE and not reason.strip():
            raise MoveRefused("Give a reason, so that the author knows what to do.")
        if decision is ReviewDecision.APPROVE:
            self._refuse_untrue(variant_id)
        with self.context.write(by) as write:
            variant = variants.get(write.connection, variant_id)
            decided = reviews.of_variant(write.connection, variant_id)
            waits = variant.state is VariantState.NEEDS_REVIEW
            if variant.revision != revision or (
                not waits and any(r.revision == revision for r in decided)
            ):
                raise StaleRevision(f"message {variant_id}")
            _may_decide(variant, by)
            if decision is ReviewDecision.APPROVE:
                _refuse_superseded(write.connection, variant, self.context.today())
            return self._record(write, variant, decision, reason.strip(), batch=batch)

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
        review = reviews.approval_of(connection, variant.variant_id, variant.revision)
        if review is None or review.seal is None:
            return "the approval"
        now = self.seal_of(connection, variant)
        part = review.seal.changed_part(now)
        if part is not None:
            return part
        if now.valid_until is not None and now.valid_until < self.context.today():
            return "the end of validity"
        return None

    def seal_of(self, connection: Connection, variant: Variant) -> Seal:
        """The seal over what is there now, in the caller's view of the database."""
        campaign = campaigns.get(connection, variant.campaign_id)
        return seal(
            variant.message,
            audience=audience_sha256(self.context, campaign, variant.segment_id),
            documents=current_documents(connection, variant.citations),
            policy=self.context.settings.policy_sha256,
            prompt=self.context.settings.prompts.sha256,
            link=campaign.brief.url or "",
        )

    def _refuse_untrue(self, variant_id: str) -> None:
        """Refuse what is no longer true of all readers, as days and audiences change."""
        with self.context.read() as connection:
            variant = variants.get(connection, variant_id)
            campaign = campaigns.get(connection, variant.campaign_id)
        reason = untrue_now(self.context, campaign, variant)
        if reason is not None and variant.state is VariantState.NEEDS_REVIEW:
            raise MoveRefused(f"This message can no longer be approved. {reason}")

    def _record(
        self,
        write: Write,
        variant: Variant,
        decision: ReviewDecision,
        reason: str,
        *,
        batch: bool,
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
            batch=batch,
        )
        reviews.add(write.connection, review)
        move(write, variant, _STEPS[decision])
        write.record(
            decision,
            variant.variant_id,
            revision=variant.revision,
            reason=reason,
            batch=batch,
            engine=variant.screened.engine if variant.screened else "",
            seal=asdict(review.seal) if review.seal else None,
        )
        logger.info("recorded %s for a message", decision, extra={"variant_id": variant.variant_id})
        return review

    def _void(self, write: Write, variant: Variant, part: str) -> None:
        expired = part == "the end of validity"
        step = Step.EXPIRE if expired else Step.VOID
        why = "has passed" if expired else "changed"
        move(write, variant, step, problem=f"Needs approval again: {part} {why}.")
        write.record("void approval", variant.variant_id, part=part)


def _may_decide(variant: Variant, person: Person) -> None:
    """Nothing, when the person may decide about the variant as it is.

    Raises:
        NotAllowed: no approver, or an author.
        MoveRefused: it is not in review, or a check blocks it.
    """
    if person.name in variant.authors:
        raise NotAllowed(
            f"{person.name} wrote, edited or generated this message; "
            "somebody else has to decide about it."
        )
    require(person, Permission.REVIEW)
    moved(variant.state, Step.APPROVE)
    if variant.screened is None or variant.screened.decision is ScreenDecision.BLOCK:
        raise MoveRefused("This message has not passed the content checks.")


def _refuse_superseded(connection: Connection, variant: Variant, day: date) -> None:
    old = superseded(connection, variant.citations)
    if old:
        raise MoveRefused(
            f"This message cites an earlier version of {', '.join(old)}; "
            "ask the author to generate it again."
        )
    gone = unusable_now(connection, variant.citations, day)
    if gone:
        raise MoveRefused(
            f"This message rests on documents that may no longer be used: {', '.join(gone)}; "
            "ask the author to generate it again."
        )
