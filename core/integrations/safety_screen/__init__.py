"""Who scores texts for harm: one module a provider."""

from core.integrations.safety_screen import local
from core.protocols.provider import ProviderContext
from core.protocols.safety_screen import SafetyScreen


def _azure(context: ProviderContext) -> SafetyScreen:
    # Its client takes a third of a second to load.
    from core.integrations.safety_screen import azure  # noqa: PLC0415

    return azure.build(context)


PROVIDERS = {"local": local.build, "azure": _azure}
