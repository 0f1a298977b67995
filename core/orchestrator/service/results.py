"""Results: outcomes come home, are read out, and somebody decides."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import BadInput, MoveRefused, NotFound
from core.models.campaign import Campaign, CampaignState
from core.models.experiment import AnalysisPlan, MetricSpec
from core.models.people import Person
from core.models.readout import Decision, Readout
from core.models.send import Experiment, OutcomesImport, ResultDecision
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.analysis import analyze_select
from core.orchestrator.service.campaigns import current, mark
from core.orchestrator.service.context import Context, Write
from core.storage import campaigns, datasets, experiments, outcome_table, outcomes
from core.storage.outcome_table import OutcomesRequest, StagedOutcomes
from core.storage.simulation import Simulation, simulate_outcomes
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

# The share of visits a rehearsal assumes when the brief names no baseline.
_REHEARSAL_SHARE = 0.1
_MEASURABLE = frozenset({CampaignState.EXPORTED, CampaignState.FINISHED})


@dataclass(frozen=True, slots=True)
class Results:
    """The outcomes and read-outs of a workspace."""

    context: Context
    agents: Agents

    def imports(self, campaign_id: str) -> tuple[OutcomesImport, ...]:
        """The outcomes files of a campaign, newest first."""
        with self.context.read() as connection:
            return outcomes.of_campaign(connection, campaign_id)

    def decisions(self, campaign_id: str) -> tuple[ResultDecision, ...]:
        """What was decided about the results, newest first."""
        with self.context.read() as connection:
            return experiments.decisions_of(connection, campaign_id)

    def import_outcomes(
        self,
        campaign_id: str,
        path: Path,
        *,
        by: Person,
        columns: Mapping[str, str] | None = None,
    ) -> OutcomesImport:
        """Take in outcomes, one row a customer; the same file again changes nothing.

        `columns` names their column for each of ours, where they differ.

        Raises:
            FileInvalid: the file or a row of it cannot be used; nothing is stored.
            MoveRefused: nothing was sent yet, or the campaign holds simulated outcomes.
        """
        require(by, Permission.IMPORT_OUTCOMES)
        campaign, _ = self._sent(campaign_id)
        if campaign.simulated:
            raise MoveRefused(
                f"Campaign {campaign_id} holds SIMULATED outcomes; real ones are never mixed in. "
                "Create the campaign again for the real send."
            )
        request = OutcomesRequest(
            self.context.table(f"assignments-{campaign_id}"), campaign.name, columns
        )
        staged = outcome_table.read_outcomes(path, request, self.context.settings.processed)
        try:
            return self._stored(campaign_id, staged, by)
        finally:
            outcome_table.discard_outcomes(staged)

    def simulate(self, campaign_id: str, *, lift: float, seed: int, by: Person) -> OutcomesImport:
        """Invented outcomes for a rehearsal; SIMULATED stands on everything made from them.

        Raises:
            MoveRefused: nothing was sent yet, or real outcomes are there.
            BadInput: the lift would need more than all customers.
        """
        require(by, Permission.IMPORT_OUTCOMES)
        campaign, experiment = self._sent(campaign_id)
        if self.imports(campaign_id) and not campaign.simulated:
            raise MoveRefused(f"Campaign {campaign_id} holds real outcomes; they stay as they are.")
        share = campaign.brief.baseline or _REHEARSAL_SHARE
        if not -1 <= lift <= 1 / share - 1:
            raise BadInput(
                f"A lift of {lift} is impossible at a baseline of {share:.1%}; "
                "give a relative effect such as 0.1 for 10 % more."
            )
        simulation = Simulation(
            visit_share={c.segment_id: share for c in experiment.counts},
            lift=lift,
            control=experiment.card.control,
            seed=seed,
        )
        with self.context.write(by) as write:
            sha256 = simulate_outcomes(
                self.context.table(f"assignments-{campaign_id}"),
                simulation,
                self.context.table(f"outcomes-{campaign_id}"),
            )
            rows = experiment.customers
            source = f"SIMULATED with lift {lift} and seed {seed}"
            repeated = outcomes.known(write.connection, campaign_id, sha256)
            made = OutcomesImport(campaign_id, source, rows, rows, repeated, simulated=True)
            if not repeated:
                outcomes.add(write.connection, made, sha256, write.at)
            _mark_simulated(write, campaign_id)
            write.record("simulate outcomes", campaign_id, lift=lift, seed=seed)
        logger.info("SIMULATED outcomes of %d customers", rows)
        return made

    def measured(self, campaign_id: str) -> bool:
        """Whether there is anything to read out."""
        return self.context.table(f"outcomes-{campaign_id}").exists()

    def readout(self, campaign_id: str) -> Readout:
        """What the outcomes say, read by the plan that was locked before the send.

        Raises:
            NotFound: no outcomes yet.
        """
        with self.context.read() as connection:
            campaign = campaigns.get(connection, campaign_id)
            experiment = experiments.get(connection, campaign_id)
            dataset = datasets.get(connection, campaign.dataset_id)
        if experiment is None or not self.measured(campaign_id):
            raise NotFound(
                "outcome of campaign", campaign_id, "Import results after the send, or simulate."
            )
        select = outcome_table.experiment_select(
            self.context.table(f"assignments-{campaign_id}"),
            self.context.table(f"outcomes-{campaign_id}"),
            self.context.table(dataset.dataset_id),
            (),
        )
        readout = analyze_select(select, _plan(campaign, experiment), self.agents.experimentation)
        logger.info("read out: %s", readout.conclusion.decision, extra={"campaign_id": campaign_id})
        return readout

    def decide(
        self, campaign_id: str, decision: Decision, *, reason: str, by: Person
    ) -> ResultDecision:
        """Record what somebody decides; it may differ from the conclusion, and says why.

        Raises:
            BadInput: no reason is given.
            NotFound: no outcomes yet.
        """
        require(by, Permission.DECIDE)
        if not reason.strip():
            raise BadInput("Give a reason for the decision; it goes into the record.")
        conclusion = self.readout(campaign_id).conclusion
        with self.context.write(by) as write:
            made = ResultDecision(
                campaign_id=campaign_id,
                decision=decision,
                conclusion=conclusion.decision,
                reason=reason.strip(),
                by=by.name,
                verified=by.verified,
                at=write.at,
            )
            experiments.add_decision(write.connection, made)
            campaign = campaigns.get(write.connection, campaign_id)
            mark(write, campaign, CampaignState.FINISHED, "finish campaign")
            write.record(
                "decide",
                campaign_id,
                decision=decision,
                conclusion=conclusion.decision,
                reason=made.reason,
            )
        return made

    def _sent(self, campaign_id: str) -> tuple[Campaign, Experiment]:
        with self.context.read() as connection:
            campaign = current(connection, campaigns.get(connection, campaign_id))
            experiment = experiments.get(connection, campaign_id)
        if experiment is None or campaign.state not in _MEASURABLE:
            raise MoveRefused(
                f"Campaign {campaign_id} is {campaign.state.replace('_', ' ')}; "
                "outcomes come after it was prepared and exported."
            )
        return campaign, experiment

    def _stored(self, name: str, staged: StagedOutcomes, by: Person) -> OutcomesImport:
        # Inside the one write transaction, so that two imports cannot both start from the old file.
        with self.context.write(by) as write:
            kept = outcome_table.store_outcomes(staged, self.context.table(f"outcomes-{name}"))
            imported = OutcomesImport(
                name, staged.source, staged.rows, staged.rows, kept.repeated, simulated=False
            )
            if not outcomes.known(write.connection, name, staged.sha256):
                outcomes.add(write.connection, imported, staged.sha256, write.at)
                write.record("import outcomes", name, rows=staged.rows, added=kept.added)
        logger.info("took in %d outcomes", staged.rows, extra={"campaign_id": name})
        return imported


def _mark_simulated(write: Write, campaign_id: str) -> None:
    campaign = campaigns.get(write.connection, campaign_id)
    if not campaign.simulated:
        campaigns.save(
            write.connection,
            replace(campaign, simulated=True),
            expected_revision=campaign.revision,
        )


def _plan(campaign: Campaign, experiment: Experiment) -> AnalysisPlan:
    """The locked decision card, as the plan of a read-out."""
    card = experiment.card
    return AnalysisPlan(
        arm="arm",
        control=card.control,
        metrics=tuple(MetricSpec.parse(m) for m in (card.primary_metric, *card.other_metrics)),
        guardrails=tuple(MetricSpec.parse(m) for m in card.guardrails),
        by=("segment",),
        split=tuple((arm.name, arm.weight) for arm in experiment.arms),
        alpha=card.alpha,
        mde=card.smallest_effect,
        simulated=campaign.simulated,
        unit="customer_id",
    )
