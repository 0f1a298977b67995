"""Any endpoint that speaks OpenAI's protocol: how to reach it. How to ask is `asking`."""

from core.integrations.chat_model.asking import Endpoint
from core.integrations.openai_address import OpenAIAddress, openai_address
from core.integrations.openai_client import openai_client
from core.protocols.provider import ProviderContext


def build(context: ProviderContext) -> Endpoint:
    """The engine named by OPENAI_BASE_URL, OPENAI_MODEL and, where one is needed, OPENAI_API_KEY.

    Raises:
        ConfigInvalid: the address or the model is missing, or the address is none.
    """
    return endpoint_at(openai_address(context, job="chat model", model="OPENAI_MODEL"), context)


def endpoint_at(address: OpenAIAddress, context: ProviderContext) -> Endpoint:
    """The engine at an address, asked as the settings say."""
    client = openai_client(address, context.calls, context)
    return Endpoint(client, address, context.calls, context.prices.of(address.model))
