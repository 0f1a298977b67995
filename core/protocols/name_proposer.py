"""Who proposes names for segments: an engine that reads aggregates, never a customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NamePrompt:
    """What an engine is asked: instructions, the aggregates, and the JSON Schema of the answer."""

    system: str
    user: str
    schema: Mapping[str, object]


class NameProposer(Protocol):
    """Proposes one name for each segment it is told about."""

    def propose(self, prompt: NamePrompt) -> str:
        """Answer the prompt with JSON text after its schema.

        Raises:
            ProviderUnavailable: the engine did not answer in time or asked us to wait.
            ProviderRejected: the engine refused.
        """
        ...

    def describe(self) -> str:
        """The engine in words a person knows."""
        ...
