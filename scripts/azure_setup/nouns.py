"""What a plan is made of: resources, roles, and names that nobody else may have."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scripts.azure_setup.wishes import Wishes

TAG, PRODUCT = "product", "customer-personalization-orchestrator"


class Part(StrEnum):
    """What is made only when asked for."""

    POSTGRESQL = "postgresql"
    ML_WORKSPACE = "ml-workspace"
    MONITORING = "monitoring"


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing to make: its body is what it must hold, whatever else it holds besides."""

    label: str
    path: str
    api_version: str
    body: Mapping[str, object]
    monthly_usd: float = 0.0
    # Told when it is made and never shown again, so not compared.
    unseen: Mapping[str, object] = field(default_factory=dict, repr=False)
    # What the product has to be told of it and only Azure knows: variable and property.
    tells: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its own name, the last word of its path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Grant:
    """A built-in role for whoever runs the product, on one resource."""

    role: str
    role_id: str
    on: Resource


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything: the group, what is in it, the roles, and what the product has to be told."""

    subscription: str
    group: str
    location: str
    tags: Mapping[str, str]
    resources: tuple[Resource, ...]
    grants: tuple[Grant, ...]
    environment: Mapping[str, str]

    @property
    def monthly_usd(self) -> float:
        """The floor: what a month costs when nobody uses anything."""
        return sum(each.monthly_usd for each in self.resources)

    @property
    def soft_deleted(self) -> tuple[Resource, ...]:
        """What Azure keeps for 48 hours after it was deleted, with its name taken."""
        return tuple(r for r in self.resources if r.path.split("/")[-2] == "accounts")


@dataclass(frozen=True, slots=True)
class Names:
    """Names that nobody else in the world may have, the same at every run."""

    subscription: str
    wishes: Wishes

    @property
    def suffix(self) -> str:
        """Six characters that follow from the subscription and the group."""
        text = f"{self.subscription}/{self.wishes.resource_group}".lower()
        return hashlib.sha256(text.encode()).hexdigest()[:6]

    def of(self, kind: str) -> str:
        """The name of a resource of a kind."""
        return f"{self.wishes.name}-{kind}-{self.suffix}"

    def plain(self, kind: str) -> str:
        """The same without hyphens, for what allows none."""
        return self.of(kind).replace("-", "")

    def path(self, provider: str, kind: str) -> str:
        """The path of a resource in the management API."""
        group = self.wishes.resource_group
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{group}/providers/{provider}/{kind}"
        )
