"""What needs somebody now: decisions, runs under way, and what ends soon."""

from dataclasses import dataclass
from datetime import timedelta

from core.models.campaign import Campaign, CampaignState
from core.models.content import Document, DocumentStatus
from core.models.messages import Variant, VariantState
from core.models.people import Person
from core.models.runs import Run
from core.orchestrator.service.campaigns import current
from core.orchestrator.service.context import Context
from core.orchestrator.service.needed import needed, needed_anywhere, unwritten
from core.storage import (
    campaigns,
    documents,
    experiments,
    outcomes,
    runs,
    segmentations,
    variants,
)
from core.workflow import Permission, allowed

_SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a campaign's way: done or not, and how much of it."""

    name: str
    done: bool
    count: str


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's view of the workspace."""

    to_review: tuple[Variant, ...]
    to_change: tuple[Variant, ...]
    to_decide: tuple[Campaign, ...]
    running: tuple[Run, ...]
    expiring: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """The start of everybody's day."""

    context: Context

    def desk(self, person: Person) -> Desk:
        """What waits for this person, by what they may do."""
        today = self.context.today()
        with self.context.read() as connection:
            waiting = variants.in_state(connection, {VariantState.NEEDS_REVIEW})
            returned = variants.in_state(
                connection,
                {VariantState.CHANGES_REQUESTED, VariantState.VOID, VariantState.EXPIRED},
            )
            every = [current(connection, c) for c in campaigns.everything(connection)]
            waiting = needed_anywhere(every, waiting)
            returned = needed_anywhere(every, returned)
            measured = [
                c
                for c in every
                if c.state is CampaignState.EXPORTED
                and outcomes.of_campaign(connection, c.campaign_id)
            ]
            active = runs.active(connection)
            library = documents.current(connection)
        reviews = allowed(person, Permission.REVIEW)
        writes = allowed(person, Permission.WRITE)
        return Desk(
            to_review=tuple(v for v in waiting if reviews and not person.among(v.authors)),
            to_change=returned if writes else (),
            to_decide=tuple(measured) if allowed(person, Permission.DECIDE) else (),
            running=active,
            expiring=tuple(
                d
                for d in library
                if d.status is DocumentStatus.APPROVED
                and d.valid_until is not None
                and today <= d.valid_until <= today + _SOON
            ),
        )

    def steps(self, campaign: Campaign) -> tuple[Step, ...]:
        """How far a campaign has come: data, segments, messages, approvals, send."""
        with self.context.read() as connection:
            every = variants.of_campaign(connection, campaign.campaign_id)
            segmentation = segmentations.get(connection, campaign.segmentation_id)
            locked = experiments.get(connection, campaign.campaign_id)
        written = needed(campaign.brief, every)
        total = len(written) + len(unwritten(campaign, segmentation, every))
        approved = [v for v in written if v.state in {VariantState.APPROVED, VariantState.EXPORTED}]
        begun = 0 < total == len(written)
        sent = campaign.state in {CampaignState.EXPORTED, CampaignState.FINISHED}
        complete = begun and len(approved) == total
        count = f"{len(written)} of {total} written" if len(written) < total else f"{total} written"
        return (
            Step("Data", done=True, count=campaign.dataset_id),
            Step("Segments", done=True, count=campaign.segmentation_id),
            Step("Messages", begun or campaign.imported, count),
            Step("Approved", complete or campaign.imported, f"{len(approved)} of {total}"),
            Step("Exported", sent, f"{locked.customers:,} assigned" if locked else "not prepared"),
        )
