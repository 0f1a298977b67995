"""Wait for a durable run, and hear of its progress."""

import time
from collections.abc import Callable

from core.errors import ProviderUnavailable
from core.models.runs import Run
from core.orchestrator.service.context import Context
from core.storage import runs

_PAUSE_S = 0.05


def wait_for(
    context: Context,
    run_id: str,
    *,
    timeout_s: float = 3600.0,
    told: Callable[[Run], None] | None = None,
) -> Run:
    """The run when it is over; `told` hears of every change on the way.

    Raises:
        ProviderUnavailable: it is not over in time, or no process carries it out.
    """
    last: Run | None = None
    for _ in range(int(timeout_s / _PAUSE_S) + 1):
        with context.read() as connection:
            run = runs.get(connection, run_id)
        if told is not None and run != last:
            told(run)
        if run.state.over:
            return run
        last = run
        time.sleep(_PAUSE_S)
    raise ProviderUnavailable("The run queue", f"finish {run_id}", f"over {timeout_s:.0f} s")
