"""Messages: generate the variants of a campaign, edit them, check them again."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.errors import BadInput, MoveRefused
from core.models.campaign import Campaign, CampaignState
from core.models.discussion import Suggestion
from core.models.messages import (
    Generation,
    Message,
    ScreenDecision,
    Screened,
    TextField,
    Variant,
    VariantState,
)
from core.models.people import Person
from core.models.runs import Run, RunState
from core.orchestrator.pipeline import Agents, screen
from core.orchestrator.runs import Runner, Target
from core.orchestrator.service.audience import segment_truth
from core.orchestrator.service.citations import cited_documents, linked
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.moving import move
from core.orchestrator.service.needed import Place, needed, places
from core.orchestrator.service.outputs import publish_variants
from core.orchestrator.service.suggested import accepted
from core.orchestrator.service.waiting import wait_for
from core.storage import campaigns, documents, runs, segmentations, variants
from core.workflow import Permission, Step, moved, require

logger = logging.getLogger(__name__)

_BY_HAND = Generation("person", "", "", "")
# What `generate` writes (again); anything in review or approved is left to people.
_WANTING = frozenset(
    {
        VariantState.DRAFT,
        VariantState.SCREENING,
        VariantState.FAILED,
        VariantState.BLOCKED,
        VariantState.CHANGES_REQUESTED,
        VariantState.REJECTED,
        VariantState.VOID,
        VariantState.EXPIRED,
    }
)
_FIXED = frozenset(
    {
        CampaignState.EXPORTED,
        CampaignState.FINISHED,
        CampaignState.STOPPED,
        CampaignState.ARCHIVED,
    }
)


@dataclass(frozen=True, slots=True)
class Messages:
    """The variants of campaigns, and the runs that write them."""

    context: Context
    agents: Agents
    runner: Runner

    def variants(self, campaign_id: str) -> tuple[Variant, ...]:
        """Every variant a campaign's brief asks for, by segment and tone; everyone's comes last."""
        with self.context.read() as connection:
            brief = campaigns.get(connection, campaign_id).brief
            return needed(brief, variants.of_campaign(connection, campaign_id))

    def get(self, variant_id: str) -> Variant:
        """One variant at its current revision; raises NotFound."""
        with self.context.read() as connection:
            return variants.get(connection, variant_id)

    def history(self, variant_id: str) -> tuple[Variant, ...]:
        """Every revision of a variant, newest first."""
        with self.context.read() as connection:
            return variants.history(connection, variant_id)

    def runs(self, campaign_id: str | None = None) -> tuple[Run, ...]:
        """The latest runs, newest first."""
        with self.context.read() as connection:
            if campaign_id is None:
                return runs.recent(connection, 50)
            return runs.of_campaign(connection, campaign_id)

    def generate(self, campaign_id: str, *, by: Person, only: frozenset[str] | None = None) -> Run:
        """Start writing what is missing or has to be written anew; joins a run under way.

        `only` names variants to write again, in review or not.

        Raises:
            MoveRefused: the campaign is past writing, or nothing is left to write.
        """
        require(by, Permission.WRITE)
        self.runner.connect()
        with self.context.write(by) as write:
            campaign = campaigns.get(write.connection, campaign_id)
            if campaign.state in _FIXED or campaign.imported:
                raise MoveRefused(f"Campaign {campaign_id} is past writing messages.")
            for run in runs.of_campaign(write.connection, campaign_id):
                if not run.state.over:
                    return run
            targets = self._targets(write, campaign, only)
            run = _new_run(write, campaign_id, len(targets))
            runs.add(write.connection, run)
            self.runner.enqueue(write.connection, run, targets)
            write.record("start run", campaign_id, run=run.run_id, variants=len(targets))
        logger.info("started a run of %d variants", run.total, extra={"run_id": run.run_id})
        return run

    def cancel(self, run_id: str, *, by: Person) -> Run:
        """Stop a run before its next variant; what is written stays."""
        require(by, Permission.WRITE)
        with self.context.write(by) as write:
            run = runs.finish(
                write.connection, run_id, RunState.CANCELLED, f"cancelled by {by.name}", write.at
            )
            write.record("cancel run", run_id)
            return run

    def wait(
        self,
        run_id: str,
        *,
        timeout_s: float = 3600.0,
        told: Callable[[Run], None] | None = None,
    ) -> Run:
        """The run when it is over; `told` hears of every change on the way.

        Raises:
            ProviderUnavailable: it is not over in time, or no process carries it out.
        """
        return wait_for(self.context, run_id, timeout_s=timeout_s, told=told)

    def publish(self, campaign_id: str) -> None:
        """Write `variants.json` of a campaign."""
        with self.context.read() as connection:
            campaign = campaigns.get(connection, campaign_id)
            every = variants.of_campaign(connection, campaign_id)
        publish_variants(self.context, campaign, needed(campaign.brief, every))

    def edit(
        self,
        variant_id: str,
        message: Message,
        *,
        expected_revision: int,
        by: Person,
        suggestion: Suggestion | None = None,
    ) -> Variant:
        """A new revision in somebody's own words, checked at once; the editor is an author.

        With `suggestion`, the words are those somebody else proposed, and it is accepted with it.

        Raises:
            StaleRevision: the text was changed meanwhile; nothing is recorded.
            BadInput: a part is empty or nothing was changed.
            ProviderFailed: the screen gave no answer; nothing is recorded.
        """
        require(by, Permission.WRITE)
        with self.context.read() as connection:
            variant = variants.get(connection, variant_id)
            campaign = campaigns.get(connection, variant.campaign_id)
            library = documents.current(connection)
        _check_edit(message, variant.message)
        moved(variant.state, Step.REWRITE)
        truth = segment_truth(self.context, campaign.segmentation_id, variant.segment_id)
        allowed = self.agents.retrieval.allowed(library, truth, day=self.context.today())
        citations = linked(message, allowed)
        found = screen(self.agents, message, allowed, citations=citations, brief=campaign.brief)
        with self.context.write(by) as write:
            edited = replace(
                variant,
                state=VariantState.DRAFT,
                message=message,
                citations=citations,
                screened=None,
                generation=_BY_HAND,
                authors=variant.authors | {by.name},
                updated_at=write.at,
                problem="",
            )
            stored = variants.rewrite(write.connection, edited, expected_revision=expected_revision)
            write.record("edit message", variant_id, revision=stored.revision)
            if suggestion is not None:
                accepted(write, suggestion)
            return _settled(write, stored, found)

    def check_again(self, variant_id: str, *, by: Person) -> Variant:
        """Screen an unchanged text anew and put it back in the queue when nothing blocks it."""
        require(by, Permission.WRITE)
        with self.context.read() as connection:
            variant = variants.get(connection, variant_id)
            campaign = campaigns.get(connection, variant.campaign_id)
            cited = cited_documents(connection, variant.citations)
        found = screen(
            self.agents,
            variant.message,
            cited,
            citations=variant.citations,
            brief=campaign.brief,
        )
        with self.context.write(by) as write:
            write.record("check again", variant_id, revision=variant.revision)
            return _settled(write, variant, found)

    def _targets(
        self, write: Write, campaign: Campaign, only: frozenset[str] | None
    ) -> tuple[Target, ...]:
        """The variants to write, new ones added as empty drafts."""
        segmentation = segmentations.get(write.connection, campaign.segmentation_id)
        known = {
            v.variant_id: v for v in variants.of_campaign(write.connection, campaign.campaign_id)
        }
        for place in places(campaign, segmentation):
            if place.variant_id not in known:
                known[place.variant_id] = _empty(place, campaign, write)
                variants.add(write.connection, known[place.variant_id])
        chosen = [
            v
            for v in needed(campaign.brief, known.values())
            if (v.variant_id in only if only is not None else v.state in _WANTING)
        ]
        for variant in chosen:
            moved(variant.state, Step.REWRITE)
        if not chosen:
            raise MoveRefused(
                "Every message of this campaign is in review or approved; nothing was generated."
            )
        return tuple((v.variant_id, v.revision) for v in chosen)


def _new_run(write: Write, campaign_id: str, total: int) -> Run:
    return Run(
        run_id=f"{campaign_id}-{write.at:%Y%m%dT%H%M%S%f}",
        campaign_id=campaign_id,
        kind="write variants",
        state=RunState.QUEUED,
        done=0,
        total=total,
        started_by=write.by.name,
        created_at=write.at,
        finished_at=None,
    )


def _empty(place: Place, campaign: Campaign, write: Write) -> Variant:
    return Variant(
        variant_id=place.variant_id,
        campaign_id=campaign.campaign_id,
        segment_id=place.segment.segment_id,
        segment=place.segment.name,
        tone=place.tone,
        revision=0,
        state=VariantState.DRAFT,
        message=Message("", "", ""),
        citations=(),
        screened=None,
        generation=Generation("", "", "", ""),
        authors=frozenset(),
        updated_at=write.at,
    )


def _settled(write: Write, variant: Variant, found: Screened) -> Variant:
    """The variant screened: blocked, or in the queue."""
    step = Step.BLOCK if found.decision is ScreenDecision.BLOCK else Step.QUEUE
    settled = move(write, move(write, variant, Step.SCREEN), step, screened=found)
    rules = sorted({f.rule for f in found.findings})
    write.record(step, variant.variant_id, revision=variant.revision, rules=rules)
    return settled


def _check_edit(message: Message, before: Message) -> None:
    if message == before:
        raise BadInput("Nothing was changed, so nothing was saved.")
    for field in TextField:
        if not message.part(field).strip():
            raise BadInput(f"The {field} is empty; write one.")
