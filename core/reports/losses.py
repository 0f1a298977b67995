"""Why customers were lost on the way of a send, as rows: the same on a page and in a terminal."""

from core.charts.units import count
from core.models.readout import Health
from core.reports.stages import stage_words


def loss_rows(health: Health) -> list[dict[str, str]]:
    """One row for each stage and reason, with a column for each group.

    Examples:
        >>> from core.models.readout import Loss, SampleRatio
        >>> lost = (Loss("sent", "not sent", {"b": 3}),)
        >>> srm = SampleRatio(None, None, {"a": 9, "b": 9}, {})
        >>> loss_rows(Health(0, 0, False, srm, 0, losses=lost))
        [{'Lost before': 'Sent', 'Why': 'not sent', 'a': '0', 'b': '3'}]
    """
    arms = tuple(health.stages[0].customers if health.stages else health.srm.observed)
    return [
        {"Lost before": stage_words(lost.stage), "Why": lost.reason}
        | {arm: count(lost.customers.get(arm, 0)) for arm in arms}
        for lost in health.losses
    ]


def reconciliation_rows(health: Health) -> list[dict[str, object]]:
    """Every count of the way in one table: who reached each stage, and who did not and why."""
    reached = [
        {"stage": stage.name, "what": "reached", "reason": "", "group": arm, "customers": number}
        for stage in health.stages
        for arm, number in stage.customers.items()
    ]
    lost = [
        {
            "stage": each.stage,
            "what": "lost",
            "reason": each.reason,
            "group": arm,
            "customers": number,
        }
        for each in health.losses
        for arm, number in each.customers.items()
    ]
    return [dict(row) for row in (*reached, *lost)]
