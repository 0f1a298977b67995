"""The test server itself: who may ask, for what, and how it misbehaves when told to.

`with AzureSearchServer() as server:` and then `server.environment`. Every request is kept in
`asked`. A `script` looks at each request first and may give a `Fault` in place of an answer.
"""

import json
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers.azure_search.objection import Objection, bad
from tests.servers.azure_search.store import Store

API_VERSION = "2026-04-01"
ADMIN_KEY = "loopback-admin-key-0123456789"
QUERY_KEY = "loopback-query-key-0123456789"
TOKEN = "loopback-token-0123456789"  # noqa: S105 - of a test server
ROLES = frozenset(
    {"Search Service Contributor", "Search Index Data Contributor", "Search Index Data Reader"}
)
_PATHS = (
    (re.compile(r"/indexes"), "indexes"),
    (re.compile(r"/indexes\('([^']+)'\)"), "index"),
    (re.compile(r"/aliases\('([^']+)'\)"), "alias"),
    (re.compile(r"/indexes\('([^']+)'\)/docs/search\.index"), "write"),
    (re.compile(r"/indexes\('([^']+)'\)/docs/search\.post\.search"), "search"),
)
_METHODS = {
    "indexes": {"GET"},
    "index": {"GET", "PUT", "DELETE"},
    "alias": {"GET", "PUT"},
    "write": {"POST"},
    "search": {"POST"},
}


