"""The requests we make of one Azure AI Search service: each bounded in time, traced and patient."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from azure.core import MatchConditions
from azure.core.credentials import AzureKeyCredential, TokenCredential
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.core.pipeline import PipelineResponse
from azure.search.documents import SearchClient
from azure.search.documents.indexes import SearchIndexClient
from azure.search.documents.indexes.models import SearchAlias, SearchIndex
from azure.search.documents.models import IndexDocumentsBatch, IndexingResult

from core.errors import OrchestratorError
from core.integrations.content_index.odata import after, both
from core.integrations.content_index.search_failures import NAME, Doing, Failing, request_id
from core.integrations.content_index.search_layout import KEY
from core.integrations.content_index.search_transport import bounded_transport
from core.protocols.patience import CallLimits, Patient
from core.protocols.telemetry import answered

logger = logging.getLogger(__name__)

T = TypeVar("T")
Row = Mapping[str, object]

API_VERSION = "2026-04-01"
_PAGE = 1000
# What the client raises over a body that is JSON and yet not what the protocol says.
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True, slots=True)
class Alias:
    """What the alias points to, and the version of it that was read."""

    index: str
    etag: str | None


@dataclass(frozen=True, slots=True)
class SearchService:
    """One service; threads may share it. `clock` times requests and ends those that take long."""

    endpoint: str
    credential: AzureKeyCredential | TokenCredential = field(repr=False)
    limits: CallLimits
    patient: Patient
    failing: Failing
    clock: Callable[[], float] = time.monotonic
    _clients: "_Clients" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_clients", _Clients(self.endpoint, self.credential, self.limits, self.clock)
        )

    def ask(self, doing: Doing, request: Callable[[], T], *, once: bool = False) -> T:
        """What a request gives, with patience unless it is to be made `once`.

        Raises:
            ProviderFailed: what became of it, in words that say what to do.
        """

        def ask_once() -> T:
            try:
                return request()
            except OrchestratorError:
                raise
            except (AzureError, *_UNREADABLE) as error:
                raise self.failing.of(error, doing) from error

        return ask_once() if once else self.patient.ask(ask_once)

    def alias(self) -> Alias | None:
        """What our alias points to, None while there is none."""
        doing = Doing.DEFINING

        def request() -> Alias | None:
            try:
                found = self._clients.admin.get_alias(self.failing.alias, **self.traced(doing))
            except ResourceNotFoundError:
                return None
            return Alias(found.indexes[0], found.e_tag)

        return self.ask(doing, request)

    def point(self, index: str, before: Alias | None) -> None:
        """Let the alias point to this index, unless somebody moved it since `before` was read."""
        alias = SearchAlias(
            name=self.failing.alias, indexes=[index], e_tag=before.etag if before else None
        )
        condition = (
            MatchConditions.IfNotModified if alias.e_tag else MatchConditions.Unconditionally
        )
        self.ask(
            Doing.DEFINING,
            lambda: self._clients.admin.create_or_update_alias(
                alias, match_condition=condition, **self.traced(Doing.DEFINING)
            ),
        )

    def create(self, definition: SearchIndex) -> None:
        """Create an index, or leave it when it is there already as defined."""
        self.ask(
            Doing.DEFINING,
            lambda: self._clients.admin.create_or_update_index(
                definition, **self.traced(Doing.DEFINING)
            ),
        )

    def exists(self, index: str) -> bool:
        """Whether there is an index of this name."""

        def request() -> bool:
            try:
                self._clients.admin.get_index(index, **self.traced(Doing.DEFINING))
            except ResourceNotFoundError:
                return False
            return True

        return self.ask(Doing.DEFINING, request)

    def names(self) -> list[str]:
        """The names of all indexes of the service."""

        def request() -> list[str]:
            return list(self._clients.admin.list_index_names(**self.traced(Doing.DEFINING)))

        return self.ask(Doing.DEFINING, request)

    def drop(self, index: str) -> None:
        """Delete an index and all it holds."""
        self.ask(
            Doing.DEFINING,
            lambda: self._clients.admin.delete_index(index, **self.traced(Doing.DEFINING)),
        )

    def search(
        self, index: str, doing: Doing, wanted: Mapping[str, Any], *, once: bool = False
    ) -> list[Row]:
        """The documents that answer a search, in the service's order.

        Raises:
            ProviderUnavailable: there is no index of this name.
        """

        def request() -> list[Row] | None:
            client = self._clients.of(index)
            try:
                # The parameters are the client's own; their names are checked by it.
                found = list(client.search(**{**wanted, **self.traced(doing)}))
            except ResourceNotFoundError:
                return None
            return [_complete(row, wanted["select"]) for row in found]

        rows = self.ask(doing, request, once=once)
        if rows is None:
            # Outside of the patience: waiting does not build an index.
            raise self.failing.not_built(doing)
        return rows

    def rows(
        self, index: str, fields: Sequence[str], *, where: str = "", doing: Doing = Doing.READING
    ) -> Iterator[Row]:
        """Every document that the filter lets through, by key."""
        last = ""
        while True:
            wanted: dict[str, object] = {
                "search_text": "*",
                "filter": both(where, after(KEY, last) if last else "") or None,
                "order_by": [f"{KEY} asc"],
                "select": [KEY, *fields],
                "top": _PAGE,
            }
            page = self.search(index, doing, wanted)
            yield from page
            if len(page) < _PAGE:
                return
            last = str(page[-1][KEY])

    def send(self, index: str, batch: IndexDocumentsBatch) -> list[IndexingResult]:
        """What became of each action of a batch: one request, which fails as the client's does."""
        client = self._clients.of(index)
        return client.index_documents(batch, **self.traced(Doing.WRITING))

    def traced(self, doing: Doing) -> dict[str, Any]:
        """Has the outcome of the next request logged, with the service's id of it."""
        begun = self.clock()

        def log(response: PipelineResponse[Any, Any]) -> None:
            answer = response.http_response
            answered(
                logger,
                f"{NAME} ({doing.task})",
                status=answer.status_code,
                request_id=request_id(answer.headers),
                milliseconds=(self.clock() - begun) * 1000,
            )

        return {"raw_response_hook": log}


def _complete(row: Row, wanted: Sequence[str]) -> Row:
    """The document with every field that was asked for.

    Raises:
        TypeError: one is missing, so that this is no answer to our search.
    """
    if missing := [name for name in wanted if name not in row]:
        raise TypeError(f"no {missing[0]}")
    return row


class _Clients:
    """The SDK's clients over one pool of connections: one for definitions, one for each index."""

    def __init__(
        self,
        endpoint: str,
        credential: AzureKeyCredential | TokenCredential,
        limits: CallLimits,
        clock: Callable[[], float],
    ) -> None:
        self._endpoint, self._credential = endpoint, credential
        self._settings: dict[str, object] = {
            "api_version": API_VERSION,
            "transport": bounded_transport(limits, clock),
            # Repeating is ours: the client's own waits as long as it is told to.
            "retry_total": 0,
            # An answer from another place is none of the service's.
            "permit_redirects": False,
        }
        self._lock = threading.Lock()
        self._by_index: dict[str, SearchClient] = {}
        self.admin = SearchIndexClient(endpoint, credential, **self._settings)

    def of(self, index: str) -> SearchClient:
        with self._lock:
            if index not in self._by_index:
                self._by_index[index] = SearchClient(
                    self._endpoint, index, self._credential, **self._settings
                )
            return self._by_index[index]
