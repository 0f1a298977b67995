"""What the wiring hands to a provider when it builds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.protocols.azure import AzureConfig
from core.protocols.identity import Identity
from core.protocols.patience import Once, Patient
from core.protocols.safety_screen import WordLists


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """The environment as it was at start, and a folder of the workspace the provider may use.

    `azure` says where Azure's services are, and without a key of a service `identity` signs us in
    there. `patient` waits and repeats; a provider asks through it. `words` are the brand's, for a
    screen that keeps lists of words.
    """

    environment: Mapping[str, str]
    folder: Path
    azure: AzureConfig = AzureConfig()
    identity: Identity | None = None
    patient: Patient = Once()
    words: WordLists = WordLists()
