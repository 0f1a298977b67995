"""Who screens: an engine that scores a text in four categories of harm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import ProviderRejected
from core.models.messages import Severity

CATEGORIES = tuple(Severity.__dataclass_fields__)
LISTS = ("prohibited", "watched")
"""The brand's lists of words that an engine may look for, too; a mark may bear their names."""

_USUAL_WORST, _FINE_WORST = 6, 7


@dataclass(frozen=True, slots=True)
class ScreenLimits:
    """What one call takes: characters of a text, and seconds to wait; None is no limit.

    Only an engine inside this process may be waited for without end.
    """

    characters: int | None = None
    seconds: float | None = 30.0


@dataclass(frozen=True, slots=True)
class WordLists:
    """The words of the brand rules, for an engine that looks for them; `*` is any ending."""

    prohibited: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListChanges:
    """What bringing an engine's lists up to date did, one sentence each; nothing the second time.

    `lists` are the names as they now stand there, `left_out` words that the engine does not take.
    """

    lists: tuple[str, ...]
    changes: tuple[str, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScreenReport:
    """The score of every category and the words that caused them, as (category, start, end).

    A mark may also name one of the brand's `LISTS`. Scores run from 0 to `most`: 6, or 7 where an
    engine tells eight levels apart. `basic` says that the engine finds plain cases only, so that
    its silence proves nothing; an engine has to say that it is more.

    Raises:
        ProviderRejected: a category has no score, or one that is none; half an answer is none.
    """

    scores: Mapping[str, int]
    marks: tuple[tuple[str, int, int], ...]
    engine: str
    basic: bool = True
    most: int = _USUAL_WORST

    def __post_init__(self) -> None:
        wrong = [
            f"{name.replace('_', '-')} is {self.scores.get(name, 'missing')}"
            for name in CATEGORIES
            if not _is_score(self.scores.get(name), self.most)
        ]
        wrong += [f"{name} is not a category" for name in self.scores if name not in CATEGORIES]
        if wrong:
            raise ProviderRejected(
                self.engine or "The safety screen", "score a text", f"{', '.join(wrong)}"
            )

    @property
    def severity(self) -> Severity:
        """The four scores."""
        return Severity(**self.scores)


@dataclass(frozen=True, slots=True)
class ShieldReport:
    """What in a brief and in documents speaks to the model instead of describing the matter.

    One tuple for the prompt and one for each document, in order: the words that were found, an
    empty text where the engine does not say which, nothing where it found nothing.
    """

    prompt: tuple[str, ...]
    documents: tuple[tuple[str, ...], ...]
    engine: str


class SafetyScreen(Protocol):
    """Scores texts; never decides what follows from a score."""

    def scan(self, text: str) -> ScreenReport:
        """Score a text that is no longer than `limits` allows.

        Raises:
            ProviderUnavailable: no score could be had; the text then counts as not screened.
            ProviderRejected: the engine's answer is not a score.
        """
        ...

    def shield(self, prompt: str, documents: Sequence[str]) -> ShieldReport:
        """Look for instructions to a model in what a writing engine is about to be given.

        Raises:
            ProviderFailed: as for `scan`.
        """
        ...

    def ungrounded(self, text: str, sources: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
        """The places of a text that its sources do not support; None: this engine cannot tell."""
        ...

    def keep_lists(self) -> ListChanges | None:
        """Bring the engine's lists of words to the brand rules; None: this engine keeps none.

        Raises:
            ProviderFailed: as for `scan`.
        """
        ...

    def limits(self) -> ScreenLimits:
        """How much one call takes, and how long it may."""
        ...

    def describe(self) -> str:
        """The engine in words a person knows, such as "basic local screen"."""
        ...


def _is_score(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= min(most, _FINE_WORST)
