"""Who finds: an index over the passages of approved documents."""

from collections.abc import Collection, Sequence
from typing import Protocol

from core.models.content import Hit, Passage


class ContentIndex(Protocol):
    """Keeps passages and finds the ones that answer a query."""

    def replace(self, passages: Sequence[Passage]) -> int:
        """Make the index hold exactly these passages; returns how many it now holds."""
        ...

    def search(self, query: str, *, documents: Collection[str], top: int) -> tuple[Hit, ...]:
        """The passages of these documents that answer the query, best first, at most `top`.

        Raises:
            ProviderUnavailable: the index cannot be read.
        """
        ...

    def describe(self) -> str:
        """The engine in words a person knows."""
        ...
