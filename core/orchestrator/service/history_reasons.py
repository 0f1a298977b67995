"""Why a customer received nothing of a campaign, in the order in which an assignment decides."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.models.campaign import Campaign
from core.models.customers import Dataset
from core.models.send import Experiment
from core.models.suppression import SUPPRESSED
from core.orchestrator.service.context import Context
from core.statistics.assignment import uniform
from core.storage import customer_trace
from core.storage.customer_trace import Row
from core.storage.eligible import (
    GLOBAL_HOLDOUT,
    NO_PERMISSION,
    OUTSIDE,
    UNKNOWN_PERMISSION,
)

_RUNNING, _LIMIT = "in the running test '{}' until", "at the limit of "
_LOOKED_UP = frozenset({SUPPRESSED, NO_PERMISSION, UNKNOWN_PERMISSION, OUTSIDE})
_AGREED = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class LeftOutFacts:
    """What is known of a customer whom a prepared campaign did not assign.

    `since` is since when they are on the list of people to leave out, `row` their row of the data
    set, `tests` the names of the campaigns that did assign them.
    """

    customer_id: str
    since: datetime | None
    row: Row
    tests: Collection[str]


def why_not_assigned(
    context: Context,
    campaign: Campaign,
    dataset: Dataset,
    experiment: Experiment,
    known: LeftOutFacts,
) -> str:
    """The reason, in the words under which the preparation counted it; says when nobody can tell.

    Permission and audience are those of the data set and brief, which are fixed; the share of the
    global holdout is that of today's settings, and the rest follows from what was counted.
    """
    if known.since is not None and known.since <= experiment.locked_at:
        return SUPPRESSED
    agreed = _agreed(dataset.permission, known.row)
    if agreed is not True:
        return UNKNOWN_PERMISSION if agreed is None else NO_PERMISSION
    if not _inside(context, campaign, dataset, known.customer_id):
        return OUTSIDE
    counted = {each.reason: each.customers for each in experiment.excluded}
    share = context.settings.app.experiment.global_holdout
    own = uniform(GLOBAL_HOLDOUT, known.customer_id)
    if GLOBAL_HOLDOUT in counted and own < share:
        return f"{GLOBAL_HOLDOUT}: the number of this customer, {own:.6f}, is below {share:g}"
    return _held(counted, known.tests) or _unknown(counted)


def _agreed(column: str | None, row: Row) -> bool | None:
    return None if column is None else _AGREED.get((row.get(column) or "").lower())


def _inside(context: Context, campaign: Campaign, dataset: Dataset, customer_id: str) -> bool:
    rule = campaign.brief.audience
    if not rule.strip():
        return True
    table = context.table(dataset.dataset_id)
    return customer_trace.inside(table, dataset.attributes, rule, customer_id)


def _held(counted: Mapping[str, int], tests: Collection[str]) -> str:
    """The running test that held them, else the limit of messages where one was reached."""
    for reason in counted:
        if any(reason.startswith(_RUNNING.format(name)) for name in tests):
            return reason
    limit = next((reason for reason in counted if reason.startswith(_LIMIT)), "")
    # What is left when everything that can be looked up was: settings may have changed since.
    rest = [reason for reason in counted if reason not in _LOOKED_UP]
    return limit or (rest[0] if len(rest) == 1 else "")


def _unknown(counted: Mapping[str, int]) -> str:
    listed = "; ".join(f"{reason} ({customers:,})" for reason, customers in counted.items())
    return (
        "the reason cannot be told from what is kept today; when the send was prepared, customers "
        f"were left out for: {listed or 'no reason that was counted'}"
    )
