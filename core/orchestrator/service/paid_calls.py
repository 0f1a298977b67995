"""An engine that is paid by use, as a run uses it: within its budget, and never twice for the same.

Before each request the most it can cost is held against the budget; the answer is kept the
moment it arrives, before anything else is done with it; a question that has an answer is not
asked again.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.errors import ProviderFailed, RunOver
from core.models.runs import Question
from core.orchestrator import clock
from core.orchestrator.executing import Stopping, executing
from core.orchestrator.patience import Patience
from core.orchestrator.service.budget import Budget
from core.orchestrator.service.context import SYSTEM, Context
from core.protocols.chat_model import ChatModel, Completion, Prompt
from core.storage import model_calls, runs
from core.storage.answer_file import AnswerFile
from core.storage.codec import dump, load
from core.storage.model_calls import CallOutcome, Settlement

logger = logging.getLogger(__name__)

# How often who waits looks whether the run is still wanted, and whether the budget has room.
_LOOK_S = 0.5
_ROOM_S = 0.2
# After its time-out a call is not under way any more, even on a slow machine.
_MARGIN_S = 60.0


@dataclass(slots=True)
class PaidCalls:
    """The engine for one message of one run."""

    context: Context
    chat: ChatModel
    patience: Patience
    run_id: str
    variant_id: str
    asked: int = 0

    @property
    def metered(self) -> bool:
        """As the engine."""
        return self.chat.metered

    @property
    def priced(self) -> bool:
        """As the engine."""
        return self.chat.priced

    def most_usd(self, prompt: Prompt) -> float | None:
        """As the engine."""
        return self.chat.most_usd(prompt)

    def check(self) -> str:
        """As the engine."""
        return self.chat.check()

    def describe(self) -> str:
        """As the engine."""
        return self.chat.describe()

    def complete(self, prompt: Prompt) -> Completion:
        """The answer, from the journal when it is there.

        Raises:
            BudgetReached: the call could cost more than is left; it was not made.
            RunOver: the run was stopped; the call was not made.
            PatienceOver: the engine did not answer, however often it was asked.
            ProviderRejected: the engine refused.
        """
        if not self.chat.metered:
            return self.chat.complete(prompt)
        self.asked += 1
        question = Question(self.run_id, self.variant_id, self.asked, _sha256(prompt))
        named = replace(prompt, call_id=question.call_id)
        kept = self._kept(question)
        return kept or self.patience.ask(lambda: self._once(question, named), self._pause)

    def _once(self, question: Question, prompt: Prompt) -> Completion:
        number = self._held(question, prompt)
        if isinstance(number, Completion):
            return number
        try:
            with self.context.telemetry.call("chat_model"):
                completion = self.chat.complete(prompt)
        except ProviderFailed as problem:
            self._settle(number, Settlement(CallOutcome.FAILED, problem.cost_usd))
            raise
        answers_of(self.context, self.run_id).keep(question.call_id, dump(completion))
        self._settle(number, _answered(completion))
        return completion

    def _kept(self, question: Question) -> Completion | None:
        """The answer that was paid for before, or by another worker meanwhile."""
        with self.context.read() as connection:
            kept = model_calls.answer(connection, question)
        if kept is None:
            kept = self._left_behind(question)
        if kept is None:
            return None
        logger.info("an answer that was paid for is used again")
        return load(Completion, kept)

    def _left_behind(self, question: Question) -> Mapping[str, object] | None:
        """An answer that arrived and had not reached the database when the process was killed."""
        kept = answers_of(self.context, self.run_id).answer(question.call_id)
        if kept is not None:
            settlement = _answered(load(Completion, kept))
            with self.context.write(SYSTEM, forced=False) as write:
                model_calls.recover(write.connection, question, settlement, write.at)
        return kept

    def _held(self, question: Question, prompt: Prompt) -> int | Completion:
        """The number of the call, which is now ours to make; or the answer, when it has come."""
        calls = self.patience.calls
        alive_s = calls.connect_s + calls.request_s + calls.timeout_s + _MARGIN_S
        budget = Budget(self.context, self.run_id, alive_s, executing.worker)
        most_usd = self.chat.most_usd(prompt)
        while True:
            number = budget.hold(question, most_usd)
            if number is not None:
                return number
            self._pause(_ROOM_S)
            kept = self._kept(question)
            if kept is not None:
                return kept

    def _settle(self, number: int, settlement: Settlement) -> None:
        with self.context.write(SYSTEM, forced=False) as write:
            model_calls.settle(write.connection, number, settlement, write.at)

    def _pause(self, seconds: float) -> None:
        """Wait, unless this process closes or the run is stopped meanwhile."""
        # By the clock: the look at the run takes time, too, and a rate would be left unused.
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0:
            if executing.stopping.wait(min(left, _LOOK_S)):
                raise Stopping
            with self.context.read() as connection:
                run = runs.get(connection, self.run_id)
            if run.state.over:
                raise RunOver(run.problem or f"the run is {run.state}.")


def answers_of(context: Context, run_id: str) -> AnswerFile:
    """Where the answers of a run are kept until they are in the database."""
    return AnswerFile(context.settings.processed / "answers" / f"{run_id}.jsonl")


def _answered(completion: Completion) -> Settlement:
    tokens = (completion.tokens_input, completion.tokens_output)
    return Settlement(CallOutcome.ANSWERED, completion.cost_usd, *tokens, dump(completion))


def _sha256(prompt: Prompt) -> str:
    asked = json.dumps([prompt.system, prompt.user, prompt.schema], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()
