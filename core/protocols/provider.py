"""What the wiring hands to a provider when it builds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """The environment as it was at start, and a folder of the workspace the provider may use."""

    environment: Mapping[str, str]
    folder: Path
