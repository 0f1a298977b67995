"""Who scores texts for harm: one module a provider."""

from core.integrations.safety_screen import local

PROVIDERS = {"local": local.build}
