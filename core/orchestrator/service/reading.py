"""How the outcomes of a send are read: by the method that was locked, and by no other.

Once: everybody, at a fixed horizon, on a day that is fixed by the first export; before it the
conclusion on real outcomes is preliminary. In stages: only customers whose days after the send
have passed, by group-sequential bounds at the planned number. Imported: once, when it comes.
SIMULATED outcomes play the whole test to its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.charts.dates import day_words
from core.charts.units import count
from core.errors import BadInput, NotFound
from core.models.campaign import Campaign
from core.models.experiment import AnalysisPlan, MetricSpec
from core.models.readout import Loss, Readout
from core.models.send import DecisionCard, Experiment, ReadingMethod
from core.models.stages import SENT_ON
from core.orchestrator.service.context import Context
from core.orchestrator.service.delivery import gone_before_export, losses, stages
from core.orchestrator.service.running import read_out_on
from core.storage import campaigns, experiments, outcome_table, outcomes
from core.storage.maturity import Maturity, complete_only, maturity

NO_DAYS = (
    "The test is read in stages, and its outcomes have no column sent_on. Bring a file that "
    "gives everybody the day they were sent to, and the not contacted the day they would have "
    "been sent to with the others of their stage."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read: the plan, the rows, and what to say about those that are not or not whole.

    `waiting` says why nothing can be read yet; None where it can.
    """

    plan: AnalysisPlan
    select: str
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    waiting: str | None = None

    def noted(self, readout: Readout, lost: tuple[Loss, ...] = ()) -> Readout:
        """The read-out with these notes and warnings beside those of its own, and who was lost."""
        health = readout.health
        notes, warnings = health.notes + self.notes, health.warnings + self.warnings
        health = replace(health, notes=notes, warnings=warnings, losses=lost)
        return replace(readout, health=health)

    def losses(self, context: Context, campaign_id: str) -> tuple[Loss, ...]:
        """Why customers who are read were lost on the way."""
        return losses(context, campaign_id, self.select, self.plan.stages)


def reading(context: Context, campaign_id: str) -> Reading:
    """The reading of a campaign's outcomes on this day, by the card that was locked.

    Raises:
        NotFound: no outcomes yet.
    """
    with context.read() as connection:
        campaign = campaigns.get(connection, campaign_id)
        experiment = experiments.get(connection, campaign_id)
        first_export = experiments.first_export_at(connection, campaign_id)
        newest = outcomes.newest_at(connection, campaign_id)
    stored = context.table(f"outcomes-{campaign_id}")
    if experiment is None or not stored.exists():
        hint = "Import results after the send, or simulate."
        raise NotFound("outcome of campaign", campaign_id, hint)
    assignments, dataset = f"assignments-{campaign_id}", campaign.dataset_id
    travelled = stages(campaign, stored)
    select = outcome_table.experiment_select(
        context.table(assignments),
        stored,
        context.table(dataset),
        (),
        stages=travelled,
        gone=gone_before_export(context, campaign_id),
    )
    known = outcome_table.metrics_of(stored)
    plan, unread = _measured(replace(_plan(campaign, experiment), stages=travelled), known)
    dated = SENT_ON in outcome_table.delivery_of(stored)
    days = _Days(context.today(), newest and newest.date(), dated=dated)
    if experiment.card.method is ReadingMethod.IN_STAGES:
        plan = replace(plan, sequential=True, planned_n=experiment.customers)
        now = _in_stages(plan, select, experiment.card, days)
    else:
        now = _once(plan, select, read_out_on(experiment.card, first_export), days)
    return replace(now, warnings=now.warnings + unread)


