"""Send: lock the experiment, assign every customer, and hand over what was approved."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core.content.sender_profiles import PROFILES
from core.errors import MoveRefused, NotFound, Refused, SealBroken
from core.models.campaign import Campaign, CampaignState, Tone
from core.models.messages import Variant, VariantState
from core.models.people import Person
from core.models.send import ArmPlan, Check, DecisionCard, Experiment, Export
from core.orchestrator.service.approvals import Approvals
from core.orchestrator.service.assigning import Plan, arms, assigned, decision_card
from core.orchestrator.service.campaigns import current, mark
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.customers import permission_column
from core.orchestrator.service.erased_places import ErasedPlaces, refuse_unfinished
from core.orchestrator.service.exporting import (
    left_out_now,
    record_left_out,
    removed_unless_recorded,
    write_export,
)
from core.orchestrator.service.mail_check import mail_check
from core.orchestrator.service.moving import move
from core.orchestrator.service.needed import Place, needed, unwritten
from core.orchestrator.service.outputs import publish_assignments, publish_variants
from core.orchestrator.service.reader_truth import truth_check
from core.orchestrator.service.readiness import Outlook, outlook, readiness
from core.orchestrator.service.screening import difference_check
from core.storage import campaigns, datasets, erasures, experiments
from core.storage import segmentations as versions
from core.storage import variants as stored
from core.storage.codec import dump
from core.storage.duck import sha256_of
from core.storage.export_sums import MANIFEST
from core.workflow import Permission, Step, require

logger = logging.getLogger(__name__)

_SENDABLE = frozenset({VariantState.APPROVED, VariantState.EXPORTED})


@dataclass(frozen=True, slots=True)
class Send:
    """The sends of a workspace."""

    context: Context
    approvals: Approvals

    def experiment(self, campaign_id: str) -> Experiment | None:
        """The locked experiment of a campaign, or None before it is prepared."""
        with self.context.read() as connection:
            return experiments.get(connection, campaign_id)

    def exports(self, campaign_id: str) -> tuple[Export, ...]:
        """What was handed over, newest first."""
        with self.context.read() as connection:
            return experiments.exports_of(connection, campaign_id)

    def senders(self) -> Mapping[str, str]:
        """What the senders are called that an export can be made for, by profile."""
        return {name: p.title[0].upper() + p.title[1:] for name, p in PROFILES.items()}

    def arms(self, campaign: Campaign) -> tuple[ArmPlan, ...]:
        """The arms of a campaign, as its brief stands."""
        return arms(campaign.brief, campaign.control)

    def card(self, campaign: Campaign) -> DecisionCard:
        """The decision card of a campaign as it would be locked now."""
        return decision_card(campaign, self.context.settings.app.experiment.alpha)

    def outlook(self, campaign_id: str) -> Outlook:
        """Whom the send would take as things are, and whom it would leave out."""
        return outlook(self.context, self._plan(campaign_id))

    def checklist(self, campaign_id: str) -> tuple[Check, ...]:
        """What has to hold before a send can be prepared, each with why it does or does not."""
        plan = self._plan(campaign_id)
        waiting = [v for v in plan.variants if v.state not in _SENDABLE]
        missing = unwritten(plan.campaign, plan.segmentation, plan.variants)
        permission = permission_column(plan.dataset)
        broken = self._broken(plan)
        return (
            Check(
                "Every message is approved",
                bool(plan.variants) and not waiting and not missing,
                _waiting_words(plan, waiting, missing),
            ),
            Check(
                "Every approval still holds",
                not broken,
                "; ".join(f"{name}: {part}" for name, part in broken)
                or "Text, audience, sources and policy are what was approved.",
            ),
            Check(
                "Permission is known",
                permission is not None,
                f"Column {permission}: only customers with permission are assigned."
                if permission
                else "This data set has no permission column, so nobody may be written to.",
            ),
            Check(
                "The campaign was not sent before",
                plan.campaign.state in {CampaignState.APPROVED, CampaignState.EXPORTED}
                or bool(waiting or missing),
                f"The campaign is {plan.campaign.state.replace('_', ' ')}.",
            ),
            truth_check(self.context, plan.campaign, plan.variants),
            difference_check(plan.campaign, plan.variants),
            mail_check(self.context, plan),
            *readiness(self.context, plan),
        )

    def prepare(self, campaign_id: str, *, by: Person) -> Experiment:
        """Lock the plan and assign every customer with permission; again gives what there is.

        Raises:
            MoveRefused: a message is not approved, or nobody may be written to.
            SealBroken: an approval no longer covers what is there; it is voided.
        """
        require(by, Permission.PREPARE_SEND)
        known = self.experiment(campaign_id)
        if known is not None:
            return known
        self._refuse_broken(campaign_id)
        plan = self._plan(campaign_id)
        failed = [c for c in self.checklist(campaign_id) if c.blocks]
        if failed:
            raise MoveRefused(f"{failed[0].name}: no. {failed[0].explanation}")
        experiment = assigned(self.context, plan, by)
        with self.context.write(by) as write:
            experiment = replace(experiment, locked_at=write.at)
            table = self.context.table(f"assignments-{campaign_id}")
            ErasedPlaces(self.context).stripped(write, plan.erasures, table)
            self._check_unchanged(write, plan)
            experiments.add(write.connection, experiment)
            write.record(
                "prepare send",
                campaign_id,
                customers=experiment.customers,
                assignments=experiment.assignments_sha256,
                excluded={e.reason: e.customers for e in experiment.excluded},
                card=asdict(experiment.card),
            )
        publish_assignments(self.context, experiment)
        publish_variants(self.context, plan.campaign, plan.variants)
        logger.info(
            "assigned %d customers to %d arms",
            experiment.customers,
            len(experiment.arms),
            extra={"campaign_id": campaign_id},
        )
        return experiment

    def export(self, campaign_id: str, *, profile: str, out: Path, by: Person) -> Export:
        """Write templates and recipient files for a sender, all of them or none.

        Raises:
            NotFound: the send was not prepared.
            SealBroken: an approval no longer covers what is there.
            MoveRefused: the campaign is over, or what a message says of its readers is not so.
            Refused: the profile is not offered, the folder is not empty, or a customer is being
                erased.
        """
        require(by, Permission.EXPORT)
        experiment = self.experiment(campaign_id)
        if experiment is None:
            raise NotFound("prepared send for campaign", campaign_id, "Prepare the send first.")
        plan = self._plan(campaign_id)
        if plan.campaign.state in {CampaignState.STOPPED, CampaignState.ARCHIVED}:
            raise MoveRefused(f"Campaign {campaign_id} is {plan.campaign.state}.")
        broken = self._broken(plan)
        if broken:
            self.approvals.void_broken(campaign_id)
            raise SealBroken(_broken_words(broken))
        waiting = [v for v in plan.variants if v.state not in _SENDABLE]
        if waiting:
            # An approval may be taken back or voided after the send was prepared.
            raise SealBroken(f"Nothing was exported. {_waiting_words(plan, waiting, ())}")
        _refuse_failed(self.context, plan)
        gone = left_out_now(self.context, campaign_id)
        export = write_export(self.context, plan, experiment, profile, out)
        with self.context.write(by) as write, removed_unless_recorded(out):
            self._check_unchanged(write, plan)
            for variant in plan.variants:
                if variant.state is not VariantState.EXPORTED:
                    move(write, variant, Step.EXPORT)
            experiments.add_export(write.connection, export, write.at)
            campaign = campaigns.get(write.connection, campaign_id)
            if campaign.state is not CampaignState.FINISHED:
                mark(write, campaign, CampaignState.EXPORTED, "mark exported")
            write.record(
                "export",
                campaign_id,
                profile=profile,
                recipients=export.recipients,
                manifest=sha256_of(export.folder / MANIFEST),
                left_out=[dump(each) for each in export.left_out],
            )
            record_left_out(write, campaign_id, gone)
        logger.info("exported %d recipients", export.recipients, extra={"campaign_id": campaign_id})
        return export

    def _plan(self, campaign_id: str) -> Plan:
        with self.context.read() as connection:
            campaign = current(connection, campaigns.get(connection, campaign_id))
            if campaign.imported:
                raise Refused(f"Campaign {campaign_id} was sent elsewhere; it can only be read.")
            return Plan(
                campaign,
                datasets.get(connection, campaign.dataset_id),
                versions.get(connection, campaign.segmentation_id),
                needed(campaign.brief, stored.of_campaign(connection, campaign_id)),
                erasures.begun(connection),
            )

    def _broken(self, plan: Plan) -> tuple[tuple[str, str], ...]:
        """The approved variants whose lock does not hold, each with the part that changed."""
        with self.context.read() as connection:
            parts = [
                (v.variant_id, self.approvals.broken_part(connection, v))
                for v in plan.variants
                if v.state in _SENDABLE
            ]
        return tuple((name, part) for name, part in parts if part is not None)

    def _refuse_broken(self, campaign_id: str) -> None:
        broken = self._broken(self._plan(campaign_id))
        if broken:
            self.approvals.void_broken(campaign_id)
            raise SealBroken(_broken_words(broken))

    def _check_unchanged(self, write: Write, plan: Plan) -> None:
        """Refuse when something changed, or somebody was erased, since the checks were made."""
        brief = campaigns.get(write.connection, plan.campaign.campaign_id).brief
        now = stored.of_campaign(write.connection, plan.campaign.campaign_id)
        seen = {(v.variant_id, v.revision, v.state) for v in plan.variants}
        live = {(v.variant_id, v.revision, v.state) for v in needed(brief, now)}
        refuse_unfinished(write.connection)
        erased = erasures.begun(write.connection) != plan.erasures
        if erased or seen != live or brief != plan.campaign.brief:
            raise MoveRefused("Something changed meanwhile; nothing was recorded. Look again.")


def _refuse_failed(context: Context, plan: Plan) -> None:
    """Refuse what has stopped being so since: days pass, and rules change."""
    truth = truth_check(context, plan.campaign, plan.variants)
    for check in (truth, mail_check(context, plan)):
        if not check.passed:
            raise MoveRefused(f"{check.name}: no. {check.explanation} Nothing was exported.")


def _waiting_words(plan: Plan, waiting: list[Variant], missing: tuple[Place, ...]) -> str:
    if not plan.variants:
        return "No messages yet: generate them first."
    if missing:
        others = f" and {len(missing) - 1} more are" if len(missing) > 1 else " is"
        return f"The {missing[0].words}{others} not written yet; generate what is missing."
    if not waiting:
        return f"All {len(plan.variants)} messages are approved."
    if any(v.tone is Tone.CONTROL and not v.message.body for v in waiting):
        return "The control message is not written yet; a person writes it on the Messages page."
    names = ", ".join(f"{v.segment} / {v.tone} ({v.state.replace('_', ' ')})" for v in waiting[:3])
    more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
    return f"{len(waiting)} of {len(plan.variants)} are not: {names}{more}."


def _broken_words(broken: tuple[tuple[str, str], ...]) -> str:
    names = "; ".join(f"{name}: {part}" for name, part in broken[:3])
    return f"Needs approval again: {names}. Nothing was prepared or exported."
