"""Who writes messages: one module a provider."""

from core.integrations.chat_model import local
from core.protocols.chat_model import ChatModel
from core.protocols.provider import ProviderContext


def _openai_compatible(context: ProviderContext) -> ChatModel:
    # The client takes more than half a second to load and is needed by this engine only.
    from core.integrations.chat_model import openai_compatible  # noqa: PLC0415

    return openai_compatible.build(context)


PROVIDERS = {"local": local.build, "openai_compatible": _openai_compatible}
