"""Who writes: an engine that turns a prompt about approved material into a message."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from core.models.campaign import Brief, Tone
from core.models.content import Passage
from core.models.customers import Segment
from core.models.merge_fields import MergeField


@dataclass(frozen=True, slots=True)
class Material:
    """The facts a prompt was rendered from: all an engine may use, and nothing about a customer.

    Of the `merge_fields` an engine learns the names and never a value.
    """

    brief: Brief
    segment: Segment
    tone: Tone
    passages: tuple[Passage, ...]
    merge_fields: tuple[MergeField, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What an engine is asked: instructions, the request, and the JSON Schema of the answer.

    A language model reads `system` and `user`; an engine without one composes from `material`.
    `call_id` is the same when the same question is asked again.
    """

    system: str
    user: str
    schema: Mapping[str, object]
    material: Material
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """An engine's answer as JSON text, not yet validated, and what it used.

    `cost_usd` is None when nobody has written down what the engine charges.
    """

    text: str
    engine: str
    model: str
    tokens_input: int = 0
    tokens_output: int = 0
    cost_usd: float | None = 0.0


def total_cost_usd(completions: Iterable[Completion]) -> float | None:
    """What all of them cost; not known when the price of one is not."""
    costs = [completion.cost_usd for completion in completions]
    return None if None in costs else sum(cost for cost in costs if cost is not None)


class ChatModel(Protocol):
    """Writes one message."""

    @property
    def metered(self) -> bool:
        """Whether a call takes time or money, so that its answer has to be kept at once."""
        ...

    @property
    def priced(self) -> bool:
        """Whether it is known what a call costs."""
        ...

    def most_usd(self, prompt: Prompt) -> float | None:
        """The most that answering this prompt can cost; None when the price is not known."""
        ...

    def complete(self, prompt: Prompt) -> Completion:
        """Answer the prompt with JSON text after its schema.

        Raises:
            ProviderUnavailable: the engine did not answer in time or asked us to wait.
            ProviderRejected: the engine refused, or its answer is unusable.
        """
        ...

    def check(self) -> str:
        """What a cheap real call says of the engine; raises ProviderFailed when it fails."""
        ...

    def describe(self) -> str:
        """The engine in words a person knows, such as "Local writer"."""
        ...
