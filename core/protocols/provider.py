"""What the wiring hands to a provider when it builds it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.protocols.azure import AzureConfig
from core.protocols.content_index import Fusion
from core.protocols.embedder import Embedder
from core.protocols.identity import Identity
from core.protocols.model_calls import ModelCalls, Prices
from core.protocols.patience import Once, Patient
from core.protocols.safety_screen import WordLists


def _never(close: Callable[[], None]) -> None:
    del close


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """The environment as it was at start, and a folder of the workspace the provider may use.

    A content index also gets the embedder, where one is configured, and how to fuse rankings; an
    engine over the network, how it is asked and what it charges. `azure` says where Azure's
    services are, and without a key of a service `identity` signs us in there. `patient` waits and
    repeats, for engines whose calls are not kept by a run; a provider asks through it. `clock`
    tells how long a request has lasted. `words` tells those of the brand, for a screen that keeps
    lists of words. `at_the_end` takes what is to be called when nobody asks any more, for
    connections have to be let go of.
    """

    environment: Mapping[str, str]
    folder: Path
    embedder: Embedder | None = None
    fusion: Fusion = Fusion()
    calls: ModelCalls = ModelCalls()
    prices: Prices = Prices()
    azure: AzureConfig = AzureConfig()
    identity: Identity | None = None
    patient: Patient = Once()
    clock: Callable[[], float] = time.monotonic
    words: Callable[[], WordLists] = WordLists
    at_the_end: Callable[[Callable[[], None]], object] = _never
