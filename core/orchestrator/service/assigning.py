"""Who gets what: the arms of a campaign, its decision card, and the assignment of everybody."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.models.campaign import Brief, Campaign, Tone
from core.models.customers import Dataset, Segmentation
from core.models.messages import Variant
from core.models.people import Person
from core.models.send import ArmPlan, DecisionCard, Experiment, ReadingMethod
from core.orchestrator.service.campaigns import brief_sha256
from core.orchestrator.service.context import Context
from core.orchestrator.service.customers import permission_column
from core.orchestrator.service.frequency import frequency_cap
from core.orchestrator.service.running import RunningTest, running_tests
from core.orchestrator.service.suppression import suppressed
from core.storage import assignment_table
from core.storage.assignment_table import AssignmentPlan
from core.storage.eligible import Held, Rules

SAME_MESSAGE = "Same message for everyone"
_SALT_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Plan:
    """What a send would rest on, read in one view of the database.

    `erasures` is how many there had been by then.
    """

    campaign: Campaign
    dataset: Dataset
    segmentation: Segmentation
    variants: tuple[Variant, ...]
    erasures: int = 0


def arms(brief: Brief, control: str) -> tuple[ArmPlan, ...]:
    """The arms of a test: each tone, the same message for everyone, and the control."""
    messages = [(tone.value, tone, False) for tone in brief.tones]
    if brief.same_message is not None:
        messages.append((SAME_MESSAGE, brief.same_message, True))
    share = (1 - brief.holdout) / len(messages)
    written = Tone.CONTROL.value if brief.control_message else None
    return (
        *(ArmPlan(name, share, tone.value, everyone=same) for name, tone, same in messages),
        ArmPlan(control, brief.holdout, written, everyone=brief.control_message),
    )


def decision_card(campaign: Campaign, alpha: float) -> DecisionCard:
    """How the result will be judged, as the brief says now."""
    brief = campaign.brief
    return DecisionCard(
        primary_metric=brief.primary_metric,
        other_metrics=brief.other_metrics,
        guardrails=brief.guardrails,
        smallest_effect=brief.smallest_effect,
        alpha=alpha,
        control=campaign.control,
        hypothesis=brief.hypothesis,
        method=ReadingMethod.IN_STAGES if brief.in_stages else ReadingMethod.ONCE,
        outcome_days=brief.outcome_days,
    )


def segment_tables(context: Context, plan: Plan) -> tuple[Path, Path]:
    """The tables of the segments and of the customers in them."""
    campaign = plan.campaign
    segments = context.table(f"segments-{campaign.segmentation_id}")
    return segments, context.table(campaign.dataset_id)


def rules(context: Context, plan: Plan, tests: Sequence[RunningTest]) -> Rules:
    """Who may be assigned: with permission, in the audience, in no running test, not held out.

    Another test keeps its customers, the not contacted included, from its export to its last
    day, unless the brief lets them take part. The global holdout is the same for all campaigns
    and for ever: customers whose `uniform("global holdout", id)` is below the share of
    `experiment.global_holdout`, see `core.statistics.assignment`. Nobody gets more messages than
    `experiment.frequency_cap` allows, whatever the brief says.
    """
    with context.read() as connection:
        hidden = suppressed(connection)
        cap = frequency_cap(context, connection, besides=plan.campaign.campaign_id)
    everybody = Rules(
        permission_column(plan.dataset),
        context.settings.app.experiment.global_holdout,
        suppressed=hidden,
        audience=plan.campaign.brief.audience,
        columns=plan.dataset.attributes,
        cap=cap,
    )
    if plan.campaign.brief.may_overlap:
        return everybody
    return with_held(context, everybody, [test for test in tests if test.exported])


def with_held(context: Context, by: Rules, tests: Sequence[RunningTest]) -> Rules:
    """The rules with the customers of these tests left out too, after those already held."""
    held = [Held(t.words, context.table(f"assignments-{t.campaign_id}")) for t in tests]
    return replace(by, held=(*by.held, *held))


def assigned(context: Context, plan: Plan, by: Person) -> Experiment:
    """The experiment with everybody assigned who may be written to; nothing is recorded yet.

    Raises:
        BadInput: a segment, or the group of everyone, lacks a message.
        Refused: nobody may be written to, or other running tests hold everybody.
    """
    campaign, salt = plan.campaign, _salt(plan)
    chosen = arms(campaign.brief, campaign.control)
    with context.read() as connection:
        tests = running_tests(connection, besides=campaign.campaign_id, today=context.today())
    allowed = rules(context, plan, tests)
    result = assignment_table.assign(
        *segment_tables(context, plan),
        AssignmentPlan(
            arms=chosen,
            salt=salt,
            names={s.segment_id: s.name for s in plan.segmentation.segments},
            variants={(v.segment_id, v.tone.value): v.variant_id for v in plan.variants},
            permission_column=allowed.permission_column,
            global_holdout=allowed.global_holdout,
            held=allowed.held,
            suppressed=allowed.suppressed,
            audience=allowed.audience,
            columns=allowed.columns,
            cap=allowed.cap,
        ),
        context.table(f"assignments-{campaign.campaign_id}"),
    )
    return Experiment(
        campaign_id=campaign.campaign_id,
        salt=salt,
        arms=chosen,
        card=decision_card(campaign, context.settings.app.experiment.alpha),
        counts=result.counts,
        excluded=result.excluded,
        assignments_sha256=result.sha256,
        locked_at=context.now(),
        locked_by=by.name,
    )


def _salt(plan: Plan) -> str:
    """A key of this experiment alone; the same campaign on the same data has the same one."""
    campaign = plan.campaign
    parts = [
        campaign.campaign_id,
        campaign.seed,
        brief_sha256(campaign.brief),
        plan.dataset.sha256,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_SALT_CHARACTERS]
