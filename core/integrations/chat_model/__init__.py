"""Who writes messages: one module a provider."""

from core.integrations.chat_model import local
from core.protocols.chat_model import ChatModel
from core.protocols.provider import ProviderContext

# The client takes more than half a second to load and is needed by engines over the network only.


def _openai_compatible(context: ProviderContext) -> ChatModel:
    from core.integrations.chat_model import openai_compatible  # noqa: PLC0415

    return openai_compatible.build(context)


def _azure(context: ProviderContext) -> ChatModel:
    from core.integrations.chat_model import azure  # noqa: PLC0415

    return azure.build(context)


PROVIDERS = {"local": local.build, "azure": _azure, "openai_compatible": _openai_compatible}
