"""Who proposes names for segments: an engine that reads aggregates, never a customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from core.protocols.chat_model import Completion


@dataclass(frozen=True, slots=True)
class NamePrompt:
    """What an engine is asked: instructions, the aggregates, and the JSON Schema of the answer.

    `call_id` is the same when the same question is asked again.
    """

    system: str
    user: str
    schema: Mapping[str, object]
    call_id: str = ""


@runtime_checkable
class NameProposer(Protocol):
    """Proposes one name for each segment it is told about; one request, one outcome."""

    def names_most_usd(self, prompt: NamePrompt) -> float | None:
        """The most that answering this prompt can cost; None when the price is not known."""
        ...

    def propose(self, prompt: NamePrompt) -> Completion:
        """Answer the prompt with JSON text after its schema.

        Raises:
            ProviderUnavailable: the engine did not answer in time or asked us to wait.
            ProviderRejected: the engine refused.
        """
        ...

    def describe(self) -> str:
        """The engine in words a person knows."""
        ...
