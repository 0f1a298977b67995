"""What another content policy would make of texts that were checked before."""

from collections.abc import Callable
from dataclasses import dataclass

from core.models.messages import Message, ScreenDecision


@dataclass(frozen=True, slots=True)
class Held:
    """One text held to two policies; `present` is False for an earlier revision or one sent.

    `anyway` says that it would come to the same under the policy in force, because what it rests
    on changed since it was checked. `because` are the issues that make the difference.
    """

    campaign_id: str
    variant_id: str
    segment: str
    tone: str
    revision: int
    present: bool
    message: Message
    before: ScreenDecision
    after: ScreenDecision
    because: tuple[str, ...] = ()
    anyway: bool = False

    @property
    def flips(self) -> bool:
        """Whether the policy makes a difference to it."""
        return self.before is not self.after and not self.anyway


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A text nothing can be said of, and why."""

    variant_id: str
    revision: int
    why: str


@dataclass(frozen=True, slots=True)
class Share:
    """How many texts of a tone or a segment would flip."""

    name: str
    texts: int
    flips: int

    @property
    def share(self) -> float:
        """The fraction that flips."""
        return self.flips / self.texts


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Every text that was checked, under the policy in force and under the other one.

    `reused` counts those answered from stored scores alone; `elsewhere` those whose scores are of
    another engine than today's, which would have to be asked for its own.
    """

    texts: tuple[Held, ...]
    left_out: tuple[LeftOut, ...] = ()
    reused: int = 0
    elsewhere: int = 0

    @property
    def flips(self) -> tuple[Held, ...]:
        """The texts the policy makes a difference to."""
        return tuple(text for text in self.texts if text.flips)

    @property
    def by_tone(self) -> tuple[Share, ...]:
        """The share that flips, for each tone."""
        return self._shares(lambda text: text.tone)

    @property
    def by_segment(self) -> tuple[Share, ...]:
        """The share that flips, for each segment."""
        return self._shares(lambda text: text.segment)

    def _shares(self, of: Callable[[Held], str]) -> tuple[Share, ...]:
        names = dict.fromkeys(of(text) for text in self.texts)
        mine = {name: [t for t in self.texts if of(t) == name] for name in names}
        return tuple(Share(n, len(each), sum(t.flips for t in each)) for n, each in mine.items())
