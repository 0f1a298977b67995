"""The usual value of a metric: what a finished campaign saw among those it did not contact."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.errors import BadInput
from core.models.campaign import Campaign, CampaignState
from core.models.cube import CubeRequest
from core.models.customers import Segmentation
from core.models.experiment import AnalysisPlan, MetricKind, MetricSpec
from core.models.planning import Baseline, Usual
from core.models.send import Experiment
from core.orchestrator.service.context import Context
from core.statistics.estimates import Pile, piles
from core.storage import campaigns, experiments, outcome_table
from core.storage.cube import CubeTable
from core.storage.experiment_file import opened_select
from core.storage.usual_outcomes import control_select

logger = logging.getLogger(__name__)

_SLICE = "segment"
_FINISHED = frozenset({CampaignState.FINISHED, CampaignState.ARCHIVED})
# Of fewer customers, or events, a segment's own value is too rough to plan with.
_FEWEST_CUSTOMERS, _FEWEST_EVENTS = 30, 10


@dataclass(frozen=True, slots=True)
class Known:
    """A finished campaign whose outcomes hold a metric."""

    campaign: Campaign
    experiment: Experiment


def usual(
    context: Context, metric: MetricSpec, segmentation: Segmentation, *, before: datetime | None
) -> Baseline | None:
    """The metric among the not contacted of the newest finished campaign, None where unknown.

    Simulated outcomes are never taken. Only campaigns on the same customers count, and of those
    the ones that began before the moment given.
    """
    if metric.kind is MetricKind.QUANTILE:
        return None
    for known in _campaigns(context, segmentation.dataset_id, before):
        found = _read(context, known, metric, segmentation)
        if found is not None:
            return found
    return None


def _campaigns(context: Context, dataset_id: str, before: datetime | None) -> Iterator[Known]:
    """Newest first."""
    with context.read() as connection:
        for campaign in campaigns.everything(connection):
            finished = campaign.state in _FINISHED and not campaign.simulated
            earlier = before is None or campaign.created_at < before
            if finished and earlier and campaign.dataset_id == dataset_id:
                experiment = experiments.get(connection, campaign.campaign_id)
                # Of those who got a control message nobody knows what they had done without.
                if experiment is not None and not campaign.brief.control_message:
                    yield Known(campaign, experiment)


def _read(
    context: Context, known: Known, metric: MetricSpec, segmentation: Segmentation
) -> Baseline | None:
    name, control = known.campaign.campaign_id, known.experiment.card.control
    kept = context.table(f"outcomes-{name}")
    if not kept.exists() or not set(metric.columns) <= set(outcome_table.metrics_of(kept)):
        return None
    select = outcome_table.experiment_select(
        context.table(f"assignments-{name}"),
        kept,
        context.table(known.campaign.dataset_id),
        (),
    )
    members = context.table(f"segments-{segmentation.segmentation_id}")
    plan = AnalysisPlan("arm", control, (metric,), by=(_SLICE,))
    try:
        with opened_select(control_select(select, control, members)) as source:
            table = CubeTable(source)
            cube = table.cube(plan, CubeRequest(table.profile(plan), plan.by))
    except BadInput as reason:
        # Its column of this name holds something else, such as amounts where a share is asked.
        logger.info("no baseline of %s from %s: %s", metric.name, name, reason)
        return None
    overall = _value(piles(cube, metric)[0], control)
    if overall is None:
        return None
    names = {s.segment_id: s.name for s in segmentation.segments}
    parts = {p.slice.value: _value(p, control) for p in piles(cube, metric, _SLICE) if p.slice}
    found = {names[i]: value for i, value in parts.items() if value is not None and i in names}
    logger.info("baseline of %s for %d segments", metric.name, len(found))
    return Baseline(overall, f"“{control}” of “{known.campaign.name}”", found)


def _value(pile: Pile, control: str) -> Usual | None:
    """Mean and deviation of the control group; None where they are too rough to plan with."""
    moments = pile.as_means().get(control)
    if moments is None or moments.n < _FEWEST_CUSTOMERS:
        return None
    mean = moments.mean[0]
    if pile.metric.kind is MetricKind.PROPORTION:
        rare = moments.n * min(mean, 1 - mean) < _FEWEST_EVENTS
        return None if rare else Usual(mean)
    variance = moments.covariance()
    return Usual(mean, variance**0.5) if mean and variance > 0 else None
