"""Who keeps track of experiments: what each run was made with, what it took and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """One entry: settings and hashes, numbers, and figures as PNG by name; no text of a message.

    `record_id` names it for good: recorded twice, it is still one entry.
    """

    record_id: str
    name: str
    begun: datetime
    ended: datetime
    succeeded: bool
    parameters: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, bytes] = field(default_factory=dict)


class Tracker(Protocol):
    """Keeps entries where people compare them."""

    @property
    def keeps(self) -> bool:
        """Whether anything is kept at all."""
        ...

    def record(self, run: TrackedRun) -> None:
        """Keep an entry, once.

        Raises:
            ProviderUnavailable: the tracker did not answer.
            ProviderRejected: it refused, or what it needs is not installed.
        """
        ...

    def check(self) -> str:
        """What a cheap real call says of the tracker; raises ProviderFailed when it fails."""
        ...
