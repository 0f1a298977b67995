"""Search in Azure AI Search: by words and by meaning at once, ranked by sense where it can be.

`AZURE_SEARCH_INDEX` is an alias. The index behind it carries the hash of its form in its name; when
the form changes, a new one is filled beside it, and the alias moves when the new one is complete.
"""

import logging
import re
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from azure.search.documents.models import VectorizedQuery

from core.errors import (
    ConfigInvalid,
    FailureKind,
    ProviderFailed,
    ProviderUnavailable,
)
from core.integrations.azure_address import azure_endpoint, host_of
from core.integrations.azure_credential import azure_credential
from core.integrations.content_index.odata import any_of
from core.integrations.content_index.query_words import words_of
from core.integrations.content_index.search_failures import (
    NAME,
    Doing,
    Failing,
    NotBuilt,
)
from core.integrations.content_index.search_filling import Filling, wanted_of
from core.integrations.content_index.search_hits import Scale, hits_of
from core.integrations.content_index.search_layout import (
    MODEL,
    SHOWN,
    VECTOR,
    Layout,
    numbers,
)
from core.integrations.content_index.search_service import API_VERSION, Alias, SearchService
from core.integrations.content_index.searching import Searching
from core.integrations.content_index.semantic_ranking import SemanticRanking
from core.models.content import Hit, Passage
from core.protocols.azure import AzureSearch
from core.protocols.content_index import Fusion
from core.protocols.embedder import Embedder, Vectors
from core.protocols.provider import ProviderContext

logger = logging.getLogger(__name__)

_JOB = "content index"
_ENDPOINT = "AZURE_SEARCH_ENDPOINT"
# Aliases and indexes: small letters, digits and single dashes. The hash needs some room.
_ALIAS = re.compile(r"[a-z0-9](?:-?[a-z0-9]){1,99}")
_PROBE = "delivery"


@dataclass(frozen=True, slots=True)
class AzureIndex:
    """An index in Azure AI Search, kept current passage by passage; threads may share it."""

    service: SearchService
    layout: Layout
    filling: Filling
    searching: Searching
    embedder: Embedder | None
    scale: Scale
    # Two threads that index at once would undo each other's work.
    _writing: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def replace(self, passages: Sequence[Passage]) -> int:
        """Make the index hold exactly these passages; only what changed is embedded and written.

        An index of another form stays in use until the new one is complete. What the service does
        not take is named; the rest is written, and doing it again goes on from there.
        """
        every = list({p.passage_id: p for p in passages}.values())
        with self._writing:
            live = self.service.alias()
            if live is not None and live.index == self.layout.name:
                self.filling.fill(live.index, every, self.filling.held(live.index))
                self._look(every)
            else:
                self._build(every, live)
        return len(every)

    def update(self, document_id: str, passages: Sequence[Passage]) -> None:
        """Make these the passages of one document; the others are not looked at."""
        with self._writing:
            live = self.service.alias()
            if live is None:
                self._build(passages, live)
                return
            if live.index != self.layout.name:
                raise self.service.failing.outdated(Doing.WRITING)
            self.filling.fill(live.index, passages, self.filling.held(live.index, document_id))
            self._look(passages, document_id)

    def outdated(self, passages: Sequence[Passage]) -> frozenset[str]:
        """The documents of which the index does not hold exactly these passages."""
        wanted = wanted_of(passages)
        live = self.service.alias()
        if live is None or live.index != self.layout.name:
            return frozenset(document for document, _ in wanted.values())
        held = self.filling.held(live.index)
        differing = [key for key in wanted.keys() | held.keys() if wanted.get(key) != held.get(key)]
        return frozenset((wanted.get(key) or held[key])[0] for key in differing)

    def search(self, query: str, *, documents: Collection[str], top: int) -> tuple[Hit, ...]:
        """The passages of these documents that answer the query, best first."""
        words = [word for word in words_of(query) if any(sign.isalnum() for sign in word)]
        if not words or not documents or top < 1:
            return ()
        asked: dict[str, object] = {
            "filter": any_of("document_id", documents),
            "select": list(SHOWN),
            "top": top,
        }
        if self.scale.by_words:
            asked |= {"search_text": " ".join(words), "search_mode": "any"}
        if self.scale.by_meaning and self.embedder is not None:
            asked |= {"vector_queries": [self._near(self.embedder.embed([query])[0], top)]}
        rows = self.searching.ranked(asked, query)
        try:
            return hits_of(rows, self.scale, top)
        except (KeyError, TypeError, ValueError) as error:
            raise self.service.failing.of(error, Doing.SEARCHING) from error

    def check(self) -> str:
        """What one search says of the service.

        Raises:
            ProviderFailed: it does not answer, or what it holds is of another form.
        """
        at = f"{host_of(self.service.endpoint)} answered; api-version {API_VERSION}"
        wanted: dict[str, object] = {"search_text": _PROBE, "select": [MODEL], "top": 1}
        try:
            if not self.searching.ranked(wanted, _PROBE, once=True):
                # Nothing about it in the library; then any passage shows whose the index is.
                self.searching.found({**wanted, "search_text": "*"}, once=True)
        except NotBuilt:
            return f"{NAME} at {at}; nothing is indexed yet"
        return f"{self.describe()} at {at}"

    def describe(self) -> str:
        """The engine in words a person knows, and how the last search was ranked."""
        by = f"words and meaning, {self.embedder.describe()}" if self.embedder else "words"
        return f"{NAME} (by {by}; {self.searching.describe()})"

    def _near(self, vector: Vectors, top: int) -> VectorizedQuery:
        return VectorizedQuery(
            vector=numbers(vector),
            k_nearest_neighbors=max(top, self.scale.depth),
            fields=VECTOR,
            weight=self.scale.meaning,
        )

    def _build(self, passages: Sequence[Passage], live: Alias | None) -> None:
        """Fill an index of the wanted form, and only when it is complete put it to use."""
        service, name = self.service, self.layout.name
        if live is None and service.exists(self.layout.alias):
            why = (
                f"there is an index '{self.layout.alias}' already, and the name is needed for an "
                "alias; choose another one in AZURE_SEARCH_INDEX."
            )
            raise service.failing.rejected(Doing.DEFINING, why, FailureKind.OTHER)
        ready: Mapping[str, list[float]] = {}
        if not service.exists(name):
            definition, ready = self.filling.definition(passages)
            service.create(definition)
        self.filling.fill(name, passages, self.filling.held(name), ready)
        if not self.filling.settled(name, wanted_of(passages)):
            why = "what was written cannot be found yet; index the content again in a minute."
            raise ProviderUnavailable(NAME, Doing.WRITING.task, why, kind=FailureKind.OUT_OF_ORDER)
        service.point(name, live)
        self.searching.answered.set()
        logger.info("the search alias points to %s", name)
        self._tidy({name, live.index} if live else {name})

    def _tidy(self, kept: Collection[str]) -> None:
        """Delete older indexes; the one in use until now stays, as the alias takes some seconds."""
        try:
            for name in self.service.names():
                if self.layout.is_ours(name) and name not in kept:
                    self.service.drop(name)
                    logger.info("deleted the search index %s", name)
        except ProviderFailed as error:
            logger.warning("an older search index was not deleted: %s", error)

    def _look(self, passages: Sequence[Passage], document_id: str | None = None) -> None:
        if not self.filling.settled(self.layout.name, wanted_of(passages), document_id):
            logger.warning("what was written cannot be found yet; another may be writing, too")


