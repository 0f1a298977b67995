"""`config/azure_config.yaml` as values: where Azure's services are, and what is used of them.

No secret is in here: keys stay in the environment, and without a key the identity is used.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from core.protocols.patience import ServiceLimits

ListPrefix = Annotated[str, Field(pattern=r"^[0-9A-Za-z._~-]{1,24}$")]


@dataclass(frozen=True, slots=True)
class AzureContentSafety:
    """The content safety resource, and how texts are screened there.

    `levels` severities are told apart: 4 (0, 2, 4, 6) or 8 (0 to 7). With `blocklists`, the words
    of the brand rules are looked for by the service, too, in lists whose names begin with
    `blocklist_prefix`: workspaces that share a resource need different ones. `groundedness` has
    texts compared with their sources where the region of the resource offers it.
    """

    endpoint: str = ""
    levels: Literal[4, 8] = 4
    blocklists: bool = True
    blocklist_prefix: ListPrefix = "cpo"
    groundedness: bool = True


@dataclass(frozen=True, slots=True)
class AzureLimits:
    """How patiently each service is asked; for the writing engine see `chat_model`."""

    content_safety: ServiceLimits = ServiceLimits()


@dataclass(frozen=True, slots=True)
class AzureConfig:
    """All of it, the environment's word before the file's."""

    content_safety: AzureContentSafety = AzureContentSafety()
    limits: AzureLimits = AzureLimits()


VARIABLES = {
    ("content_safety", "endpoint"): "AZURE_CONTENT_SAFETY_ENDPOINT",
}
"""The variable of the environment that wins over a section's key."""
