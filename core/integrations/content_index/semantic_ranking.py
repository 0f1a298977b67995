"""Whether a search service ranks by sense: what is known of it, and how it is said."""

import threading
from collections.abc import Callable
from typing import Literal

SemanticUse = Literal["auto", "always", "never"]

# The ranking may be switched on, or its free quota begin anew, while we run.
_ASKED_AGAIN_S = 900.0


class SemanticRanking:
    """What the service last said of its semantic ranking, for all threads; the words for each.

    Nobody is told that results were ranked by sense when they were not: each thread is told of
    its own last search.
    """

    def __init__(self, use: SemanticUse, clock: Callable[[], float]) -> None:
        self._use, self._clock = use, clock
        self._lock = threading.Lock()
        self._denied, self._denied_at = "", float("-inf")
        self._mine = threading.local()

    @property
    def must(self) -> bool:
        """Whether a search without it is to fail."""
        return self._use == "always"

    def wanted(self) -> bool:
        """Whether the next search asks for it."""
        if self._use == "never":
            return False
        with self._lock:
            return not self._denied or self._clock() - self._denied_at >= _ASKED_AGAIN_S

    def denied(self, why: str) -> None:
        """The service does not have it, or no more of it."""
        with self._lock:
            self._denied, self._denied_at = why, self._clock()
        self._mine.said = self._without()

    def done(self, *, ranked: bool, asked: bool) -> None:
        """A search has been answered; `ranked` by sense or, although `asked`, not."""
        if ranked:
            with self._lock:
                self._denied = ""
            self._mine.said = "semantic ranking"
        elif asked:
            self._mine.said = "no semantic ranking this time: the service left it out"
        else:
            self._mine.said = self._without()

    def describe(self) -> str:
        """How the last search of this thread was ranked, or what is known."""
        said: str | None = getattr(self._mine, "said", None)
        if said is not None:
            return said
        unknown = self._use != "never" and self.wanted()
        return "semantic ranking where the service has it" if unknown else self._without()

    def _without(self) -> str:
        if self._use == "never":
            return "semantic ranking switched off"
        with self._lock:
            return f"no semantic ranking: {self._denied}"
