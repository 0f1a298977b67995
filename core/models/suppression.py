"""People who are left out of every import and every export."""

from dataclasses import dataclass
from datetime import datetime

SUPPRESSED = "on the list of people to leave out"
"""Why somebody is left out, wherever that is counted."""


@dataclass(frozen=True, slots=True)
class SuppressedCount:
    """How many people are on the list for one reason, and when the last was added."""

    reason: str
    people: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class SuppressionAdded:
    """What a file brought to the list: the people in it, and how many of them are new."""

    source: str
    reason: str
    people: int
    new: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many assigned customers of one group an export left out, and why."""

    reason: str
    group: str
    customers: int
