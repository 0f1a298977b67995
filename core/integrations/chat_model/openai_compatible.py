"""Any endpoint that speaks OpenAI's protocol: how to reach it. How to ask is `asking`."""

from urllib.parse import urlsplit

from openai import OpenAI, Timeout

from core.errors import ConfigInvalid
from core.integrations.chat_model.asking import Endpoint
from core.protocols.model_calls import ModelCalls
from core.protocols.provider import ProviderContext

# The client insists on a key; servers of one's own often want none.
_NO_KEY = "none"


def build(context: ProviderContext) -> Endpoint:
    """The engine named by OPENAI_BASE_URL, OPENAI_MODEL and, where one is needed, OPENAI_API_KEY.

    Raises:
        ConfigInvalid: the address or the model is missing, or the address is none.
    """
    address = _needed(context, "OPENAI_BASE_URL", "such as https://api.openai.com/v1")
    model = _needed(context, "OPENAI_MODEL", "the name the endpoint knows its model by")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigInvalid(
            "OPENAI_BASE_URL is no address; write one such as https://api.openai.com/v1."
        )
    key = context.environment.get("OPENAI_API_KEY", "").strip() or _NO_KEY
    client = OpenAI(base_url=address, api_key=key, timeout=time_out(context.calls), max_retries=0)
    place = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    return Endpoint(client, model, place, context.calls, context.prices.of(model))


def time_out(calls: ModelCalls) -> Timeout:
    """The library's own would be ten minutes."""
    return Timeout(calls.timeout_s, connect=calls.connect_s)


def _needed(context: ProviderContext, name: str, hint: str) -> str:
    value = context.environment.get(name, "").strip()
    if not value:
        raise ConfigInvalid(f"The chat model 'openai_compatible' needs {name}: {hint}.")
    return value
