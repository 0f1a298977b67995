"""Who embeds: one module a provider; without one, content is found by its words alone."""

from core.integrations.embedder import local_onnx
from core.protocols.embedder import Embedder
from core.protocols.provider import ProviderContext


def _openai_compatible(context: ProviderContext) -> Embedder:
    # The client takes more than half a second to load and is needed by this engine only.
    from core.integrations.embedder import openai_compatible  # noqa: PLC0415

    return openai_compatible.build(context)


PROVIDERS = {"onnx": local_onnx.build, "openai_compatible": _openai_compatible}
