"""A deployment in Azure, on its v1 endpoint: how to reach it. How to ask is `asking`.

The v1 endpoint takes no api-version, and speaks OpenAI's protocol as any other endpoint does.
"""

from core.integrations.chat_model.asking import Endpoint
from core.integrations.chat_model.openai_compatible import endpoint_at
from core.integrations.openai_address import azure_openai_address
from core.protocols.provider import ProviderContext


def build(context: ProviderContext) -> Endpoint:
    """The deployment that `chat` of config/azure_config.yaml names, by key or by identity.

    Raises:
        ConfigInvalid: the address or the deployment is missing, or the address is none.
    """
    named = context.azure.chat
    address = azure_openai_address(
        context,
        job="chat model",
        endpoint=named.endpoint,
        deployment=named.deployment,
        variable="AZURE_OPENAI_DEPLOYMENT",
    )
    return endpoint_at(address, context)
