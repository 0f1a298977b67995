"""The connection to a search service: silent no longer, and answering no longer, than it may."""

from collections.abc import Callable, Iterator

import requests
from azure.core.pipeline.transport import RequestsTransport
from urllib3 import HTTPResponse
from urllib3.exceptions import IncompleteRead, ReadTimeoutError

from core.protocols.patience import CallLimits

_PART = 1 << 16


def bounded_transport(limits: CallLimits, clock: Callable[[], float]) -> RequestsTransport:
    """One pool of connections for all clients of a service.

    The time-outs belong here: a client that is given a transport ignores its own. They bound a
    silence; an answer that drips is ended by us.
    """

    def watch(response: requests.Response, *_: object, **__: object) -> None:
        response.raw = _Watched(response.raw, clock() + limits.request_s, clock)

    session = requests.Session()
    session.hooks["response"].append(watch)
    return RequestsTransport(
        session=session,
        session_owner=False,
        connection_timeout=limits.connect_s,
        read_timeout=limits.timeout_s,
    )


class _Watched:
    """The body of an answer, which has to be here in time and whole."""

    def __init__(self, raw: HTTPResponse, until: float, clock: Callable[[], float]) -> None:
        self._raw, self._until, self._clock = raw, until, clock

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self._raw, name)
        return found

    def stream(self, amt: int = _PART, *, decode_content: bool | None = None) -> Iterator[bytes]:
        """The parts as they come in, not only when they are full."""
        try:
            while part := self._raw.read1(amt, decode_content=decode_content):
                if self._clock() > self._until:
                    self._raw.close()
                    raise requests.ReadTimeout("the answer took too long")
                yield part
        except ReadTimeoutError as error:
            # The library would call this a lost connection.
            raise requests.ReadTimeout(str(error)) from error
        missing = self._raw.length_remaining
        if missing:
            raise IncompleteRead(self._raw.tell(), missing)
