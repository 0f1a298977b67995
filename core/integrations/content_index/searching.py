"""One search of a service: by sense where it can, and in the index that it should be in."""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import FailureKind, ProviderFailed, ProviderRejected
from core.integrations.content_index.search_failures import (
    Doing,
    NoSemanticRanking,
    NotBuilt,
    Outdated,
)
from core.integrations.content_index.search_hits import by_sense
from core.integrations.content_index.search_layout import MODEL, SEMANTIC, Layout
from core.integrations.content_index.search_service import Row, SearchService
from core.integrations.content_index.semantic_ranking import SemanticRanking

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Searching:
    """Asks the index behind the alias; without ranking by sense where the service has none."""

    service: SearchService
    layout: Layout
    ranking: SemanticRanking
    # Whether our form of the index was in use while this process ran, and is no longer.
    answered: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)
    moved: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    def ranked(
        self, asked: Mapping[str, object], query: str, *, once: bool = False
    ) -> Sequence[Row]:
        """The documents found, ranked by sense where the service can; what it did is kept.

        Raises:
            ProviderFailed: the service has no answer, or its index is of another form.
        """
        if self.ranking.wanted():
            semantic: dict[str, object] = {
                "query_type": "semantic",
                "semantic_configuration_name": SEMANTIC,
                "semantic_error_mode": "fail" if self.ranking.must else "partial",
            }
            if "search_text" not in asked:
                semantic["semantic_query"] = query
            try:
                rows = self.found({**asked, **semantic}, once=once)
            except NoSemanticRanking as error:
                if self.ranking.must:
                    raise
                logger.warning("the search service does not rank by sense: %s", error.why)
                self.ranking.denied(error.why)
            else:
                self.ranking.done(ranked=not rows or any(map(by_sense, rows)), asked=True)
                return rows
        rows = self.found(asked, once=once)
        self.ranking.done(ranked=False, asked=False)
        return rows

    def found(self, asked: Mapping[str, object], *, once: bool) -> Sequence[Row]:
        """The answer of the index in use.

        An alias takes seconds to move, and may move to other settings while this process runs.
        Once our form has been in use, we go on asking it by its own name: it is kept for that.

        Raises:
            ProviderUnavailable: the index is of another form than these settings need.
        """
        try:
            rows = self._of(self.layout.alias, asked, once=once)
        except (Outdated, NotBuilt):
            if once or not self.answered.is_set():
                raise
            rows = self._by_name(asked)
            self.moved.set()
            return rows
        self.moved.clear()
        if rows:
            self.answered.set()
        return rows

    def describe(self) -> str:
        """How the last search was done."""
        apart = "; in its own index, as the alias is another's" if self.moved.is_set() else ""
        return f"{self.ranking.describe()}{apart}"

    def _of(self, index: str, asked: Mapping[str, object], *, once: bool = False) -> Sequence[Row]:
        try:
            rows = self.service.search(index, Doing.SEARCHING, asked, once=once)
        except ProviderRejected as error:
            # A field it does not have, or vectors of another length: is it another index?
            if error.kind is FailureKind.NOT_UNDERSTOOD and self._points_elsewhere():
                raise self.service.failing.outdated(Doing.SEARCHING) from error
            raise
        if any(row[MODEL] != self.layout.stamp for row in rows):
            raise self.service.failing.outdated(Doing.SEARCHING)
        return rows

    def _by_name(self, asked: Mapping[str, object]) -> Sequence[Row]:
        logger.warning("the search alias is another's; if that stays so, restart this process")
        try:
            return self._of(self.layout.name, asked)
        except NotBuilt as error:
            raise self.service.failing.outdated(Doing.SEARCHING) from error

    def _points_elsewhere(self) -> bool:
        try:
            live = self.service.alias()
        except ProviderFailed:
            return False
        return live is not None and live.index != self.layout.name
