"""What servers heard: every byte of every request, as it came out of TLS.

What a server makes of a request, and which it keeps, is its own affair; here is the line itself.
"""

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Heard:
    """One request; names of headers in small letters."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Keeps what all servers with this context hear, by the port of each."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._lines: list[tuple[int, bytearray]] = []
        self._lock = threading.Lock()
        context.sslsocket_class = type("Listening", (_Listening,), {"wire": self})

    def bytes_at(self, port: int) -> bytes:
        """Everything that came in at a port."""
        return b"".join(bytes(line) for at, line in list(self._lines) if at == port)

    def requests_at(self, port: int) -> list[Heard]:
        """The requests that came in at a port whole."""
        return [r for at, line in list(self._lines) if at == port for r in _requests(bytes(line))]

    def line(self, port: int) -> bytearray:
        """A new line to keep what comes in at a port."""
        begun = (port, bytearray())
        with self._lock:
            self._lines.append(begun)
        return begun[1]


class _Listening(ssl.SSLSocket):
    wire: Wire

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """As the base's; what was read is kept, too."""
        count = super().recv_into(buffer, nbytes, flags)
        if not hasattr(self, "kept"):
            self.kept = self.wire.line(self.getsockname()[1])
        self.kept += memoryview(buffer)[:count]
        return count


def _requests(said: bytes) -> list[Heard]:
    found = []
    while b"\r\n\r\n" in said:
        head, _, said = said.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.split(": ", 1) for line in rest)
        headers = {name.lower(): value for name, value in pairs}
        # No client here sends a body in chunks: its length would be 0 and this would fail.
        length = int(headers.get("content-length", 0))
        body, said = said[:length], said[length:]
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        found.append(Heard(method, parts.path, query, headers, body))
    return found
