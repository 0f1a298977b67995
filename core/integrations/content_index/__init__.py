"""Who finds passages: one module a provider."""

from core.integrations.content_index import local

PROVIDERS = {"local": local.build}
