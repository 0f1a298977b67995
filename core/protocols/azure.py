"""`config/azure_config.yaml` as values: where Azure's services are, and what is used of them.

No secret is in here: keys stay in the environment, and without a key the identity is used.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from core.protocols.patience import Count, ServiceLimits

ListPrefix = Annotated[str, Field(pattern=r"^[0-9A-Za-z._~-]{1,24}$")]

TRACKED_AS = "customer-personalization"
"""The name of the experiment in MLflow."""


@dataclass(frozen=True, slots=True)
class AzureChat:
    """The resource that holds the models, and the deployment that writes."""

    endpoint: str = ""
    deployment: str = ""


@dataclass(frozen=True, slots=True)
class AzureEmbedding:
    """The deployment that embeds, in the resource of `chat` unless it has an endpoint of its own.

    `dimensions` shortens the vectors, for models that can do so.
    """

    endpoint: str = ""
    deployment: str = ""
    dimensions: Count | None = None


@dataclass(frozen=True, slots=True)
class AzureSearch:
    """The search service, and the name under which its index is known.

    `semantic` is whether results are ranked by sense: where the service can, always (a search
    fails without it), or never. What scores less than the minima is no answer; the one for
    ranking by sense runs from 0 to 4.
    """

    endpoint: str = ""
    index: str = ""
    analyzer: str = "en.lucene"
    semantic: Literal["auto", "always", "never"] = "auto"
    minimum_score: Annotated[float, Field(ge=0)] = 0.0
    minimum_reranker_score: Annotated[float, Field(ge=0, le=4)] = 0.0


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
class AzureTracker:
    """MLflow where runs are tracked: its address, and the name our entries stand under."""

    uri: str = ""
    experiment: str = TRACKED_AS


@dataclass(frozen=True, slots=True)
class AzureLimits:
    """How patiently each service is asked; for the writing engine see `chat_model`."""

    embedding: ServiceLimits = ServiceLimits()
    search: ServiceLimits = ServiceLimits()
    content_safety: ServiceLimits = ServiceLimits()


@dataclass(frozen=True, slots=True)
class AzureConfig:
    """All of it, the environment's word before the file's."""

    chat: AzureChat = AzureChat()
    embedding: AzureEmbedding = AzureEmbedding()
    search: AzureSearch = AzureSearch()
    content_safety: AzureContentSafety = AzureContentSafety()
    tracker: AzureTracker = AzureTracker()
    limits: AzureLimits = AzureLimits()


VARIABLES = {
    ("chat", "endpoint"): "AZURE_OPENAI_ENDPOINT",
    ("chat", "deployment"): "AZURE_OPENAI_DEPLOYMENT",
    ("embedding", "deployment"): "AZURE_OPENAI_EMBEDDING_DEPLOYMENT",
    ("search", "endpoint"): "AZURE_SEARCH_ENDPOINT",
    ("search", "index"): "AZURE_SEARCH_INDEX",
    ("content_safety", "endpoint"): "AZURE_CONTENT_SAFETY_ENDPOINT",
    ("tracker", "uri"): "MLFLOW_TRACKING_URI",
}
"""The variable of the environment that wins over a section's key."""
