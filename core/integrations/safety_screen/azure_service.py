"""What Azure's service for content safety can be asked, and every way in which it does not answer.

Knows no SDK: `azure.py` asks with one and tells here what came back. The texts that were sent, and
the service's own words about them, go into no message: a code and the id of the request suffice.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

from core.errors import FailureKind, ProviderFailed, ProviderRejected, ProviderUnavailable

NAME = "Azure AI Content Safety"

_PLAIN = re.compile(r"[\w.:-]{1,64}")
_MS = 1000
# How a service says that it has no such version or feature, or not in this region.
_UNKNOWN_CODE = re.compile(r"unsupported|not_?(?:supported|available)|apiversion", re.IGNORECASE)
_UNKNOWN_HERE = re.compile(r"\bnot\b.*\bregion\b|\bunsupported\b.*\bregion\b", re.IGNORECASE)
_NOT_HAVING = frozenset({400, 403, 501})


class Service(Protocol):
    """The service; every answer is JSON as it came, and any call may raise ProviderFailed."""

    def analyze(self, text: str, *, lists: Sequence[str], levels: int) -> object:
        """The scores of a text and its words on these lists."""
        ...

    def shield(self, body: Mapping[str, object]) -> object:
        """What in a prompt and in documents speaks to a model."""
        ...

    def detect_groundedness(self, body: Mapping[str, object]) -> object:
        """What in a text its sources do not support."""
        ...

    def lists(self) -> Sequence[str]:
        """The names of all lists of words there."""
        ...

    def make_list(self, name: str, description: str) -> None:
        """An empty list, unless it is there."""
        ...

    def drop_list(self, name: str) -> None:
        """No such list any more."""
        ...

    def words(self, name: str) -> Mapping[str, str]:
        """The words of a list, by the id of each."""
        ...

    def add_words(self, name: str, words: Sequence[str]) -> None:
        """At most a hundred words more."""
        ...

    def drop_words(self, name: str, ids: Sequence[str]) -> None:
        """At most a hundred words less."""
        ...


@dataclass(frozen=True, slots=True)
class _Row:
    """What a status means: whether a try more may help, its name, and what to do."""

    again: bool
    kind: FailureKind
    words: str


_ENDPOINT = "AZURE_CONTENT_SAFETY_ENDPOINT"
_ROWS = {
    400: _Row(
        again=False,
        kind=FailureKind.NOT_UNDERSTOOD,
        words="it does not understand the request; report the request id with this message",
    ),
    401: _Row(
        again=False,
        kind=FailureKind.NOT_SIGNED_IN,
        words="it does not accept the key or identity; check AZURE_CONTENT_SAFETY_API_KEY and "
        f"that {_ENDPOINT} is the same resource, or sign in again (`az login`)",
    ),
    403: _Row(
        again=False,
        kind=FailureKind.NOT_ALLOWED,
        words="it does not let us in; give the identity the role Cognitive Services User on the "
        "resource, or open its network rules to this machine",
    ),
    404: _Row(
        again=False,
        kind=FailureKind.NOT_FOUND,
        words=f"it does not know what was asked for; check that {_ENDPOINT} is the address of a "
        "content safety resource (lists of words that are gone are made again at the next try)",
    ),
    408: _Row(
        again=True,
        kind=FailureKind.TIMED_OUT,
        words="it took too long; try again later",
    ),
    429: _Row(
        again=True,
        kind=FailureKind.RATE_LIMITED,
        words="it gets more requests than its pricing tier allows; try again later, lower "
        "limits.content_safety in config/azure_config.yaml, or raise the tier",
    ),
}
_REDIRECT = _Row(
    again=False,
    kind=FailureKind.OTHER,
    words=f"it points elsewhere; write the address of the resource itself into {_ENDPOINT}",
)
_OUT_OF_ORDER = _Row(
    again=True, kind=FailureKind.OUT_OF_ORDER, words="it is out of order; try again later"
)
_OTHER = _Row(
    again=False,
    kind=FailureKind.OTHER,
    words="it refuses the request; report the request id with this message",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is none: its status, the service's code and words for it, and its headers.

    The words are looked at and never shown.
    """

    status: int
    code: str = ""
    words: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def error(self) -> _Row:
        """What its status means."""
        if 300 <= self.status < 400:
            return _REDIRECT
        unknown = _UNKNOWN_CODE.search(self.code) or _UNKNOWN_HERE.search(self.words)
        if self.status in _NOT_HAVING and unknown:
            return _ROWS[404]
        return _ROWS.get(self.status, _OUT_OF_ORDER if self.status >= 500 else _OTHER)

    def as_error(self, task: str) -> ProviderFailed:
        """The same for the person who wanted the answer."""
        row = self.error
        known = _PLAIN.fullmatch(self.code) and self.code != str(self.status)
        code = f" {self.code}" if known else ""
        request = request_id(self.headers)
        said = (
            f"{row.words} (status {self.status}{code}{f', request {request}' if request else ''})."
        )
        if row.again:
            return ProviderUnavailable(
                NAME, task, said, kind=row.kind, retry_after_s=retry_after_s(self.headers)
            )
        return ProviderRejected(NAME, task, said, kind=row.kind)


def unusable(task: str, problem: str) -> ProviderRejected:
    """An answer that is not what the service is specified to give; none of it counts."""
    return ProviderRejected(
        NAME,
        task,
        f"its answer cannot be used: {problem}. Nothing of it counts; if it stays so, check that "
        f"{_ENDPOINT} leads to the service itself and not to a proxy.",
        kind=FailureKind.MALFORMED,
    )


def request_id(headers: Mapping[str, str]) -> str:
    """The service's own name of a request, by which its support finds it; empty without one."""
    for name in ("apim-request-id", "x-ms-request-id"):
        found = headers.get(name, "")
        if _PLAIN.fullmatch(found):
            return found
    return ""


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long the service asks us to wait, in any of the forms in which it says so.

    Examples:
        >>> retry_after_s({"Retry-After": "7"})
        7.0
        >>> retry_after_s({"retry-after-ms": "250", "Retry-After": "1"})
        0.25
        >>> retry_after_s({"Retry-After": "soon"})
    """
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if re.fullmatch(r"\d+", lower.get(name, "")):
            return float(lower[name]) / _MS
    wish = lower.get("retry-after", "")
    if re.fullmatch(r"\d+", wish):
        return float(wish)
    until, now = _moment(wish), _moment(lower.get("date", ""))
    return max(0.0, (until - now).total_seconds()) if until and now else None


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
