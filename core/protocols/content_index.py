"""Who finds: an index over the passages of approved documents."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import Field

from core.models.content import Hit, Passage


@dataclass(frozen=True, slots=True)
class Fusion:
    """How two rankings become one: reciprocal rank fusion, weighted.

    A passage at rank r of a ranking earns its weight / (`constant` + r). `depth` is how far
    down each ranking is looked.

    Reference:
        Cormack, Clarke and Buettcher (2009), "Reciprocal Rank Fusion outperforms Condorcet and
        individual Rank Learning Methods".
    """

    words: Annotated[float, Field(ge=0)] = 1.0
    meaning: Annotated[float, Field(ge=0)] = 2.0
    constant: Annotated[int, Field(ge=1)] = 60
    depth: Annotated[int, Field(ge=10)] = 100


class ContentIndex(Protocol):
    """Keeps passages and finds the ones that answer a query."""

    def replace(self, passages: Sequence[Passage]) -> int:
        """Make the index hold exactly these passages; returns how many it now holds.

        Only what changed is written.
        """
        ...

    def update(self, document_id: str, passages: Sequence[Passage]) -> None:
        """Make these the passages of one document, none to forget it; the others stay."""
        ...

    def outdated(self, passages: Sequence[Passage]) -> frozenset[str]:
        """The documents of which the index does not hold exactly these passages."""
        ...

    def search(self, query: str, *, documents: Collection[str], top: int) -> tuple[Hit, ...]:
        """The passages of these documents that answer the query, best first, at most `top`.

        Raises:
            ProviderUnavailable: the index cannot be read.
        """
        ...

    def check(self) -> str:
        """What a cheap real call says of the engine.

        Raises:
            ProviderFailed: it does not answer, or what it holds cannot be used.
        """
        ...

    def describe(self) -> str:
        """The engine in words a person knows, and how it found what it found last."""
        ...
