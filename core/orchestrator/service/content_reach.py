"""For whom the library has something to say: who may be told of a document, and what is missing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.models.campaign import Brief, Tone
from core.models.content import Document, Retrieved
from core.models.content_use import Coverage, Told
from core.models.customers import EVERYONE, Dataset, Segment, Segmentation, Truth
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.content_audience import told_truth
from core.orchestrator.service.context import Context
from core.orchestrator.service.customers import customer_table
from core.orchestrator.service.library import Library
from core.orchestrator.service.retrieval_log import keep_search
from core.orchestrator.service.writing import mentionable
from core.rules import in_words, parse
from core.rules.telling import for_everyone
from core.storage import campaigns, datasets, segmentations
from core.storage.tables import ParquetCustomers

_KEPT = 1024
_OFFERS = frozenset({"promotion", "promotions", "offer", "offers"})
_PRODUCTS = frozenset({"product", "products"})


@dataclass(frozen=True, slots=True)
class ContentReach:
    """Documents beside the customers of the workspace."""

    context: Context
    agents: Agents
    library: Library

    def dataset(self) -> Dataset | None:
        """The data set of the newest segments, or the newest one while there are no segments."""
        with self.context.read() as connection:
            newest = segmentations.latest(connection)
            if newest is not None:
                return datasets.get(connection, newest.dataset_id)
            return next(iter(datasets.everything(connection)), None)

    def told(self, documents: Sequence[Document]) -> Mapping[str, Told]:
        """By rule: the audience of these documents in words, and how many customers it admits."""
        dataset = self.dataset()
        return {rule: self._told(rule, dataset) for rule in {d.audience for d in documents}}

    def told_of(self, rule: str) -> Told:
        """The same for one rule.

        Raises:
            BadInput: it is no rule.
        """
        return self._told(rule, self.dataset())

    def coverage(self) -> tuple[Coverage, ...]:
        """What may be said to each segment today, everyone last; empty while there are none."""
        with self.context.read() as connection:
            newest = segmentations.latest(connection)
        if newest is None:
            return ()
        every = self.library.everything()
        return tuple(self._coverage(newest, s, every) for s in (*newest.segments, newest.everyone))

    def try_retrieval(
        self, segment: str, tone: Tone, *, campaign_id: str | None = None
    ) -> Retrieved:
        """What the writer would get for a segment and a tone, by the brief of a campaign or none.

        Raises:
            NotFound: there is no such segment or campaign.
        """
        newest, readers = self.library.readers(segment)
        brief = Brief("Try", "")
        if campaign_id is not None:
            with self.context.read() as connection:
                brief = campaigns.get(connection, campaign_id).brief
        found = self._retrieved(newest, readers, brief, tone, self.library.everything())
        keep_search(self.context, found, readers.segment_id)
        return found

    def _told(self, rule: str, dataset: Dataset | None) -> Told:
        if for_everyone(rule):
            rows = dataset.rows if dataset else 0
            return Told("everyone", Truth(rows, 0, 0) if dataset else None)
        truth = _counted(customer_table(self.context, dataset), rule) if dataset else None
        return Told(in_words(parse(rule)), truth)

    def _coverage(
        self, newest: Segmentation, segment: Segment, every: Sequence[Document]
    ) -> Coverage:
        truth = told_truth(self.context, newest.segmentation_id, segment.segment_id, every)
        allowed = self.agents.retrieval.allowed(every, truth, day=self.context.today())
        brief = Brief("Coverage", "")
        found = self._retrieved(newest, segment, brief, Tone.INFORMATIONAL, every)
        gaps = (
            (not any(_is_offer(d) for d in allowed), "no valid offer"),
            (not any(d.category.lower() in _PRODUCTS for d in allowed), "no product passages"),
            # Of everyone nothing is known, so without an offer nothing is looked for.
            (bool(found.fallback) and segment.segment_id != EVERYONE, "nothing answers its search"),
        )
        return Coverage(
            segment_id=segment.segment_id,
            segment=segment.name,
            size=segment.size,
            documents=dict(sorted(Counter(d.category for d in allowed).items())),
            gaps=tuple(words for missing, words in gaps if missing),
        )

    def _retrieved(
        self,
        newest: Segmentation,
        segment: Segment,
        brief: Brief,
        tone: Tone,
        every: Sequence[Document],
    ) -> Retrieved:
        with self.context.read() as connection:
            dataset = datasets.get(connection, newest.dataset_id)
        return self.agents.retrieval.run(
            brief,
            mentionable(segment, dataset),
            tone,
            every,
            told_truth(self.context, newest.segmentation_id, segment.segment_id, every),
            day=self.context.today(),
        )


@lru_cache(maxsize=_KEPT)
def _counted(customers: ParquetCustomers, rule: str) -> Truth:
    # Tables are named by their content and never change, so neither does what is true of them.
    return customers.truth(rule)


def _is_offer(document: Document) -> bool:
    return document.category.lower() in _OFFERS or "offer" in document.metadata
