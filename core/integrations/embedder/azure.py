"""Embeddings by a deployment in Azure, on its v1 endpoint: how to reach it."""

from core.integrations.embedder.asking import EndpointEmbedder, embedder_at
from core.integrations.openai_address import azure_openai_address
from core.protocols.provider import ProviderContext


def build(context: ProviderContext) -> EndpointEmbedder:
    """The deployment that `embedding` of config/azure_config.yaml names, by key or by identity.

    Raises:
        ConfigInvalid: the address or the deployment is missing, or the address is none.
    """
    named = context.azure.embedding
    address = azure_openai_address(
        context,
        job="embedder",
        endpoint=named.endpoint or context.azure.chat.endpoint,
        deployment=named.deployment,
        variable="AZURE_OPENAI_EMBEDDING_DEPLOYMENT",
    )
    return embedder_at(address, context, named.dimensions)
