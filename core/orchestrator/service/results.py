"""Results: outcomes come home, are read out, and somebody decides."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from core.errors import BadInput, MoveRefused, NotFound, Refused
from core.models.campaign import Campaign, CampaignState
from core.models.experiment import MetricSpec
from core.models.people import Person
from core.models.placebo import Placebo, PlaceboRequest
from core.models.readout import Decision, Readout
from core.models.send import (
    DecisionCard,
    Experiment,
    OutcomesImport,
    ReadingMethod,
    ResultDecision,
)
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.analysis import analyze_select
from core.orchestrator.service.campaigns import current, mark
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.delivery import rows_asked
from core.orchestrator.service.erased_groups import READ_AGAIN, left_out
from core.orchestrator.service.reading import reading
from core.orchestrator.service.running import read_out_on
from core.orchestrator.service.tracked import tell_of_decision, tell_of_readout
from core.storage import campaigns, experiments, outcome_table, outcomes
from core.storage.outcome_table import OutcomesRequest, StagedOutcomes
from core.storage.simulation import Simulation, simulate_outcomes
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

# The share of visits a rehearsal assumes when the brief names no baseline.
_REHEARSAL_SHARE = 0.1
_REHEARSED = ("visit", "conversion", "spend")
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
        leave_out_others: bool = False,
    ) -> OutcomesImport:
        """Take in outcomes, one row a customer; the same file again changes nothing.

        `columns` names their column for each of ours, where they differ; `leave_out_others`
        passes over the rows of customers who are not in the test, and counts them.

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
            self.context.table(f"assignments-{campaign_id}"),
            campaign.name,
            columns,
            leave_out_others=leave_out_others,
            left_out=left_out(self.context),
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
            others=_others(experiment.card),
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
        """Whether there is anything to read out; in stages, once a part of it is complete."""
        stored = self.context.table(f"outcomes-{campaign_id}").exists()
        return stored and self.waiting(campaign_id) is None

    def waiting(self, campaign_id: str) -> str | None:
        """Why the outcomes of a send in stages cannot be read yet; None for all others."""
        with self.context.read() as connection:
            experiment = experiments.get(connection, campaign_id)
        staged = experiment is not None and experiment.card.method is ReadingMethod.IN_STAGES
        if not (staged and self.context.table(f"outcomes-{campaign_id}").exists()):
            return None
        return reading(self.context, campaign_id).waiting

    def read_out_on(self, campaign_id: str) -> date | None:
        """The day fixed for the read-out; None before the first export, and where there is none."""
        with self.context.read() as connection:
            experiment = experiments.get(connection, campaign_id)
            first_export = experiments.first_export_at(connection, campaign_id)
        return None if experiment is None else read_out_on(experiment.card, first_export)

    def placebo(self, campaign_id: str, request: PlaceboRequest) -> Placebo:
        """The test tried on its own customers, the groups dealt out anew by chance.

        Raises:
            NotFound: no outcomes yet.
            BadInput: there are too many customers to shuffle their amounts.
        """
        found = self.readout(campaign_id, shuffles=request).placebo
        if found is None:
            raise NotFound("placebo of campaign", campaign_id, "Nothing of it can be shuffled.")
        return found

    def readout(self, campaign_id: str, *, shuffles: PlaceboRequest | None = None) -> Readout:
        """What the outcomes say, read by the plan that was locked before the send.

        With `shuffles`, the tests are also tried on groups dealt out by chance.

        Raises:
            NotFound: no outcomes yet, or none that are complete.
        """
        now = reading(self.context, campaign_id)
        if now.waiting is not None:
            raise NotFound("complete outcome of campaign", campaign_id, now.waiting)
        agent = self.agents.experimentation
        asked = rows_asked(self.context, campaign_id)
        readout = now.noted(
            analyze_select(now.select, now.plan, agent, shuffles=shuffles, asked=asked)
        )
        logger.info("read out: %s", readout.conclusion.decision, extra={"campaign_id": campaign_id})
        tell_of_readout(self.context, campaign_id, readout)
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
                preliminary=conclusion.preliminary,
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
                preliminary=made.preliminary,
            )
        tell_of_decision(self.context, made)
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
            if not staged.path.is_file():
                raise Refused(READ_AGAIN)
            kept = outcome_table.store_outcomes(staged, self.context.table(f"outcomes-{name}"))
            imported = OutcomesImport(
                name,
                staged.source,
                staged.rows + staged.others + staged.passed_over,
                staged.rows,
                kept.repeated,
                simulated=False,
                others=staged.others,
                passed_over=staged.passed_over,
            )
            if not outcomes.known(write.connection, name, staged.sha256):
                outcomes.add(write.connection, imported, staged.sha256, write.at)
                counts = {"rows": staged.rows, "added": kept.added, "left_out": staged.others}
                counts["passed_over"] = staged.passed_over
                write.record("import outcomes", name, **counts)
        logger.info("took in %d outcomes", staged.rows, extra={"campaign_id": name})
        return imported


def _others(card: DecisionCard) -> tuple[str, ...]:
    """The columns of the card's metrics that a rehearsal does not have anyway."""
    specs = (card.primary_metric, *card.other_metrics, *card.guardrails)
    columns = [column for spec in specs for column in MetricSpec.parse(spec).columns]
    return tuple(dict.fromkeys(c for c in columns if c not in _REHEARSED))


def _mark_simulated(write: Write, campaign_id: str) -> None:
    campaign = campaigns.get(write.connection, campaign_id)
    if not campaign.simulated:
        campaigns.save(
            write.connection,
            replace(campaign, simulated=True),
            expected_revision=campaign.revision,
        )
