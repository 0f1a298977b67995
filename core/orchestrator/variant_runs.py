"""The durable run that writes messages: a parent, and a child on a queue for each message.

Each call of an engine is a step whose result is stored; a refusal is recorded on the message.
"""

import logging
import secrets
from contextlib import AbstractContextManager
from typing import Protocol

from dbos import DBOS, SetWorkflowID, error

from core.errors import BudgetReached, OrchestratorError, RunOver
from core.orchestrator.executing import Hands, executing, in_words, patient, step

logger = logging.getLogger(__name__)

WORKFLOW = "write_variants"
RUNS, VARIANTS = "runs", "variants"
_UNDER_WAY = ["ENQUEUED", "PENDING", "DELAYED"]
# How often a run that waits for its messages looks for those of other processes.
_LOOK_S = 2.0

Target = tuple[str, int]
"""A variant and the revision it had when the run was asked for."""


class VariantWork(Protocol):
    """What a run does, without the durability; any call may come again after a crash."""

    def watched(self, run_id: str, variant_id: str) -> AbstractContextManager[None]:
        """All that is done for one message, as a part of the run's trace."""
        ...

    def begin(self, run_id: str) -> None:
        """Record that the run is under way."""
        ...

    def compose(self, run_id: str, target: Target) -> str:
        """The draft as JSON text: the calls of the finding and the writing engine."""
        ...

    def screen(self, target: Target, draft: str) -> str:
        """The outcome of all checks as JSON text: the calls of the screening engine."""
        ...

    def store(self, run_id: str, target: Target, draft: str, screened: str) -> None:
        """Record both on the variant and move it to its next state."""
        ...

    def fail(self, run_id: str, target: Target, draft: str, problem: str) -> None:
        """Record why there is nothing to review: not written (no draft), or not screened."""
        ...

    def leave(self, run_id: str, target: Target, why: str) -> None:
        """Record why a message stays as it was."""
        ...

    def end(self, run_id: str) -> None:
        """Record that the run is over."""
        ...


hands = Hands["VariantWork"]()


@DBOS.workflow(name=WORKFLOW)
def _write_variants(run_id: str, targets: list[Target]) -> None:
    """The parent: one child per variant, on the queue that limits how many run at once."""
    with hands.working() as work:
        # Not a step: after a crash it has to be done again.
        _look_every(executing.config.polling_s)
        step({"name": "begin"}, work.begin, run_id)
        children = []
        for target in targets:
            children.append(f"{run_id}/{target[0]}")
            with SetWorkflowID(children[-1]):
                DBOS.enqueue_workflow(VARIANTS, _write_variant, run_id, target)
        step({"name": "wait"}, _wait_for, children)
        step({"name": "end"}, work.end, run_id)
        _look_every(executing.config.idle_polling_s)


@DBOS.workflow(name="write_variant")
def _write_variant(run_id: str, target: Target) -> None:
    """The child: compose, screen, store; a refusal is recorded on the variant, not lost."""
    with hands.working() as work, work.watched(run_id, target[0]):
        _write(work, run_id, target)


def _write(work: VariantWork, run_id: str, target: Target) -> None:
    draft = ""
    try:
        draft = step(patient("compose"), work.compose, run_id, target)
        screened = step(patient("screen"), work.screen, target, draft)
    except (BudgetReached, RunOver) as why:
        step({"name": "leave"}, work.leave, run_id, target, str(why))
    except (OrchestratorError, error.DBOSMaxStepRetriesExceeded) as problem:
        step({"name": "fail"}, work.fail, run_id, target, draft, in_words(problem))
    except Exception:
        # Else the message would wait for ever.
        reference = secrets.token_hex(4)
        logger.exception("writing a message failed, reference %s", reference)
        said = f"Something failed that should not have; report reference {reference}."
        step({"name": "fail"}, work.fail, run_id, target, draft, said)
    else:
        step({"name": "store"}, work.store, run_id, target, draft, screened)


def _wait_for(children: list[str]) -> None:
    """Return when none of these workflows is under way any more.

    Looks when none of this process is at work, and now and then, for those of others.
    """
    client = executing.client
    while client and client.list_workflows(
        workflow_ids=children, status=_UNDER_WAY, load_input=False, load_output=False, limit=1
    ):
        executing.wait_for_an_end(_LOOK_S)


def _look_every(seconds: float) -> None:
    """How often the queue of messages is looked at: often only while there are any."""
    queue = executing.client.retrieve_queue(VARIANTS) if executing.client else None
    if queue is not None:
        queue.set_polling_interval_sec(seconds)
