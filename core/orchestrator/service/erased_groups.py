"""What erasures mean for a test: who is passed over in its outcomes, and what each group lost."""

from collections.abc import Mapping

from core.models.erasure import ERASED
from core.models.suppression import LeftOut as LeftOutOfExport
from core.orchestrator.service.context import Context
from core.orchestrator.service.erased_places import marks_kept
from core.orchestrator.service.suppression import suppressed
from core.storage import erased_facts, erasures, experiments
from core.storage.outcome_customers import LeftOut
from core.storage.suppression_tokens import Suppressed

READ_AGAIN = (
    "A customer in this file was erased while it was read. Bring it in again: their rows are "
    "passed over. Nothing was stored."
)


def left_out(context: Context) -> LeftOut:
    """Whose rows of outcomes are passed over: who was erased, and who was never assigned."""
    with context.read() as connection:
        gone = marks_kept(connection)
        return LeftOut(Suppressed(gone.secret, gone.marks), suppressed(connection))


def erased(context: Context, campaign_id: str) -> tuple[LeftOutOfExport, ...]:
    """Whom an export leaves out because they were erased since they were assigned, by group."""
    found = erased_by_arm(context, campaign_id)
    return tuple(LeftOutOfExport(ERASED, arm, n) for arm, n in sorted(found.items()) if n)


def erased_by_arm(context: Context, campaign_id: str) -> Mapping[str, int]:
    """How many of each group of a test were erased since they were assigned; empty for nobody.

    The plan that was locked says how many were assigned, the table who is left: nothing is kept
    that says in which group an erased customer was.
    """
    table = f"assignments-{campaign_id}"
    with context.read() as connection:
        experiment = experiments.get(connection, campaign_id)
        if experiment is None or not erasures.touched(connection, table):
            return {}
    now = erased_facts.arms_now(context.table(table))
    assigned: dict[str, int] = {}
    for each in experiment.counts:
        assigned[each.arm] = assigned.get(each.arm, 0) + each.customers
    return {arm: count - now.get(arm, 0) for arm, count in assigned.items()}
