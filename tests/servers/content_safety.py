"""A strict server that speaks as Azure's content safety does, and misbehaves when told to.

It refuses what the real one refuses: no key or token, another api-version, a header or a property
that does not belong there, and more characters than fit. `judge` scores, by default with the local
lexicon; `fault` may answer in its place. `with ContentSafetyServer() as server:`, then
`server.endpoint`, or with `tls` a pair of certificate and key, or a context of them, for https.
"""

import itertools
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from core.integrations.safety_screen import local
from core.protocols.provider import ProviderContext
from tests.servers import content_safety_rules as rules
from tests.servers.content_safety_lists import Asked, ListStore
from tests.servers.content_safety_rules import Objection

KEY, TOKEN = "0123456789abcdef0123456789abcdef", "token-of-the-identity"
_OURS = dict(zip(("hate", "self_harm", "sexual", "violence"), rules.CATEGORIES, strict=True))
_WORDS = re.compile(r"[a-z]+")
_HANG_S = 20.0

LOCAL = local.build(ProviderContext({}, Path()))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to give in place of the right one; `how` is what becomes of the connection."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    how: str = "whole"  # whole | reset | hang | truncated


def lexicon(text: str) -> dict[str, int]:
    """The scores of the local screen, under the names of the service."""
    return {_OURS[name]: score for name, score in LOCAL.scan(text).scores.items()}


def copied(text: str, sources: list[str]) -> list[tuple[int, int]]:
    """Sentences with a word that stands in no source."""
    known = set(_WORDS.findall(" ".join(sources).lower()))
    return [
        found.span()
        for found in re.finditer(r"[^.!?]+[.!?]?", text)
        if not set(_WORDS.findall(found.group().lower())) <= known
    ]