def _measured(plan: AnalysisPlan, known: Sequence[str]) -> tuple[AnalysisPlan, tuple[str, ...]]:
    """The plan without what the outcomes do not hold, and a warning about each of that.

    Raises:
        BadInput: the metric that decides is not there.
    """
    missing = [m for m in plan.all_metrics if not set(m.columns) <= set(known)]
    if plan.primary in missing:
        raise BadInput(
            f"The outcomes do not hold {plan.primary.name}, which decides; they hold "
            f"{', '.join(known)}. Bring a file with it, or map the columns."
        )
    kinds = {True: "guardrail", False: "metric"}
    said = tuple(
        f"The {kinds[m in plan.guardrails]} {m.name} is on the decision card and cannot be read: "
        f"the outcomes have no {' or '.join(c for c in m.columns if c not in known)}."
        for m in missing
    )
    metrics = tuple(m for m in plan.metrics if m not in missing)
    guardrails = tuple(m for m in plan.guardrails if m not in missing)
    return replace(plan, metrics=metrics, guardrails=guardrails), said


@dataclass(frozen=True, slots=True)
class _Days:
    """The day of the reading, that of the newest outcomes, and whether sends have days."""

    today: date
    newest: date | None
    dated: bool


def _once(plan: AnalysisPlan, select: str, day: date | None, days: _Days) -> Reading:
    """Everybody; preliminary before the fixed day, unless the outcomes are SIMULATED."""
    plan = replace(plan, read_out_on=day)
    if day is None or plan.simulated:
        return Reading(plan, select)
    if days.today < day:
        return Reading(replace(plan, preliminary=True), select)
    if days.newest is None or days.newest >= day:
        return Reading(plan, select)
    stale = (
        f"The newest outcomes came in on {day_words(days.newest)}, before the day of the "
        f"read-out, {day_words(day)}. Bring in a file from after that day."
    )
    return Reading(plan, select, warnings=(stale,))


def _in_stages(plan: AnalysisPlan, select: str, card: DecisionCard, days: _Days) -> Reading:
    """Whoever's days have passed, against the number that was planned."""
    if plan.simulated:
        return Reading(plan, select)
    if not days.dated:
        return Reading(plan, select, waiting=NO_DAYS)
    found = maturity(select, days=card.outcome_days, today=days.today)
    known = days.newest or days.today
    then = maturity(select, days=card.outcome_days, today=min(known, days.today))
    late = sum(found.complete.values()) - sum(then.complete.values())
    stale = (
        f"The newest outcomes came in on {day_words(known)}; of {count(late)} customers the "
        f"{card.outcome_days} days passed after that. Bring in a newer file."
    )
    return Reading(
        replace(plan, time=SENT_ON),
        complete_only(select, days=card.outcome_days, today=days.today),
        _notes(found, card),
        (stale,) if late else (),
        _waiting(found, card),
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
        single_messages=_single_messages(campaign, experiment),
        alpha=card.alpha,
        mde=card.smallest_effect,
        simulated=campaign.simulated,
        unit="customer_id",
    )


def _single_messages(campaign: Campaign, experiment: Experiment) -> tuple[str, ...] | None:
    """The arms in which everybody got the same text; of a mailing made elsewhere, all of them."""
    if campaign.imported:
        return None
    return tuple(arm.name for arm in experiment.arms if arm.everyone)


def _waiting(found: Maturity, card: DecisionCard) -> str | None:
    """Why there is nothing to compare yet."""
    complete = [arm for arm, customers in found.complete.items() if customers]
    if card.control in complete and len(complete) > 1:
        return None
    if complete and card.control not in complete and not found.young.get(card.control):
        return (
            f"None of the group '{card.control}' has a sent_on, so they cannot be placed in a "
            "stage. Give them the day they would have been sent to with the others."
        )
    if found.next_on is None:
        return "Nobody has a sent_on yet, so nobody's outcomes can be read."
    return (
        f"Of no two groups have the {card.outcome_days} days after the send passed; the next "
        f"customers are complete on {day_words(found.next_on)}."
    )


def _notes(found: Maturity, card: DecisionCard) -> tuple[str, ...]:
    complete, young, undated = (
        sum(part.values()) for part in (found.complete, found.young, found.undated)
    )
    planned = count(complete + young + undated)
    days = f"those whose {card.outcome_days} days after the send have passed"
    said = [f"Read are {count(complete)} of {planned} planned customers: {days}."]
    if young:
        said.append(f"{count(young)} were sent to later and are not read yet.")
    if undated:
        said.append(f"{count(undated)} have no sent_on: not sent to yet, or the day is missing.")
    return tuple(said)
