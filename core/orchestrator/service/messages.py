"""Messages: generate the variants of a campaign, edit them, check them again."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.errors import BadInput, MoveRefused
from core.models.campaign import Tone
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
from core.models.runs import Run, RunReport, RunState
from core.orchestrator.pipeline import Agents
from core.orchestrator.runs import Runner
from core.orchestrator.service.citations import linked
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.ledger import allowed_for, rests_on
from core.orchestrator.service.moving import move
from core.orchestrator.service.needed import needed, places
from core.orchestrator.service.new_runs import MISSING, NewRuns, empty_variant
from core.orchestrator.service.outputs import publish_variants, variants_document
from core.orchestrator.service.screening import screened
from core.orchestrator.service.still_true import outdated
from core.orchestrator.service.suggested import accepted
from core.orchestrator.service.waiting import wait_for
from core.storage import campaigns, run_variants, runs, segmentations, variants
from core.workflow import Permission, Step, moved, require

logger = logging.getLogger(__name__)

_BY_HAND = Generation("person", "", "", "")


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

    def generate(
        self,
        campaign_id: str,
        *,
        by: Person,
        only: frozenset[str] | None = None,
        cost_cap_usd: float | None = None,
    ) -> Run:
        """Start writing what is missing or has to be written anew; joins a run under way.

        `only` names variants to write again, in review or not; `cost_cap_usd` is a budget for
        this run in place of the brief's or the settings'.

        Raises:
            MoveRefused: the campaign is past writing, or nothing is left to write.
            ConfigInvalid: there is a budget, and nobody knows what the engine costs.
        """
        require(by, Permission.WRITE)
        return NewRuns(self.context, self.agents, self.runner).start(
            campaign_id, by=by, only=only, cost_cap_usd=cost_cap_usd
        )

    def missing(self, campaign_id: str) -> frozenset[str]:
        """The messages an engine has to write: without a text, or with none that was checked."""
        every = [v for v in self.variants(campaign_id) if v.tone is not Tone.CONTROL]
        return frozenset(v.variant_id for v in every if v.state in MISSING)

    def retry_missing(self, campaign_id: str, *, by: Person) -> Run:
        """Write what is missing, and leave alone what was written and blocked or turned down.

        Raises:
            MoveRefused: nothing is missing.
        """
        return self.generate(campaign_id, by=by, only=self.missing(campaign_id))

    def run_report(self, run_id: str) -> RunReport:
        """A run, how each of its messages ended, and what was used; raises NotFound."""
        with self.context.read() as connection:
            return run_variants.report(connection, run_id)

    def cancel(self, run_id: str, *, by: Person) -> Run:
        """Stop a run before its next variant; what is written stays."""
        require(by, Permission.WRITE)
        with self.context.write(by) as write:
            why = f"cancelled by {by.name}"
            run = runs.finish(write.connection, run_id, RunState.CANCELLED, why, write.at)
            run_variants.leave(write.connection, run_id, why, write.at)
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
        run = wait_for(self.context, run_id, timeout_s=timeout_s, told=told)
        if run.state in {RunState.CANCELLED, RunState.CAPPED}:
            # What was under way when it was stopped is paid for, and written too.
            self.runner.let_end()
        return run

    def document(self, campaign_id: str) -> str:
        """The text of `variants.json` of a campaign, as things are now."""
        return variants_document(self.variants(campaign_id))

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
        _check_edit(message, variant.message)
        moved(variant.state, Step.REWRITE)
        allowed = allowed_for(self.context, self.agents, variant, campaign)
        citations = linked(message, allowed)
        found = screened(self.context, self.agents, variant, message, allowed, citations)
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

    def begin_control(self, campaign_id: str, *, by: Person) -> Variant:
        """The control message of a campaign, empty where nobody has written it yet; then `edit` it.

        Raises:
            MoveRefused: the brief asks for no control message.
        """
        require(by, Permission.WRITE)
        with self.context.write(by) as write:
            campaign = campaigns.get(write.connection, campaign_id)
            segmentation = segmentations.get(write.connection, campaign.segmentation_id)
            wanted = [p for p in places(campaign, segmentation) if p.tone is Tone.CONTROL]
            if not wanted:
                raise MoveRefused("The brief asks for no control message; choose it there first.")
            every = variants.of_campaign(write.connection, campaign_id)
            known = next((v for v in every if v.variant_id == wanted[0].variant_id), None)
            if known is not None:
                return known
            begun = empty_variant(wanted[0], campaign, write)
            variants.add(write.connection, begun)
            write.record("begin control message", begun.variant_id)
            return begun

    def check_again(self, variant_id: str, *, by: Person) -> Variant:
        """Screen an unchanged text anew and put it back in the queue when nothing blocks it.

        Raises:
            MoveRefused: it waits for review, checked under the policy in force.
        """
        require(by, Permission.WRITE)
        with self.context.read() as connection:
            variant = variants.get(connection, variant_id)
            campaign = campaigns.get(connection, variant.campaign_id)
            if variant.state is VariantState.NEEDS_REVIEW and not outdated(
                self.context, connection, variant
            ):
                raise MoveRefused("This message was checked under the policy in force.")
        sources = rests_on(self.context, self.agents, variant, campaign)
        found = screened(
            self.context, self.agents, variant, variant.message, sources, variant.citations
        )
        with self.context.write(by) as write:
            write.record("check again", variant_id, revision=variant.revision)
            return _settled(write, variant, found)

    def check_outdated(self, campaign_id: str, *, by: Person) -> int:
        """Check again what waits for review and was checked under an earlier content policy.

        Returns:
            How many were checked.

        Raises:
            ProviderFailed: the screen gave no answer; what was checked before stays checked.
        """
        require(by, Permission.WRITE)
        with self.context.read() as connection:
            waiting = [
                v.variant_id
                for v in variants.of_campaign(connection, campaign_id)
                if v.state is VariantState.NEEDS_REVIEW and outdated(self.context, connection, v)
            ]
        for name in waiting:
            self.check_again(name, by=by)
        return len(waiting)


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
