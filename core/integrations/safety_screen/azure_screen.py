"""The safety screen on Azure AI Content Safety: what is asked of it, and what its answers mean."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import FailureKind, ProviderRejected
from core.integrations.safety_screen.azure_answers import (
    SCORE,
    analysis,
    attacks,
    unsupported,
)
from core.integrations.safety_screen.azure_lists import BrandLists
from core.integrations.safety_screen.azure_parts import (
    TEXT,
    shield_requests,
    source_parts,
    text_parts,
)
from core.integrations.safety_screen.azure_service import NAME, Service
from core.protocols.azure import AzureContentSafety
from core.protocols.safety_screen import (
    CATEGORIES,
    ListChanges,
    ScreenLimits,
    ScreenReport,
    ShieldReport,
)

logger = logging.getLogger(__name__)

_USUAL_WORST, _FINE_WORST = 6, 7


@dataclass
class Groundedness:
    """Whether the service compares texts with sources: as configured, until it cannot."""

    offered: bool

    def missing(self) -> None:
        """Its region has no such thing; say so once, and do not ask again in this process."""
        if self.offered:
            logger.warning(
                "%s does not compare texts with sources in this region: messages are checked "
                "without it. Set content_safety.groundedness to false, or use a region that has it",
                NAME,
            )
        self.offered = False


@dataclass(frozen=True, slots=True)
class AzureScreen:
    """Scores texts in the four categories of the service and never decides what follows."""

    service: Service
    config: AzureContentSafety
    seconds: float
    lists: BrandLists | None = None
    groundedness: Groundedness = field(default_factory=lambda: Groundedness(offered=True))

    def scan(self, text: str) -> ScreenReport:
        """The severities of a text, and the brand's words in it.

        The service does not say which words it scored, so a mark of a category is the whole text.
        Without a sign to read there is nothing to ask about: a blank text scores 0.
        """
        if not text.strip():
            return self._report(dict.fromkeys(CATEGORIES, 0), ())
        if len(text) > TEXT:
            why = f"it takes {TEXT:,} characters at once, and this text has {len(text):,}."
            raise ProviderRejected(NAME, SCORE, why)
        names = self.lists.names() if self.lists else ()
        try:
            answer = self.service.analyze(text, lists=names, levels=self.config.levels)
        except ProviderRejected as problem:
            if self.lists and problem.kind is FailureKind.NOT_FOUND:
                self.lists.look_again()
            raise
        found = analysis(answer, levels=self.config.levels, lists=names)
        marks = [(name, 0, len(text)) for name, score in found.scores.items() if score]
        if self.lists:
            marks += self.lists.marks(text, found.matches)
        return self._report(found.scores, tuple(sorted(set(marks))))

    def shield(self, prompt: str, documents: Sequence[str]) -> ShieldReport:
        """What Prompt Shields finds in a brief and every document; it does not say which words."""
        in_prompt = False
        in_documents = [False] * len(documents)
        for request in shield_requests(prompt, documents):
            said, read = attacks(
                self.service.shield(request.body),
                prompt=bool(request.prompt),
                documents=len(request.documents),
            )
            in_prompt |= said
            for (number, _), found in zip(request.documents, read, strict=True):
                in_documents[number] |= found
        return ShieldReport(_unquoted(in_prompt), tuple(map(_unquoted, in_documents)), NAME)

    def ungrounded(self, text: str, sources: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
        """The places that no source supports; None where the service cannot tell.

        Sources that do not fit into one request are asked about in groups: what one of the groups
        supports is supported.
        """
        groups = source_parts(sources)
        if not self.groundedness.offered or not groups:
            return None
        found: set[int] = set()
        for offset, part in text_parts(text):
            open_places = set(range(len(part)))
            for group in groups:
                places = self._unsupported(part, group)
                if places is None:
                    return None
                open_places &= {place for start, end in places for place in range(start, end)}
            found |= {offset + place for place in open_places}
        return _spans(found)

    def keep_lists(self) -> ListChanges | None:
        """Bring the lists of words to the brand rules; None where the settings want none."""
        return self.lists.keep() if self.lists else None

    def limits(self) -> ScreenLimits:
        """What one request takes, and the time for all tries at one call."""
        return ScreenLimits(characters=TEXT, seconds=self.seconds)

    def describe(self) -> str:
        """The engine in words a person knows."""
        return NAME

    def _unsupported(self, text: str, sources: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
        body = {
            "domain": "Generic",
            "task": "Summarization",
            "text": text,
            "groundingSources": list(sources),
            "reasoning": False,
        }
        try:
            answer = self.service.detect_groundedness(body)
        except ProviderRejected as problem:
            if problem.kind is not FailureKind.NOT_FOUND:
                raise
            self.groundedness.missing()
            return None
        return unsupported(answer, text)

    def _report(
        self, scores: Mapping[str, int], marks: tuple[tuple[str, int, int], ...]
    ) -> ScreenReport:
        most = _FINE_WORST if self.config.levels == 8 else _USUAL_WORST
        return ScreenReport(scores, marks, NAME, basic=False, most=most)


def _unquoted(found: bool) -> tuple[str, ...]:  # noqa: FBT001
    """As the protocol has it where the words are not known."""
    return ("",) if found else ()


def _spans(places: set[int]) -> tuple[tuple[int, int], ...]:
    ordered = sorted(places)
    starts = [p for p in ordered if p - 1 not in places]
    ends = [p + 1 for p in ordered if p + 1 not in places]
    return tuple(zip(starts, ends, strict=True))
