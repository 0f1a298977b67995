"""The client of OpenAI's protocol: bounded in time, and without retries of its own."""

from collections.abc import Callable, Iterator

import httpx2
from openai import DefaultHttpxClient, OpenAI, Timeout

from core.integrations.openai_address import OpenAIAddress
from core.protocols.patience import CallLimits

_BEGUN = "begun_at"


def openai_client(address: OpenAIAddress, limits: CallLimits, clock: Callable[[], float]) -> OpenAI:
    """A client whose every request is made once and ends in time, with an answer or without.

    The library's own time-out would be ten minutes of silence, and however long an answer drips;
    its retries would be two, beside ours.
    """
    bound = _Bound(limits.request_s, clock)
    return OpenAI(
        base_url=address.url,
        api_key=address.key,
        default_headers=dict(address.headers),
        max_retries=0,
        timeout=Timeout(limits.timeout_s, connect=limits.connect_s),
        http_client=_Connections(event_hooks={"request": [bound.begin], "response": [bound.watch]}),
    )


class _Connections(DefaultHttpxClient):
    """Closed when nobody uses it any more, as the library closes its own."""

    def __del__(self) -> None:
        if not self.is_closed:
            self.close()


class _Bound:
    """Ends a request that has lasted too long, even while its answer keeps coming."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock = seconds, clock

    def begin(self, request: httpx2.Request) -> None:
        request.extensions = {**request.extensions, _BEGUN: self._clock()}

    def watch(self, response: httpx2.Response) -> None:
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = _Watched(response.stream, self._late, response.request)

    def _late(self, request: httpx2.Request) -> bool:
        begun: float = request.extensions[_BEGUN]
        return self._clock() - begun > self._seconds


class _Watched(httpx2.SyncByteStream):
    def __init__(
        self,
        stream: httpx2.SyncByteStream,
        late: Callable[[httpx2.Request], bool],
        request: httpx2.Request,
    ) -> None:
        self._stream, self._late, self._request = stream, late, request

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            if self._late(self._request):
                raise httpx2.ReadTimeout("the answer took too long", request=self._request)
            yield part

    def close(self) -> None:
        self._stream.close()
