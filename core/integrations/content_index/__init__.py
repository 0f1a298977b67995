"""Who finds passages: one module a provider."""

from core.integrations.content_index import local
from core.protocols.content_index import ContentIndex
from core.protocols.provider import ProviderContext


def _azure(context: ProviderContext) -> ContentIndex:
    # The client takes most of a second to load and is needed by this engine only.
    from core.integrations.content_index import azure  # noqa: PLC0415

    return azure.build(context)


PROVIDERS = {"local": local.build, "azure": _azure}