@dataclass(slots=True)
class ContentSafetyServer:
    """The server and what it keeps: the lists of words, and every request in `asked`."""

    judge: Callable[[str], Mapping[str, int]] = lexicon
    attack: Callable[[str], bool] = lambda text: bool(LOCAL.shield("", [text]).documents[0])
    fault: Callable[[Asked], Reply | None] = lambda _: None
    groundedness: bool = True
    tls: tuple[str, str] | ssl.SSLContext | None = None
    lists: ListStore = field(default_factory=ListStore)
    asked: list[Asked] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None
    closing: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "ContentSafetyServer":
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = _Quiet(("127.0.0.1", 0), handler)
        if self.tls:
            if isinstance(self.tls, ssl.SSLContext):
                context = self.tls
            else:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*self.tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def endpoint(self) -> str:
        """What AZURE_CONTENT_SAFETY_ENDPOINT has to be."""
        assert self._server is not None
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that configure a client of this server."""
        return {
            "CPO_SAFETY_SCREEN": "azure",
            "AZURE_CONTENT_SAFETY_ENDPOINT": self.endpoint,
            "AZURE_CONTENT_SAFETY_API_KEY": KEY,
        }

    def of(self, path: str) -> list[Asked]:
        """The requests to a path."""
        return [asked for asked in self.asked if asked.path == path]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """Status and JSON of the right answer.

        Raises:
            Objection: the service would refuse.
        """
        _sign_in(asked, tls=self.tls is not None)
        route = asked.path.removeprefix("/contentsafety")
        if route == asked.path:
            raise Objection(404, "404", "Resource not found")
        _version(asked, rules.PREVIEW if route == "/text:detectGroundedness" else rules.STABLE)
        if asked.body is not None:
            _content_type(asked)
        return self._routed(asked, route)

    def _routed(self, asked: Asked, route: str) -> tuple[int, Any]:
        simple: dict[tuple[str, str], Callable[[Asked], Any]] = {
            ("POST", "/text:analyze"): self._analyze,
            ("POST", "/text:shieldPrompt"): self._shield,
            ("POST", "/text:detectGroundedness"): self._compare,
        }
        if (asked.method, route) in simple:
            return 200, simple[asked.method, route](asked)
        if route.startswith("/text/blocklists"):
            return self.lists.answer(asked, route, f"{self.endpoint}{asked.path}")
        raise Objection(404, "404", "Resource not found")

    def _analyze(self, asked: Asked) -> Any:
        body = rules.analyze(asked.body, self.lists.words)
        text, names = body["text"], body.get("blocklistNames", [])
        matches = [
            {"blocklistName": name, "blocklistItemId": key, "blocklistItemText": word}
            for name in names
            for key, word in self.lists.words[name].items()
            if word.casefold() in text.casefold()
        ]
        if matches and body.get("haltOnBlocklistHit"):
            return {"blocklistsMatch": matches, "categoriesAnalysis": []}
        eight = body.get("outputType") == "EightSeverityLevels"
        scores = self.judge(text)
        return {
            "blocklistsMatch": matches,
            "categoriesAnalysis": [
                {"category": name, "severity": scores[name] if eight else scores[name] // 2 * 2}
                for name in body.get("categories", rules.CATEGORIES)
            ],
        }

    def _shield(self, asked: Asked) -> Any:
        body = rules.shield(asked.body)
        return {
            "userPromptAnalysis": {"attackDetected": self.attack(body["userPrompt"])},
            "documentsAnalysis": [
                {"attackDetected": self.attack(text)} for text in body.get("documents", [])
            ],
        }

    def _compare(self, asked: Asked) -> Any:
        if not self.groundedness:
            raise Objection(404, "404", "Resource not found")
        body = rules.groundedness(asked.body)
        text = body["text"]
        spans = copied(text, body["groundingSources"])
        return {
            "ungroundedDetected": bool(spans),
            "ungroundedPercentage": sum(e - s for s, e in spans) / len(text),
            "ungroundedDetails": [
                {"text": text[s:e], "offset": _sizes(text[:s]), "length": _sizes(text[s:e])}
                for s, e in spans
            ],
        }


def _sizes(text: str) -> dict[str, int]:
    return {
        "utf8": len(text.encode()),
        "utf16": len(text.encode("utf-16-le")) // 2,
        "codePoint": len(text),
    }


def _sign_in(asked: Asked, *, tls: bool) -> None:
    by_key = asked.headers.get("ocp-apim-subscription-key") == KEY
    by_token = tls and asked.headers.get("authorization") == f"Bearer {TOKEN}"
    if not by_key and not by_token:
        raise Objection(401, "401", "Access denied due to invalid subscription key or token.")


def _version(asked: Asked, version: str) -> None:
    if asked.query.get("api-version") != version:
        raise Objection(400, "InvalidApiVersionParameter", "The api-version is not supported.")


def _content_type(asked: Asked) -> None:
    wanted = "application/merge-patch+json" if asked.method == "PATCH" else "application/json"
    if asked.headers.get("content-type", "").split(";")[0] != wanted:
        raise Objection(415, "UnsupportedMediaType", f"The content type must be {wanted}.")


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is gone is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: ContentSafetyServer
    numbers = itertools.count(1)

    def log_message(self, *args: object) -> None:
        """Nothing on the console."""

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        asked = Asked(
            self.command,
            parts.path,
            {k: v[-1] for k, v in parse_qs(parts.query).items()},
            {k.lower(): v for k, v in self.headers.items()},
            json.loads(raw) if raw else None,
        )
        self.owner.asked.append(asked)
        planted = self.owner.fault(asked)
        if planted is not None:
            self._planted(planted)
            return
        try:
            status, document = self.owner.answer(asked)
        except Objection as no:
            status, document = no.status, {"error": {"code": no.code, "message": str(no)}}
        self._send(status, b"" if document is None else json.dumps(document).encode(), {})

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _planted(self, reply: Reply) -> None:
        if reply.how == "reset":
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()
        elif reply.how == "hang":
            self.owner.closing.wait(_HANG_S)
            self.close_connection = True
        elif reply.how == "truncated":
            self._send(reply.status, reply.body, {"Content-Length": str(len(reply.body) + 50)})
            self.close_connection = True
        else:
            self._send(reply.status, reply.body, reply.headers)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        whole = {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            "Date": self.date_time_string(),
            "apim-request-id": f"request-{next(self.numbers)}",
        } | dict(headers)
        self.send_response_only(status)
        for name, value in whole.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
