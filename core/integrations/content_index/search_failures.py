"""What a request to Azure AI Search that failed means, in words that say what to do."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from azure.core.exceptions import (
    AzureError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseTimeoutError,
)

from core.errors import FailureKind, ProviderFailed, ProviderRejected, ProviderUnavailable
from core.protocols.telemetry import named

NAME = "Azure AI Search"
_QUOTED_MAX = 200
_SEMANTIC_CODES = frozenset({"FeatureNotSupportedInService", "SemanticQueriesNotAvailable"})
_SEMANTIC_WORDS = ("not enabled", "not available", "not supported", "disabled", "quota", "limit")
_QUOTA = re.compile(r"quota|maximum number of (?:indexes|aliases|documents)", re.IGNORECASE)
_TOO_OFTEN = (
    "it is asked too often; set limits.search.rate_limit in config/azure_config.yaml, or choose "
    "more replicas"
)
_OWN_PROBLEM = "it is busy or has a problem of its own; try again later"
_REFUSALS = {
    404: (
        "it does not know what was asked for ({}); check AZURE_SEARCH_INDEX",
        FailureKind.NOT_FOUND,
    ),
    412: (
        "somebody else indexed the content at the same time ({}); do it again",
        FailureKind.OTHER,
    ),
    413: ("a passage is too long for it ({})", FailureKind.NOT_UNDERSTOOD),
}
_BUSY = frozenset({408, 409, 422, 429})


class Doing(Enum):
    """What a request is for: in words, and the role it needs where we sign in by identity."""

    SEARCHING = ("search", "Search Index Data Reader")
    READING = ("say what it holds", "Search Index Data Reader")
    WRITING = ("take in passages", "Search Index Data Contributor")
    DEFINING = ("prepare its index", "Search Service Contributor")

    def __init__(self, task: str, role: str) -> None:
        self.task, self.role = task, role


class NoSemanticRanking(ProviderRejected):
    """The service cannot rank by sense now; the same search without it may well work."""


class Outdated(ProviderUnavailable):
    """The index in use is not of the form that the settings need."""


class NotBuilt(ProviderUnavailable):
    """There is nothing under the alias; the service itself is well."""


@dataclass(frozen=True, slots=True)
class Failing:
    """Turns the client's errors into ours; `secret` never leaves here."""

    host: str
    alias: str
    secret: str = field(repr=False)

    def of(self, error: Exception, doing: Doing) -> ProviderFailed:
        """Our error for one of the client, or for an answer that the client could not read."""
        response = error.response if isinstance(error, HttpResponseError) else None
        if isinstance(error, HttpResponseError) and response is not None:
            if (error.status_code or 0) >= 300:
                return self._status(error, doing)
            return self._malformed(doing)
        broken_off = isinstance(error, IncompleteReadError)
        if (isinstance(error, DecodeError) and not broken_off) or not isinstance(error, AzureError):
            return self._malformed(doing)
        return self._connection(error, doing)

    def rejected(self, doing: Doing, why: str, kind: FailureKind) -> ProviderRejected:
        """The service said no; trying again will not help."""
        return ProviderRejected(NAME, doing.task, why, kind=kind)

    def outdated(self, doing: Doing) -> "Outdated":
        """What the alias points to was made for other settings."""
        why = (
            f"the index behind '{self.alias}' was made by another version or its vectors by "
            "another model; index the content again, or restart this process if the settings have "
            "changed meanwhile."
        )
        return Outdated(NAME, doing.task, why, kind=FailureKind.NOT_FOUND)

    def not_built(self, doing: Doing) -> "NotBuilt":
        """There is nothing under the alias."""
        why = (
            f"there is no index '{self.alias}' at {self.host} yet; index the content again, or "
            "check AZURE_SEARCH_ENDPOINT and AZURE_SEARCH_INDEX."
        )
        return NotBuilt(NAME, doing.task, why, kind=FailureKind.NOT_FOUND)

    def _connection(self, error: AzureError, doing: Doing) -> ProviderUnavailable:
        if isinstance(error, ServiceRequestError):
            why = (
                f"there is no connection to {self.host}; check AZURE_SEARCH_ENDPOINT, the network "
                "and the service's firewall."
            )
            return ProviderUnavailable(NAME, doing.task, why, kind=FailureKind.NO_CONNECTION)
        late = isinstance(error, ServiceResponseTimeoutError)
        why = "it did not answer in time" if late else "the line broke before the answer ended"
        kind = FailureKind.TIMED_OUT if late else FailureKind.BROKEN_OFF
        return ProviderUnavailable(NAME, doing.task, f"{why}; try again later.", kind=kind)

    def _malformed(self, doing: Doing) -> ProviderUnavailable:
        why = (
            "the body of its answer is broken; if that stays so, check that "
            "AZURE_SEARCH_ENDPOINT is the address of a search service."
        )
        return ProviderUnavailable(NAME, doing.task, why, kind=FailureKind.MALFORMED)

    def _status(self, error: HttpResponseError, doing: Doing) -> ProviderFailed:
        said = _Said.of(error, self.secret)
        if said.denies_semantic(doing):
            return NoSemanticRanking(NAME, doing.task, f"{said.quoted}.")
        if said.quota:
            why = (
                f"its quota is used up ({said}); delete indexes that nobody needs, or choose a "
                "larger tier."
            )
            return self.rejected(doing, why, FailureKind.QUOTA_USED_UP)
        if said.status in _BUSY or said.status >= 500:
            return self._come_back(said, doing)
        why, kind = self._refusal(said, doing)
        return self.rejected(doing, why, kind)

    def _come_back(self, said: "_Said", doing: Doing) -> ProviderUnavailable:
        why, kind = {
            408: ("it gave up waiting for the request; try again later", FailureKind.TIMED_OUT),
            409: (
                "somebody else changes the same thing; try again later",
                FailureKind.OUT_OF_ORDER,
            ),
            429: (
                _TOO_OFTEN,
                FailureKind.RATE_LIMITED,
            ),
        }.get(said.status, (_OWN_PROBLEM, FailureKind.OUT_OF_ORDER))
        return ProviderUnavailable(
            NAME, doing.task, f"{why} ({said}).", retry_after_s=said.wish_s, kind=kind
        )

    def _refusal(self, said: "_Said", doing: Doing) -> tuple[str, FailureKind]:
        if said.status == 401:
            return self._not_signed_in(said), FailureKind.NOT_SIGNED_IN
        if said.status == 403:
            return self._not_allowed(said, doing), FailureKind.NOT_ALLOWED
        why, kind = _REFUSALS.get(
            said.status, ("it refused the request ({})", FailureKind.NOT_UNDERSTOOD)
        )
        return f"{why.format(said)}.", kind

    def _not_signed_in(self, said: "_Said") -> str:
        if self.secret:
            return f"it does not accept the key ({said}); check AZURE_SEARCH_API_KEY."
        return (
            f"it does not accept this machine's identity ({said}); let the service sign in by "
            "role-based access, or set AZURE_SEARCH_API_KEY."
        )

    def _not_allowed(self, said: "_Said", doing: Doing) -> str:
        if self.secret:
            return (
                f"the key is wrong or may not do this ({said}); check AZURE_SEARCH_API_KEY "
                "(indexing needs an admin key, not a query key), and the service's firewall."
            )
        return (
            f"this machine's identity may not do this ({said}); give it the role "
            f"'{doing.role}' on the service, switch role-based access on there, and check its "
            "firewall."
        )


