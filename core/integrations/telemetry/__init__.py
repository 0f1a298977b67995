"""Where spans and measures go: a collector of OpenTelemetry's protocol, or Azure Monitor."""

from core.integrations.telemetry.exporting import Watching, watching

__all__ = ["Watching", "watching"]