@dataclass(slots=True)
class Asked:
    """One request, what it was for, and the status of the answer."""

    number: int
    method: str
    what: str
    name: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    status: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done in place of an answer: a status with a body, or nothing that is an answer."""

    status: int = 500
    body: bytes = b'{"error": {"code": "", "message": "It broke."}}'
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    cut_at: int | None = None
    hangs: bool = False
    stalls_at: int | None = None
    drips_s: float = 0.0
    resets: bool = False


Script = Callable[[Asked], Fault | None]


@dataclass(slots=True)
class AzureSearchServer:
    """The server; over TLS with `tls`, and with `roles` for whoever has the token."""

    store: Store = field(default_factory=Store)
    script: Script = lambda asked: None
    tls: ssl.SSLContext | None = None
    roles: frozenset[str] = ROLES
    keys_allowed: bool = True
    asked: list[Asked] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _over: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "AzureSearchServer":
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = _Quiet(("127.0.0.1", 0), handler)
        if self.tls is not None:
            listening = self._server.socket
            self._server.socket = self.tls.wrap_socket(listening, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def endpoint(self) -> str:
        """What AZURE_SEARCH_ENDPOINT has to be."""
        assert self._server is not None
        scheme, host = ("http", "127.0.0.1") if self.tls is None else ("https", "localhost")
        return f"{scheme}://{host}:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that configure a client of this server, by key."""
        return {
            "AZURE_SEARCH_ENDPOINT": self.endpoint,
            "AZURE_SEARCH_API_KEY": ADMIN_KEY,
            "AZURE_SEARCH_INDEX": "approved-content",
        }

    def of(self, what: str) -> list[Asked]:
        """The requests for one kind of thing."""
        return [asked for asked in self.asked if asked.what == what]

    def begin(self, asked: Asked) -> Fault | None:
        """Keep a request; what the script has for it."""
        with self._lock:
            self.asked.append(asked)
            return self.script(asked)

    def wait(self) -> None:
        """Say nothing for as long as the server lives."""
        self._over.wait(20)

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """Status and document of a request that is in order."""
        with self._lock:
            store, name = self.store, asked.name
            if asked.what == "indexes":
                return 200, {"value": [{"name": each} for each in store.indexes]}
            if asked.what == "alias":
                return self._alias(asked)
            if asked.what == "index":
                return self._index(asked)
            index = store.index(name)
            does = store.write if asked.what == "write" else store.search
            return does(index, asked.body)

    def _alias(self, asked: Asked) -> tuple[int, Any]:
        if asked.method == "PUT":
            return self.store.put_alias(asked.name, asked.body, asked.headers.get("if-match"))
        if asked.name not in self.store.aliases:
            raise Objection(404, "", f"No alias with the name '{asked.name}' was found.")
        return 200, self.store.aliases[asked.name]

    def _index(self, asked: Asked) -> tuple[int, Any]:
        if asked.method == "PUT":
            return self.store.put_index(asked.name, asked.body)
        if asked.method == "DELETE":
            self.store.drop(asked.name)
            return 204, None
        return 200, self.store.index(asked.name).definition


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not worth a traceback."""


class _Handler(BaseHTTPRequestHandler):
    owner: AzureSearchServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    numbers = iter(range(1, 10**9))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing; `asked` is the log."""

    def _do(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            asked = self._asked(raw)
            if (fault := self.owner.begin(asked)) is not None:
                self._misbehave(asked, fault)
                return
            self._let_in(asked)
            status, document = self.owner.answer(asked)
        except Objection as objection:
            self._send(objection.status, objection.body())
        else:
            asked.status = status
            self._send(status, b"" if document is None else json.dumps(document).encode())

    do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 - the names that the base calls

    def _asked(self, raw: bytes) -> Asked:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        matches = ((pattern.fullmatch(path), what) for pattern, what in _PATHS)
        match, what = next(((m, what) for m, what in matches if m), (None, ""))
        if match is None:
            raise Objection(404, "", f"There is no {path}.")
        if self.command not in _METHODS[what]:
            raise Objection(405, "", f"{self.command} is not allowed here.")
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        name = match[1] if match.groups() else ""
        body = self._body(raw, headers)
        return Asked(next(self.numbers), self.command, what, name, query, headers, body)

    def _body(self, raw: bytes, headers: Mapping[str, str]) -> Any:
        if self.command not in {"POST", "PUT"}:
            return None
        if not headers.get("content-type", "").startswith("application/json"):
            raise Objection(415, "", "The Content-Type must be application/json.")
        try:
            return json.loads(raw)
        except ValueError:
            raise bad("The request body is no JSON.") from None

    def _let_in(self, asked: Asked) -> None:
        """Raise unless the version is ours and whoever asks may do so."""
        if asked.query.get("api-version") != API_VERSION:
            given = asked.query.get("api-version", "")
            raise bad(f"Invalid or missing api-version query string parameter: '{given}'.")
        reading = asked.what == "search"
        token, key = asked.headers.get("authorization", ""), asked.headers.get("api-key")
        if token:
            if token != f"Bearer {TOKEN}":
                raise Objection(401, "", "The token is not valid.")
            if self._role(asked) not in self.owner.roles:
                raise Objection(403, "", "The client may not do this.")
        elif key is None:
            raise Objection(401, "", "Unauthorized. Access token or api-key is missing.")
        elif not self.owner.keys_allowed or key not in (
            {ADMIN_KEY, QUERY_KEY} if reading else {ADMIN_KEY}
        ):
            raise Objection(403, "", "")

    def _role(self, asked: Asked) -> str:
        roles = {"search": "Search Index Data Reader", "write": "Search Index Data Contributor"}
        return roles.get(asked.what, "Search Service Contributor")

    def _misbehave(self, asked: Asked, fault: Fault) -> None:
        asked.status = fault.status
        if fault.hangs:
            self.owner.wait()
        elif fault.resets:
            # Nothing is sent, and the other side is told so with a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self._send(fault.status, fault.body, fault)
            return
        self.close_connection = True

    def _send(self, status: int, payload: bytes, fault: Fault | None = None) -> None:
        self.send_response(status)
        made = {
            "Content-Type": fault.content_type if fault else "application/json; charset=utf-8",
            "request-id": f"00000000-0000-4000-8000-{int(time.monotonic() * 1e6) % 10**12:012d}",
            "Content-Length": str(len(payload)),
            **(fault.headers if fault else {}),
        }
        for name, value in made.items():
            self.send_header(name, value)
        self.end_headers()
        part = payload if fault is None or fault.cut_at is None else payload[: fault.cut_at]
        try:
            self._write(part, fault)
        except OSError:
            self.close_connection = True
        if len(part) < len(payload):
            self.close_connection = True

    def _write(self, part: bytes, fault: Fault | None) -> None:
        if fault is None or (fault.stalls_at is None and not fault.drips_s):
            self.wfile.write(part)
        elif fault.stalls_at is not None:
            self.wfile.write(part[: fault.stalls_at])
            self.owner.wait()
        else:
            for place in range(len(part)):
                self.wfile.write(part[place : place + 1])
                time.sleep(fault.drips_s)
        self.wfile.flush()
