"""What is wanted, as `resources.yaml` says it, and what that costs when nobody uses it."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from core.errors import ConfigInvalid
from core.orchestrator.yaml_file import read_yaml

FILE = Path(__file__).with_name("resources.yaml")

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,12}$")]


@dataclass(frozen=True, slots=True)
class Deployment:
    """A model under a name of our own; `capacity` in thousands of tokens a minute."""

    deployment: str
    model: str
    version: str
    sku: str
    capacity: Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class Search:
    """The search service."""

    sku: Literal["basic", "standard", "standard2", "standard3"]
    semantic: Literal["disabled", "free", "standard"]
    index: str


@dataclass(frozen=True, slots=True)
class ContentSafety:
    """The service that screens texts."""

    sku: Literal["F0", "S0"]


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """The server of a team's state."""

    sku: str
    tier: Literal["Burstable", "GeneralPurpose", "MemoryOptimized"]
    version: str
    storage_gb: Annotated[int, Field(ge=32)]
    database: str
    administrator: str


@dataclass(frozen=True, slots=True)
class ListPrices:
    """List prices of one day; what a thing costs by the hour, and storage by the gigabyte."""

    noted_on: date
    source: str
    hours_a_month: int
    hourly_usd: dict[str, float]
    monthly_usd_per_gb: dict[str, float]

    def month(self, thing: str) -> float:
        """What a thing costs in a month.

        Raises:
            ConfigInvalid: nobody noted its price.
        """
        if thing not in self.hourly_usd:
            known = ", ".join(sorted(self.hourly_usd))
            raise ConfigInvalid(
                f"{FILE.name} has no price for {thing} (it has {known}); look it up at "
                f"{self.source} and add it to prices.hourly_usd."
            )
        return self.hourly_usd[thing] * self.hours_a_month


@dataclass(frozen=True, slots=True)
class Wishes:
    """`resources.yaml`."""

    location: str
    name: Name
    resource_group: str
    chat: Deployment
    embedding: Deployment
    search: Search
    content_safety: ContentSafety
    postgresql: PostgreSQL
    prices: ListPrices
    tags: dict[str, str] = field(default_factory=dict)


def read(path: Path = FILE) -> Wishes:
    """The wishes in a file.

    Raises:
        ConfigInvalid: it is missing, or something in it is unknown or out of range; names it.
    """
    return read_yaml(path, Wishes)
