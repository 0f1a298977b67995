"""Azure AI Content Safety through its SDK: one request at a time, every failure said in our words.

azure-core's own retries are off: they sleep as long as a Retry-After says, without a bound. Whoever
built this provider gave it a `Patient` that waits and repeats within limits.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from azure.ai.contentsafety import BlocklistClient, ContentSafetyClient
from azure.ai.contentsafety.models import (
    AddOrUpdateTextBlocklistItemsOptions,
    AnalyzeTextOptions,
    AnalyzeTextOutputType,
    RemoveTextBlocklistItemsOptions,
    TextBlocklist,
    TextBlocklistItem,
    TextCategory,
)
from azure.core.exceptions import (
    AzureError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
)
from azure.core.rest import HttpRequest, HttpResponse

from core.errors import (
    ConfigInvalid,
    FailureKind,
    ProviderFailed,
    ProviderRejected,
    ProviderUnavailable,
)
from core.integrations.azure_address import azure_endpoint
from core.integrations.azure_credential import azure_credential
from core.integrations.safety_screen.azure_answers import COMPARE, SCORE, SHIELD
from core.integrations.safety_screen.azure_lists import BrandLists
from core.integrations.safety_screen.azure_screen import AzureScreen, Groundedness
from core.integrations.safety_screen.azure_service import NAME, Refusal, request_id, unusable
from core.protocols.patience import Patient, ServiceLimits
from core.protocols.provider import ProviderContext
from core.protocols.telemetry import answered

logger = logging.getLogger(__name__)

T = TypeVar("T")

API_VERSION = "2024-09-01"
# Comparing with sources is still a preview; it is the newest version that has it.
GROUNDEDNESS_VERSION = "2024-09-15-preview"

_VARIABLE, _KEY = "AZURE_CONTENT_SAFETY_ENDPOINT", "AZURE_CONTENT_SAFETY_API_KEY"
_LISTS = "keep the lists of words"
# What the SDK's own reading of a body stumbles over when it is not what is specified.
_BROKEN = (AttributeError, LookupError, TypeError, ValueError)


def build(context: ProviderContext) -> AzureScreen:
    """The screen at the configured address, by key or else by identity; asks nobody yet.

    Raises:
        ConfigInvalid: the address is missing, none, or a token would go over an open line.
    """
    config, limits = context.azure.content_safety, context.azure.limits.content_safety
    endpoint = azure_endpoint(
        {_VARIABLE: config.endpoint or context.environment.get(_VARIABLE, "")},
        _VARIABLE,
        job="safety screen",
        example="https://NAME.cognitiveservices.azure.com",
    )
    key = context.environment.get(_KEY, "")
    if not key.strip() and urlsplit(endpoint).scheme != "https":
        raise ConfigInvalid(
            f"{_VARIABLE} must begin with https:// when {_KEY} is not set: a token of Microsoft "
            "Entra ID is not sent over an open line."
        )
    service = ContentSafetyService.at(
        endpoint, azure_credential(key, context.identity), limits, context.patient
    )
    return AzureScreen(
        service,
        config,
        # The last try may begin when patience is nearly over.
        seconds=limits.patience_s + limits.request_s,
        lists=BrandLists(service, context.words, config.blocklist_prefix)
        if config.blocklists
        else None,
        groundedness=Groundedness(offered=config.groundedness),
    )


@dataclass(frozen=True, slots=True)
class ContentSafetyService:
    """The service through the clients of its SDK."""

    texts: ContentSafetyClient
    blocklists: BlocklistClient
    patient: Patient

    @classmethod
    def at(
        cls,
        endpoint: str,
        credential: Any,  # noqa: ANN401 - a key or an identity, each in azure-core's own type
        limits: ServiceLimits,
        patient: Patient,
    ) -> "ContentSafetyService":
        """The service at an address; both clients wait no longer than the limits say."""
        options: dict[str, Any] = {
            "api_version": API_VERSION,
            "retry_total": 0,
            # A redirect would take the key and the text to wherever it points.
            "permit_redirects": False,
            "connection_timeout": limits.connect_s,
            "read_timeout": limits.timeout_s,
            "raw_response_hook": _note,
        }
        return cls(
            ContentSafetyClient(endpoint, credential, **options),
            BlocklistClient(endpoint, credential, **options),
            patient,
        )

    def analyze(self, text: str, *, lists: Sequence[str], levels: int) -> object:
        """The scores of a text and its words on these lists."""
        eight = AnalyzeTextOutputType.EIGHT_SEVERITY_LEVELS
        four = AnalyzeTextOutputType.FOUR_SEVERITY_LEVELS
        options = AnalyzeTextOptions(
            text=text,
            categories=list(TextCategory),
            blocklist_names=list(lists),
            # With a halt, a hit would leave the categories without an answer.
            halt_on_blocklist_hit=False,
            output_type=eight if levels == 8 else four,
        )
        return self._asked(SCORE, lambda: self.texts.analyze_text(options, cls=_as_it_came))

    def shield(self, body: Mapping[str, object]) -> object:
        """What in a prompt and in documents speaks to a model."""
        return self._posted(SHIELD, "/text:shieldPrompt", API_VERSION, body)

    def detect_groundedness(self, body: Mapping[str, object]) -> object:
        """What in a text its sources do not support."""
        return self._posted(COMPARE, "/text:detectGroundedness", GROUNDEDNESS_VERSION, body)

    def lists(self) -> Sequence[str]:
        """The names of all lists of words there."""
        client = self.blocklists
        return self._asked(
            _LISTS, lambda: [b.blocklist_name for b in client.list_text_blocklists()]
        )

    def make_list(self, name: str, description: str) -> None:
        """An empty list, unless it is there."""
        made = TextBlocklist(blocklist_name=name, description=description)
        client = self.blocklists
        self._asked(_LISTS, lambda: client.create_or_update_text_blocklist(name, made))

    def drop_list(self, name: str) -> None:
        """No such list any more."""
        self._asked(_LISTS, lambda: self.blocklists.delete_text_blocklist(name))

    def words(self, name: str) -> Mapping[str, str]:
        """The words of a list, by the id of each."""
        client = self.blocklists
        return self._asked(
            _LISTS,
            lambda: {i.blocklist_item_id: i.text for i in client.list_text_blocklist_items(name)},
        )

    def add_words(self, name: str, words: Sequence[str]) -> None:
        """At most a hundred words more."""
        items = [TextBlocklistItem(text=word) for word in words]
        options = AddOrUpdateTextBlocklistItemsOptions(blocklist_items=items)
        self._asked(_LISTS, lambda: self.blocklists.add_or_update_blocklist_items(name, options))

    def drop_words(self, name: str, ids: Sequence[str]) -> None:
        """At most a hundred words less."""
        options = RemoveTextBlocklistItemsOptions(blocklist_item_ids=list(ids))
        self._asked(_LISTS, lambda: self.blocklists.remove_blocklist_items(name, options))

    def _posted(self, task: str, path: str, version: str, body: Mapping[str, object]) -> object:
        def post() -> object:
            request = HttpRequest("POST", path, params={"api-version": version}, json=dict(body))
            response = self.texts.send_request(request)
            if response.status_code != HTTPStatus.OK:
                raise HttpResponseError(response=response)
            return response.json()

        return self._asked(task, post)

    def _asked(self, task: str, call: Callable[[], T]) -> T:
        def once() -> T:
            try:
                return call()
            except AzureError as error:
                raise _in_our_words(task, error) from error
            except _BROKEN as error:
                raise unusable(task, f"it is not as specified ({type(error).__name__})") from error

        return self.patient.ask(once)


def _as_it_came(response: Any, _model: object, _headers: object) -> object:  # noqa: ANN401
    """The body itself: the SDK's model fills in nothing and refuses nothing, so we read it."""
    return response.http_response.json()


