"""Who embeds: an engine that turns texts into vectors whose angle says how alike they are."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""One row a text, each of length 1."""


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def identity(self) -> str:
        """Names the model exactly: vectors of another identity cannot be compared with its."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A vector of length 1 for each text, in order; the same text has nearly the same one.

        Raises:
            ProviderUnavailable: the engine did not answer.
            ProviderRejected: its answer is no vector for each text.
        """
        ...

    def check(self) -> str:
        """What a cheap real call says of the engine; raises ProviderFailed when it fails."""
        ...

    def describe(self) -> str:
        """The engine in words a person knows."""
        ...