@dataclass(frozen=True, slots=True)
class _Said:
    """What came back with an error."""

    status: int
    codes: frozenset[str]
    words: str
    request_id: str
    wish_s: float | None

    @classmethod
    def of(cls, error: HttpResponseError, secret: str) -> "_Said":
        response = error.response
        headers: Mapping[str, str] = getattr(response, "headers", {})
        codes, words = _error_in("" if response is None else _body(error))
        if secret:
            words = words.replace(secret, "(key)")
        return cls(
            status=error.status_code or 0,
            codes=codes,
            words=_shortened(words),
            request_id=request_id(headers),
            wish_s=_wish_s(headers),
        )

    def __str__(self) -> str:
        words = f", {self.quoted}" if self.words else ""
        traced = f", request {self.request_id}" if self.request_id else ""
        return f"{self.status}{words}{traced}"

    @property
    def quoted(self) -> str:
        return f'"{self.words.rstrip(".")}"'

    @property
    def quota(self) -> bool:
        """Whether more cannot be had, however long one waits."""
        return self.status in {400, 402, 403, 429} and bool(_QUOTA.search(self.words))

    def denies_semantic(self, doing: Doing) -> bool:
        """Whether it is only the ranking by sense that cannot be had."""
        if doing is not Doing.SEARCHING or self.status not in {400, 402, 403, 429}:
            return False
        words = self.words.casefold()
        named = "semantic" in words and any(word in words for word in _SEMANTIC_WORDS)
        return bool(self.codes & _SEMANTIC_CODES) or named


def request_id(headers: Mapping[str, str]) -> str:
    """The service's own name for a request; its support asks for it."""
    return named(headers.get("request-id")) or named(headers.get("x-ms-request-id"))


def _body(error: HttpResponseError) -> str:
    try:
        return error.response.text() if error.response is not None else ""
    except (AzureError, ValueError, AttributeError):
        return ""


def _error_in(body: str) -> tuple[frozenset[str], str]:
    """Codes and message of an error in the form of the service; a page of HTML has neither."""
    try:
        said = json.loads(body)["error"]
        details = [d for d in said.get("details") or () if isinstance(d, dict)]
        codes = {str(each.get("code", "")) for each in (said, *details)}
        return frozenset(codes), str(said.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return frozenset(), ""


def _wish_s(headers: Mapping[str, str]) -> float | None:
    """How long the service asks us to wait; a date counts as no wish."""
    for name, unit_s in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001)):
        if (exact := _number(headers.get(name))) is not None:
            return exact * unit_s
    return _number(headers.get("retry-after"))


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED_MAX else f"{line[:_QUOTED_MAX]}…"
