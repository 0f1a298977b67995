"""Who writes: an engine that turns a prompt about approved material into a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from core.models.campaign import Brief, Tone
from core.models.content import Passage
from core.models.customers import Segment


@dataclass(frozen=True, slots=True)
class Material:
    """The facts a prompt was rendered from: all an engine may use, and nothing about a customer."""

    brief: Brief
    segment: Segment
    tone: Tone
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What an engine is asked: instructions, the request, and the JSON Schema of the answer.

    A language model reads `system` and `user`; an engine without one composes from `material`.
    """

    system: str
    user: str
    schema: Mapping[str, object]
    material: Material


@dataclass(frozen=True, slots=True)
class Completion:
    """An engine's answer as JSON text, not yet validated, and what it used."""

    text: str
    engine: str
    model: str
    tokens_input: int = 0
    tokens_output: int = 0
    cost_usd: float = 0.0


class ChatModel(Protocol):
    """Writes one message."""

    def complete(self, prompt: Prompt) -> Completion:
        """Answer the prompt with JSON text after its schema.

        Raises:
            ProviderUnavailable: the engine did not answer in time or asked us to wait.
            ProviderRejected: the engine refused, or its answer is unusable.
        """
        ...

    def describe(self) -> str:
        """The engine in words a person knows, such as "Local writer"."""
        ...
