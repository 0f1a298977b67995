"""The client of OpenAI's protocol: bounded in time, and without retries of its own."""

import logging
from collections.abc import Callable, Iterator, Mapping

import httpx2
from openai import DefaultHttpxClient, OpenAI, Timeout

from core.integrations.openai_address import OpenAIAddress
from core.protocols.patience import CallLimits
from core.protocols.provider import ProviderContext
from core.protocols.telemetry import answered, named

logger = logging.getLogger(__name__)

_BEGUN = "begun_at"
# Azure's gateway has a name of its own for a request, and the model behind it another.
_IDS = ("x-request-id", "apim-request-id", "x-ms-request-id")


def openai_client(address: OpenAIAddress, limits: CallLimits, context: ProviderContext) -> OpenAI:
    """A client whose every request is made once and ends in time, with an answer or without.

    The library's own time-out would be ten minutes of silence, and however long an answer drips;
    its retries would be two, beside ours.
    """
    bound = _Bound(limits.request_s, context.clock, address.place)
    client = OpenAI(
        base_url=address.url,
        api_key=address.key,
        default_headers=dict(address.headers),
        max_retries=0,
        timeout=Timeout(limits.timeout_s, connect=limits.connect_s),
        http_client=_Connections(event_hooks={"request": [bound.begin], "response": [bound.watch]}),
    )
    context.at_the_end(client.close)
    return client


class _Connections(DefaultHttpxClient):
    """Closed when nobody uses it any more, as the library closes its own."""

    def __del__(self) -> None:
        if not self.is_closed:
            self.close()


class _Bound:
    """Ends a request that has lasted too long, even while its answer keeps coming."""

    def __init__(self, seconds: float, clock: Callable[[], float], place: str) -> None:
        self._seconds, self._clock, self._place = seconds, clock, place

    def begin(self, request: httpx2.Request) -> None:
        request.extensions = {**request.extensions, _BEGUN: self._clock()}

    def watch(self, response: httpx2.Response) -> None:
        begun: float = response.request.extensions[_BEGUN]
        answered(
            logger,
            self._place,
            status=response.status_code,
            request_id=_request_id(response.headers),
            milliseconds=(self._clock() - begun) * 1000,
        )
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = _Watched(response.stream, self._late, response.request)

    def _late(self, request: httpx2.Request) -> bool:
        begun: float = request.extensions[_BEGUN]
        return self._clock() - begun > self._seconds


def _request_id(headers: Mapping[str, str]) -> str:
    return next((found for name in _IDS if (found := named(headers.get(name)))), "")


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
