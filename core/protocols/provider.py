"""What the wiring hands to a provider when it builds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.protocols.content_index import Fusion
from core.protocols.embedder import Embedder
from core.protocols.model_calls import ModelCalls, Prices


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """The environment as it was at start, and a folder of the workspace the provider may use.

    A content index also gets the embedder, where one is configured, and how to fuse rankings; an
    engine over the network, how it is asked and what it charges.
    """

    environment: Mapping[str, str]
    folder: Path
    embedder: Embedder | None = None
    fusion: Fusion = Fusion()
    calls: ModelCalls = ModelCalls()
    prices: Prices = Prices()
