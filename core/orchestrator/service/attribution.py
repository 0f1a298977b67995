"""Which traits of customers went with the metric that decides, in one campaign."""

from core.errors import UndefinedStatistic
from core.models.attribution import Attribution
from core.models.experiment import MetricKind
from core.orchestrator.service.context import Context
from core.orchestrator.service.reading import reading
from core.statistics.association import associations
from core.storage import campaigns, datasets
from core.storage.trait_sums import trait_sums

_AVERAGED = frozenset({MetricKind.PROPORTION, MetricKind.MEAN})


def attribution(context: Context, campaign_id: str) -> Attribution:
    """The traits known before the send and how the response went with each.

    Raises:
        NotFound: nothing is measured.
        UndefinedStatistic: the metric is no average over customers.
        StorageUnavailable: a table of the workspace is missing.
    """
    now = reading(context, campaign_id)
    metric = now.plan.primary
    if metric.kind not in _AVERAGED:
        why = f"{metric.name} is no average over customers, so no trait can be held against it."
        raise UndefinedStatistic(why)
    with context.read() as connection:
        campaign = campaigns.get(connection, campaign_id)
        dataset = datasets.get(connection, campaign.dataset_id)
    table = context.table(dataset.dataset_id)
    traits = trait_sums(now.select, table, dataset.attributes, metric.numerator)
    rows, silent = associations(traits.facts, now.plan.alpha)
    return Attribution(metric.name, rows, 1 - now.plan.alpha, traits.left_out + silent)