def build(context: ProviderContext) -> AzureIndex:
    """The index that `search` of config/azure_config.yaml names, by key or by identity.

    Raises:
        ConfigInvalid: the address or the name is missing, or none that can be used.
    """
    named, environment = context.azure.search, context.environment
    url = azure_endpoint(
        {_ENDPOINT: named.endpoint or environment.get(_ENDPOINT, "")},
        _ENDPOINT,
        job=_JOB,
        example="https://NAME.search.windows.net",
    )
    key = environment.get("AZURE_SEARCH_API_KEY", "").strip()
    if not key and not url.startswith("https://"):
        raise ConfigInvalid(
            f"Without AZURE_SEARCH_API_KEY the {_JOB} 'azure' signs in by identity, and that needs "
            f"https; {_ENDPOINT} begins with http."
        )
    alias = _alias(named.index or environment.get("AZURE_SEARCH_INDEX", ""))
    embedder, fusion = context.embedder, context.fusion
    layout = Layout(alias, named.analyzer, embedder.identity if embedder else "")
    service = SearchService(
        url,
        azure_credential(key, context.identity),
        context.azure.limits.search,
        context.patient,
        Failing(host_of(url), alias, key),
        context.clock,
    )
    return AzureIndex(
        service=service,
        layout=layout,
        filling=Filling(service, layout, embedder, time.sleep),
        searching=Searching(service, layout, SemanticRanking(named.semantic, context.clock)),
        embedder=embedder,
        scale=_scale(fusion, named, with_meaning=embedder is not None),
    )


def _scale(fusion: Fusion, named: AzureSearch, *, with_meaning: bool) -> Scale:
    by_meaning = with_meaning and fusion.meaning > 0
    by_words = fusion.words > 0 or not by_meaning
    return Scale(
        by_words=by_words,
        by_meaning=by_meaning,
        meaning=fusion.meaning / fusion.words if by_words and fusion.words > 0 else 1.0,
        depth=fusion.depth,
        minimum_score=named.minimum_score,
        minimum_reranked=named.minimum_reranker_score,
    )


def _alias(name: str) -> str:
    if not name.strip():
        raise ConfigInvalid(
            f"The {_JOB} 'azure' needs AZURE_SEARCH_INDEX: a name for its index, such as "
            "approved-content."
        )
    if not _ALIAS.fullmatch(name.strip()):
        raise ConfigInvalid(
            "AZURE_SEARCH_INDEX may hold small letters, digits and single dashes, 2 to 100 signs; "
            f"'{name.strip()}' does not."
        )
    return name.strip()
