"""Move a variant to its next state, by the one table of moves."""

from core.models.messages import Screened, Variant
from core.orchestrator.service.context import Write
from core.storage import variants
from core.workflow import Step, moved


def move(
    write: Write,
    variant: Variant,
    step: Step,
    *,
    screened: Screened | None = None,
    problem: str = "",
) -> Variant:
    """The variant after the step, stored.

    Raises:
        MoveRefused: the step is not possible from the variant's state.
        StaleRevision: the variant was changed meanwhile.
    """
    return variants.move(
        write.connection,
        variant.variant_id,
        expected_revision=variant.revision,
        expected_state=variant.state,
        state=moved(variant.state, step),
        screened=screened or variant.screened,
        problem=problem,
        at=write.at,
    )
