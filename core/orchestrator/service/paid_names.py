"""The engine that proposes names, paid by use: within its budget, with a person's patience.

What a call can cost at most is held in the journal of paid calls before it is made, and settled
after it; a call whose answer never came goes on counting at its most.
"""

import hashlib
import json
import logging
from dataclasses import dataclass, replace

from core.errors import BudgetReached, ConfigInvalid, ProviderFailed
from core.models.people import Person
from core.models.runs import Question
from core.orchestrator.executing import pause
from core.orchestrator.patience import Patience
from core.orchestrator.service.budget import price_missing
from core.orchestrator.service.context import SYSTEM, Context, Write
from core.protocols.chat_model import Completion
from core.protocols.name_proposer import NamePrompt, NameProposer
from core.storage import model_calls
from core.storage.codec import dump
from core.storage.model_calls import CallOutcome, Settlement

logger = logging.getLogger(__name__)

# Somebody looks at the page meanwhile.
_WITHIN_S = 60.0


@dataclass(slots=True)
class PaidNames:
    """The engine for one proposal of one person."""

    context: Context
    proposer: NameProposer
    patience: Patience
    segmentation_id: str
    by: Person
    _question: Question | None = None

    def names_most_usd(self, prompt: NamePrompt) -> float | None:
        """As the engine."""
        return self.proposer.names_most_usd(prompt)

    def describe(self) -> str:
        """As the engine."""
        return self.proposer.describe()

    def propose(self, prompt: NamePrompt) -> Completion:
        """The answer.

        Raises:
            BudgetReached: the call could cost more than is left; it was not made.
            ConfigInvalid: there is a budget, and nobody knows what the call costs.
            PatienceOver: the engine did not answer; no try begins after a minute.
            ProviderRejected: the engine refused.
        """
        return self.patience.ask(
            lambda: self._once(prompt), pause, hurried=True, within_s=_WITHIN_S
        )

    def _once(self, prompt: NamePrompt) -> Completion:
        number, question = self._held(prompt)
        try:
            with self.context.telemetry.call("chat_model"):
                completion = self.proposer.propose(replace(prompt, call_id=question.call_id))
        except ProviderFailed as problem:
            self._settle(number, Settlement(CallOutcome.FAILED, problem.cost_usd))
            raise
        tokens = (completion.tokens_input, completion.tokens_output)
        logger.info("names for segments took %d tokens and gave %d", *tokens)
        cost = completion.cost_usd
        self._settle(number, Settlement(CallOutcome.ANSWERED, cost, *tokens, dump(completion)))
        return completion

    def _held(self, prompt: NamePrompt) -> tuple[int, Question]:
        """The call in the journal; the first time also in the audit trail, as data leaves then."""
        most_usd = self.proposer.names_most_usd(prompt)
        with self.context.write(self.by) as write:
            question = self._question
            if question is None:
                question = self._new_question(write, prompt)
                write.record(
                    "ask for segment names",
                    self.segmentation_id,
                    engine=self.describe(),
                    prompt_sha256=question.prompt_sha256,
                )
            self._refuse_too_much(write, question, most_usd)
            number = model_calls.hold(write.connection, question, most_usd or 0.0, write.at)
        self._question = question
        return number, question

    def _new_question(self, write: Write, prompt: NamePrompt) -> Question:
        asked = json.dumps([prompt.system, prompt.user, prompt.schema], sort_keys=True)
        name = f"names-{self.segmentation_id}"
        number = model_calls.last_question(write.connection, name) + 1
        return Question(name, "segments", number, hashlib.sha256(asked.encode()).hexdigest())

    def _refuse_too_much(self, write: Write, question: Question, most_usd: float | None) -> None:
        cap_usd = self.context.settings.app.runs.cost_cap_usd
        if cap_usd is None:
            return
        if most_usd is None:
            raise ConfigInvalid(price_missing(self.describe(), cap_usd))
        held = model_calls.held(write.connection, question.run_id, alive_since=write.at)
        counted_usd = held.settled_usd + held.open_usd
        if counted_usd + most_usd > cap_usd:
            raise BudgetReached(
                f"Proposing names was not begun: of the budget of ${cap_usd:.4f} for this version "
                f"${counted_usd:.4f} are spent or held, and the call could cost ${most_usd:.4f}; "
                "name the segments yourself, or raise runs.cost_cap_usd in config/settings.yaml."
            )

    def _settle(self, number: int, settlement: Settlement) -> None:
        with self.context.write(SYSTEM, forced=False) as write:
            model_calls.settle(write.connection, number, settlement, write.at)
