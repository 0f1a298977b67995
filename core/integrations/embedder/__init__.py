"""Who embeds: one module a provider; without one, content is found by its words alone."""

from core.integrations.embedder import local_onnx
from core.protocols.embedder import Embedder
from core.protocols.provider import ProviderContext

# The client takes more than half a second to load and is needed by engines over the network only.


def _openai_compatible(context: ProviderContext) -> Embedder:
    from core.integrations.embedder import openai_compatible  # noqa: PLC0415

    return openai_compatible.build(context)


def _azure(context: ProviderContext) -> Embedder:
    from core.integrations.embedder import azure  # noqa: PLC0415

    return azure.build(context)


PROVIDERS = {"onnx": local_onnx.build, "azure": _azure, "openai_compatible": _openai_compatible}
