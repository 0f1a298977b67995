"""All of Azure that the product asks, on loopback and over TLS: models, search, content safety.

`with running(tls) as services:`, then `services.by_key` or `services.by_identity` are the variables
of a client. Every service has a key and a token of its own and takes no other.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken

from tests.servers import content_safety, openai_server
from tests.servers.azure_search import server as search_server
from tests.servers.azure_search.server import AzureSearchServer, Fault
from tests.servers.content_safety import ContentSafetyServer
from tests.servers.faults import says
from tests.servers.openai_server import Asked, OpenAIServer
from tests.servers.replies import Reply, embeddings_of, passages_in
from tests.servers.tls import Tls
from tests.servers.wire import Heard, Wire

OFFER = "PRM-001"
WRITER, EMBEDDER = "gpt-5-mini", "text-embedding-3-small"
MODELS, SEARCH, SAFETY = "models", "search", "content safety"
TOKENS = {
    "https://ai.azure.com": openai_server.TOKEN,
    "https://search.azure.com": search_server.TOKEN,
    "https://cognitiveservices.azure.com": content_safety.TOKEN,
}
"""The token for each audience: a service takes none but its own."""
SECRETS = (openai_server.KEY, search_server.ADMIN_KEY, content_safety.KEY, *TOKENS.values())
_KEYS = ("AZURE_OPENAI_API_KEY", "AZURE_SEARCH_API_KEY", "AZURE_CONTENT_SAFETY_API_KEY")
_BUSY = b'{"error": {"code": "503", "message": "Busy."}}'


@dataclass(slots=True)
class Identity:
    """Gives the token of the audience it is asked for, and of no other."""

    asked: list[str] = field(default_factory=list)

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        **kwargs: object,
    ) -> AccessToken:
        """The token, good for an hour."""
        (scope,) = scopes
        self.asked.append(scope)
        return AccessToken(TOKENS[scope.removesuffix("/.default")], int(time.time()) + 3600)


@dataclass(slots=True)
class AzureServices:
    """The three servers and what came in at each."""

    models: OpenAIServer
    search: AzureSearchServer
    safety: ContentSafetyServer
    wire: Wire

    @property
    def by_key(self) -> dict[str, str]:
        """The variables with which every engine is Azure's and known by key."""
        return {
            **self.search.environment,
            **self.safety.environment,
            "AZURE_OPENAI_ENDPOINT": self.models.address,
            "AZURE_OPENAI_API_KEY": self.models.key,
            "AZURE_OPENAI_DEPLOYMENT": WRITER,
            "AZURE_OPENAI_EMBEDDING_DEPLOYMENT": EMBEDDER,
            **{f"CPO_{job}": "azure" for job in ("CHAT_MODEL", "CONTENT_INDEX", "EMBEDDER")},
        }

    @property
    def by_identity(self) -> dict[str, str]:
        """The same without any key."""
        return {name: value for name, value in self.by_key.items() if name not in _KEYS}

    @property
    def heard(self) -> dict[str, list[Heard]]:
        """Every request, by service."""
        return {name: self.wire.requests_at(port) for name, port in self._ports().items()}

    @property
    def everything(self) -> str:
        """All that was sent to any of them: as it came, and each text of a body as people read."""
        raw = b"\n".join(self.wire.bytes_at(port) for port in self._ports().values())
        bodies = (request.body for every in self.heard.values() for request in every)
        read = (part for body in bodies if body for part in _leaves(json.loads(body)))
        return "\n".join([raw.decode("utf-8", "replace"), *read])

    def out_of_order(self, job: str) -> None:
        """Let every request for one job end in 503."""
        if job in {"writer", "embedder"}:
            path = "/chat/completions" if job == "writer" else "/embeddings"
            self.models.script = lambda asked: (
                says(503) if asked.path.endswith(path) else grounded(asked)
            )
        elif job == "content index":
            self.search.script = lambda _: Fault(503, _BUSY)
        else:
            self.safety.fault = lambda _: content_safety.Reply(503, _BUSY)

    def back(self) -> None:
        """Let all of them answer again."""
        self.models.script = grounded
        self.search.script = lambda _: None
        self.safety.fault = lambda _: None

    def _ports(self) -> dict[str, int]:
        addresses = (self.models.address, self.search.endpoint, self.safety.endpoint)
        ports = (urlsplit(address).port or 0 for address in addresses)
        return dict(zip((MODELS, SEARCH, SAFETY), ports, strict=True))


@contextmanager
def running(tls: Tls) -> Iterator[AzureServices]:
    """The three servers, until the end of the `with`; they keep everything they are sent."""
    wire = Wire(tls.context)
    with (
        OpenAIServer(grounded, models=(WRITER, EMBEDDER), azure=True, tls=tls.context) as models,
        AzureSearchServer(tls=tls.context) as search,
        ContentSafetyServer(tls=tls.context) as safety,
    ):
        yield AzureServices(models, search, safety, wire)


def _leaves(document: Any) -> Iterator[str]:
    if isinstance(document, dict | list):
        rows = document.items() if isinstance(document, dict) else enumerate(document)
        for name, value in rows:
            yield str(name)
            yield from _leaves(value)
    else:
        yield str(document)


def grounded(asked: Asked) -> Reply:
    """Vectors, or a message that passes: an offer with its terms and one thing more, quoted."""
    ids = {"apim-request-id": f"models-{asked.number}"}
    if asked.path.endswith("/embeddings"):
        return Reply(raw=json.dumps(embeddings_of(asked.body)).encode(), headers=ids)
    return Reply(json.dumps(_written(asked.user), ensure_ascii=False), headers=ids)


def _written(user: str) -> dict[str, object]:
    passages = passages_in(user)
    if not passages:
        return {"ready": True}
    offer = [p for p in passages if p["id"].startswith(OFFER)]
    things = [p for p in passages if p["id"].startswith("PRD-")]
    # Each tone shows another thing: messages that are alike are found and blocked.
    shown = things[0 if "\nUrgent:" in user else -1]
    said = [[{"text": p["text"], "passage_ids": [p["id"]]}] for p in (offer[0], shown, offer[-1])]
    return {"subject": shown["title"], "preheader": offer[0]["title"], "paragraphs": said}
