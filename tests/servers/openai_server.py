"""A strict server that speaks OpenAI's protocol on loopback, and misbehaves when told to.

It refuses what the real one refuses: no key, an unknown parameter, a schema that is not strict.
As `azure` it is Azure's v1 endpoint: another path, a key in its own header or a token, and no
api-version. What it answers is decided by a `Script`; every request is kept in `asked`, with
whether its answer was delivered whole. `with OpenAIServer() as server:` and then `server.base_url`.
"""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers.replies import Reply, embeddings_of, message_from_passages
from tests.servers.strictness import CHAT_KEYS, EMBEDDING_KEYS, Objection, object_to

KEY = "sk-loopback-0123456789"
MODEL = "test-writer-1"
TOKEN = "eyJsb29wYmFjaw.eyJ0b2tlbiI6MX0.c2lnbmF0dXJl"  # noqa: S105 - for loopback
V1 = "/openai/v1"
_HANG_S = 600.0


@dataclass(slots=True)
class Asked:
    """One request; `delivered` once the whole answer was written and the client took it."""

    number: int
    path: str
    body: dict[str, Any]
    headers: Mapping[str, str]
    at: float
    delivered: bool = False
    ended_at: float = 0.0
    status: int = 0

    @property
    def call_id(self) -> str:
        """The name the client gave to its question."""
        lower = {name.lower(): value for name, value in self.headers.items()}
        return lower.get("idempotency-key", "")

    @property
    def user(self) -> str:
        """What the request says in the user's role."""
        return next((m["content"] for m in self.body["messages"] if m["role"] == "user"), "")


Script = Callable[[Asked], Reply]


def obliging(asked: Asked) -> Reply:
    """A usable message, quoted from the passages of the request."""
    return Reply(message_from_passages(asked.user))


@dataclass(slots=True)
class OpenAIServer:
    """The server; `known_forms` are the kinds of `response_format` it knows.

    `takes` names the parameters its models take, a key of `CHAT_KEYS`; `tls` makes it speak https.
    """

    script: Script = obliging
    delay_s: float = 0.0
    key: str = KEY
    models: tuple[str, ...] = (MODEL,)
    known_forms: frozenset[str] = frozenset({"json_schema", "json_object"})
    takes: str = "reasoning"
    azure: bool = False
    token: str = TOKEN
    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "OpenAIServer":
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = _Quiet(("127.0.0.1", 0), handler)
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def base_url(self) -> str:
        """What OPENAI_BASE_URL has to be."""
        return f"{self.address}{self.prefix}"

    @property
    def address(self) -> str:
        """Scheme, host and port; what AZURE_OPENAI_ENDPOINT has to be."""
        assert self._server is not None
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def prefix(self) -> str:
        """What stands before the paths of the protocol."""
        return V1 if self.azure else "/v1"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that configure a client of this server."""
        return {
            "OPENAI_BASE_URL": self.base_url,
            "OPENAI_API_KEY": self.key,
            "OPENAI_MODEL": self.models[0],
        }

    @property
    def delivered(self) -> list[Asked]:
        """The requests whose answer was taken whole."""
        return [a for a in self.asked if a.delivered]

    def begin(self, path: str, body: dict[str, Any], headers: Mapping[str, str]) -> Asked:
        """Keep a request."""
        with self._lock:
            asked = Asked(len(self.asked) + 1, path, body, headers, time.monotonic())
            self.asked.append(asked)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        return asked

    def end(self, asked: Asked, *, delivered: bool) -> None:
        """Keep how it ended; a client that is gone undoes the delivery later."""
        with self._lock:
            asked.delivered, asked.ended_at = delivered, time.monotonic()
            self.at_once -= 1


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not worth a traceback."""


class _Handler(BaseHTTPRequestHandler):
    owner: OpenAIServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    last: Asked | None = None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing; `asked` is the log."""

    def handle_one_request(self) -> None:
        """One request; a reset before the next one means that the last answer was not taken."""
        try:
            super().handle_one_request()
        except (TimeoutError, ConnectionError):
            if self.last is not None:
                self.last.delivered = False
            self.close_connection = True

    def do_GET(self) -> None:
        """The list of models."""
        if self._authorised() and self.path == f"{self.owner.prefix}/models":
            every = [{"id": m, "object": "model", "created": 0} for m in self.owner.models]
            self._json(200, {"object": "list", "data": every})

    def do_POST(self) -> None:
        """A chat completion or embeddings."""
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        if not self._authorised():
            return
        try:
            body = json.loads(raw)
            path, _, query = self.path.removeprefix(self.owner.prefix).partition("?")
            if "api-version" in query:
                words = "api-version query parameter is not allowed when using /v1 path"
                raise Objection(400, "BadRequest", words)
            keys = {
                "/chat/completions": CHAT_KEYS[self.owner.takes],
                "/embeddings": EMBEDDING_KEYS,
            }
            if not self.path.startswith(self.owner.prefix) or path not in keys:
                raise Objection(404, "not_found", f"there is no {self.path}")
            object_to(body, keys[path], self.owner.models, self.owner.known_forms)
        except json.JSONDecodeError:
            self._error(400, "invalid_json", "the body is not JSON")
        except Objection as objection:
            self._error(objection.status, objection.code, str(objection))
        else:
            self._answer(self.owner.begin(self.path, body, dict(self.headers.items())))

    def _answer(self, asked: Asked) -> None:
        self.last, delivered = asked, False
        try:
            if asked.path.endswith("/embeddings") and self.owner.script is obliging:
                reply = Reply(raw=json.dumps(embeddings_of(asked.body)).encode())
            else:
                reply = self.owner.script(asked)
            time.sleep(_HANG_S if reply.hang else self.owner.delay_s + reply.delay_s)
            if reply.reset:
                self._reset()
                return
            asked.status = reply.status
            delivered = self._send(reply.status, reply.body(asked.body), reply)
        except ConnectionError:
            self.close_connection = True
        finally:
            self.owner.end(asked, delivered=delivered)

    def _send(self, status: int, payload: bytes, reply: Reply) -> bool:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        part = payload if reply.cut_at is None else payload[: reply.cut_at]
        for place in range(len(part)) if reply.drip_s else ():
            self.wfile.write(part[place : place + 1])
            self.wfile.flush()
            time.sleep(reply.drip_s)
        self.wfile.write(b"" if reply.drip_s else part)
        self.wfile.flush()
        if reply.cut_at is not None:
            self.close_connection = True
        return reply.cut_at is None

    def _reset(self) -> None:
        """Tear the line, as a load balancer does."""
        now = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        self.connection.close()
        self.close_connection = True

    def _authorised(self) -> bool:
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.owner.azure:
            # A key counts in the service's own header; a bearer there is a token of Entra ID.
            own = self.headers.get("api-key")
            known = own == self.owner.key if own else bearer == self.owner.token
        else:
            known = bearer == self.owner.key
        if not known:
            self._error(401, "invalid_api_key", f"Incorrect API key provided: {bearer}.")
        return known

    def _error(self, status: int, code: str, message: str) -> None:
        self._json(status, {"error": {"message": message, "type": "error", "code": code}})

    def _json(self, status: int, document: object) -> None:
        self._send(status, json.dumps(document).encode(), Reply())
