"""Embeddings from any endpoint that speaks OpenAI's protocol: how to reach it."""

from core.integrations.embedder.asking import EndpointEmbedder, embedder_at
from core.integrations.openai_address import openai_address
from core.protocols.provider import ProviderContext


def build(context: ProviderContext) -> EndpointEmbedder:
    """The model OPENAI_EMBEDDING_MODEL at OPENAI_BASE_URL, with OPENAI_API_KEY where one is needed.

    Raises:
        ConfigInvalid: the address or the model is missing, or the address is none.
    """
    found = openai_address(context, job="embedder", model="OPENAI_EMBEDDING_MODEL")
    return embedder_at(found, context)
