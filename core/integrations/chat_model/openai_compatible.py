"""Any endpoint that speaks OpenAI's protocol: how to reach it. How to ask is `asking`."""

from openai import OpenAI, Timeout

from core.integrations.chat_model.asking import Endpoint
from core.integrations.openai_address import openai_address
from core.protocols.model_calls import ModelCalls
from core.protocols.provider import ProviderContext


def build(context: ProviderContext) -> Endpoint:
    """The engine named by OPENAI_BASE_URL, OPENAI_MODEL and, where one is needed, OPENAI_API_KEY.

    Raises:
        ConfigInvalid: the address or the model is missing, or the address is none.
    """
    found = openai_address(context, job="chat model", model="OPENAI_MODEL")
    client = OpenAI(
        base_url=found.url, api_key=found.key, timeout=time_out(context.calls), max_retries=0
    )
    return Endpoint(client, found.model, found.place, context.calls, context.prices.of(found.model))


def time_out(calls: ModelCalls) -> Timeout:
    """The library's own would be ten minutes."""
    return Timeout(calls.timeout_s, connect=calls.connect_s)
