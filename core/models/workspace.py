"""What holds for a whole workspace: its time zone, money, language, and how long data is kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkspaceChoices:
    """The settings a workspace has in common; `currency` is a code of ISO 4217."""

    time_zone: str = "UTC"
    currency: str = "USD"
    symbol: str = "$"
    language: str = "en"
    retention_days: int = 730
