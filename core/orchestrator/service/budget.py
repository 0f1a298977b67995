"""The budget of a run: what a call can cost at most is held before it, or it is not made."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from core.errors import BudgetReached, ConfigInvalid, RunOver
from core.models.runs import ALONE, Question, Run, RunState
from core.orchestrator.executing import Stopping
from core.orchestrator.service.context import SYSTEM, Context, Write
from core.storage import model_calls, run_variants, runs, workers

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Budget:
    """What one run may spend, and who asks: one worker at a time, the same question never again.

    A call asked longer than `alive_s` ago is not under way any more.
    """

    context: Context
    run_id: str
    alive_s: float
    worker: str = ALONE

    def hold(self, question: Question, most_usd: float | None) -> int | None:
        """The number under which the call is in the journal now; None while it has to wait.

        It waits when the budget has no room for it now and may have once calls under way have
        turned out cheaper than they could have been; when another worker is asking the same; and
        when the answer has come meanwhile, which is then to be used.

        Raises:
            Stopping: the other workers took this one for dead, and have its work.
            BudgetReached: there is no room and there will be none; the run is over by it.
            RunOver: the run was stopped.
            ConfigInvalid: the run has a budget and nobody knows what the call costs.
        """
        with self.context.write(SYSTEM, forced=False) as write:
            run = runs.get(write.connection, self.run_id)
            if run.state.over:
                raise RunOver(run.problem or f"the run is {run.state}.")
            if self._cared_for(write, question):
                return None
            if run.cost_cap_usd is None:
                return self._hold(write, question, most_usd or 0.0)
            if most_usd is None:
                raise ConfigInvalid(price_missing("the model", run.cost_cap_usd))
            since = write.at - timedelta(seconds=self.alive_s)
            held = model_calls.held(write.connection, self.run_id, alive_since=since)
            if held.settled_usd + held.open_usd + most_usd <= run.cost_cap_usd:
                return self._hold(write, question, most_usd)
            if held.settled_usd + most_usd <= run.cost_cap_usd:
                return None
            why = _reached(run.cost_cap_usd, held.settled_usd + held.open_usd, most_usd)
            self._close(write, run, why)
        raise BudgetReached(why)

    def _cared_for(self, write: Write, question: Question) -> bool:
        """Whether the answer has come, or another worker is waiting for it.

        In the one write transaction, so that no two workers find that nobody has asked.
        """
        connection = write.connection
        if self.worker != ALONE and not workers.present(connection, self.worker):
            raise Stopping
        return model_calls.answer(connection, question) is not None or (
            model_calls.asked_by_another(connection, question, self.worker)
        )

    def _hold(self, write: Write, question: Question, most_usd: float) -> int:
        return model_calls.hold(write.connection, question, most_usd, write.at, worker=self.worker)

    def _close(self, write: Write, run: Run, why: str) -> None:
        """End the run, once: what was not begun stays as it is."""
        runs.finish(write.connection, run.run_id, RunState.CAPPED, why, write.at)
        left = run_variants.leave(write.connection, run.run_id, why, write.at)
        write.record("budget cap reached", run.campaign_id, run=run.run_id, left=left)
        logger.warning("budget cap reached, %d messages left", left, extra={"run_id": run.run_id})


def price_missing(model: str, cap_usd: float) -> str:
    """Why a run with a budget cannot begin, and what to do."""
    return (
        f"There is no price for {model} in config/prices.yaml, so the budget of ${cap_usd:.2f} "
        "cannot be kept; add its price (0 for a model of your own), or set runs.cost_cap_usd to "
        "null in config/settings.yaml."
    )


def _reached(cap_usd: float, counted_usd: float, most_usd: float) -> str:
    return (
        f"budget cap reached: ${counted_usd:.4f} of ${cap_usd:.4f} are spent or held, and the "
        f"next call could cost ${most_usd:.4f}; raise the budget and generate again, only what "
        "is missing will be written."
    )
