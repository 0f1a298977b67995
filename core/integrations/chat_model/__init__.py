"""Who writes messages: one module a provider."""

from core.integrations.chat_model import local

PROVIDERS = {"local": local.build}