def _note(response: Any) -> None:  # noqa: ANN401 - azure-core's PipelineResponse
    answer = response.http_response
    answered(
        logger,
        f"{NAME} ({answer.request.method} {urlsplit(answer.request.url).path})",
        status=answer.status_code,
        request_id=request_id(answer.headers),
    )


def _in_our_words(task: str, error: AzureError) -> ProviderFailed:
    if isinstance(error, IncompleteReadError):
        return _unavailable(task, FailureKind.BROKEN_OFF, "its answer broke off; try again later.")
    if isinstance(error, DecodeError):
        return unusable(task, "it is no JSON")
    if isinstance(error, HttpResponseError) and error.response is not None:
        answer = cast("HttpResponse", error.response)
        code, words = (error.error.code, error.error.message) if error.error else ("", "")
        refusal = Refusal(answer.status_code, code or "", words or "", answer.headers)
        return refusal.as_error(task)
    return _without_answer(task, error)


def _without_answer(task: str, error: AzureError) -> ProviderFailed:
    if type(error.inner_exception).__name__ == "SSLError":
        why = (
            "its certificate is not trusted here; check the address, or name the certificates of "
            "your network in REQUESTS_CA_BUNDLE."
        )
        return ProviderRejected(NAME, task, why, kind=FailureKind.NO_CONNECTION)
    if isinstance(error, ServiceRequestTimeoutError | ServiceResponseTimeoutError):
        return _unavailable(task, FailureKind.TIMED_OUT, "it did not answer in time.")
    if isinstance(error, ServiceRequestError):
        why = f"it cannot be reached; check {_VARIABLE} and the network of this machine."
        return _unavailable(task, FailureKind.NO_CONNECTION, why)
    return _unavailable(task, FailureKind.BROKEN_OFF, "the connection broke off; try again later.")


def _unavailable(task: str, kind: FailureKind, why: str) -> ProviderUnavailable:
    return ProviderUnavailable(NAME, task, why, kind=kind)
