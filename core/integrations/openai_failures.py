"""What a request that failed means, in words that say what to do; no key is in any of them."""

import re
from dataclasses import dataclass, field

from openai import APIConnectionError, APIStatusError

from core.errors import FailureKind, ProviderFailed, ProviderRejected, ProviderUnavailable
from core.integrations.openai_address import Advice, OpenAIAddress

_QUOTED_MAX = 200
_FORM_WORDS = ("response_format", "json_schema", "json_object", "grammar")
_LIMIT_NAMES = ("max_tokens", "max_completion_tokens")
_KEY_LIKE = re.compile(r"\b(?:sk-[\w*-]{4,}|eyJ[\w-]{8,}[\w.-]*)")
# Nothing had been sent yet, so nothing can have been billed.
_BEFORE_SENDING = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol")
_COME_BACK = frozenset({408, 409, 429})


@dataclass(frozen=True, slots=True)
class Failing:
    """Turns the client's errors into ours; `secret` never leaves here.

    `later` says what else could change, where the endpoint is asked too often. What a person can
    do about a request that was filtered, and about an answer that was filtered, refused or empty,
    depends on the task.
    """

    provider: str
    advice: Advice
    secret: str = field(repr=False)
    task: str = "write a message"
    filtered: str = "change the brief or the passage it objects to, and generate this message again"
    later: str = "lower runs.concurrency or set runs.rate_limit"
    stopped: str = (
        "change the wish or the passage it may have objected to, and generate this message again"
    )
    refused: str = "change the brief, and generate this message again"
    empty: str = "generate this message again, or choose another model"

    def status(self, error: APIStatusError) -> ProviderFailed:
        """The endpoint answered with an error."""
        status = error.status_code
        if refuses_content(error):
            why = f"its content filter refused the request{_categories(error)}; {self.filtered}."
            return self.rejected(why, FailureKind.PROMPT_FILTERED)
        refusals = {
            401: (self.advice.signing_in, FailureKind.NOT_SIGNED_IN),
            403: (self.advice.allowed, FailureKind.NOT_ALLOWED),
            404: (self.advice.model, FailureKind.NOT_FOUND),
        }
        if status in refusals:
            why, kind = refusals[status]
            return self.rejected(f"{why}.", kind)
        if status in _COME_BACK or status >= 500:
            return self._come_back(error)
        return self.rejected(
            f'it refused the request ({status}: "{self._words(error)}"){_hint(error)}.',
            FailureKind.NOT_UNDERSTOOD,
        )

    def connection(self, error: APIConnectionError) -> ProviderUnavailable:
        """The endpoint did not answer, or broke off."""
        cause = type(error.__cause__).__name__
        if cause in _BEFORE_SENDING:
            why = f"there is no connection to it; check that it runs, and {self.advice.address}."
            return ProviderUnavailable(
                self.provider, self.task, why, kind=FailureKind.NO_CONNECTION
            )
        late = "Timeout" in cause
        why = "it did not answer in time" if late else "the line broke before the answer ended"
        # The work may have been done all the same.
        return ProviderUnavailable(
            self.provider,
            self.task,
            f"{why}; try again later.",
            cost_usd=None,
            kind=FailureKind.TIMED_OUT if late else FailureKind.BROKEN_OFF,
        )

    def malformed(self) -> ProviderUnavailable:
        """The body of a 200 is not what the protocol says; nobody knows what was answered."""
        return ProviderUnavailable(
            self.provider,
            self.task,
            f"the body of its answer is broken; if that stays so, check {self.advice.address}.",
            cost_usd=None,
            kind=FailureKind.MALFORMED,
        )

    def rejected(
        self, why: str, kind: FailureKind, *, cost_usd: float | None = 0.0
    ) -> ProviderRejected:
        """The endpoint said no, or nothing that can be used."""
        return ProviderRejected(self.provider, self.task, why, cost_usd=cost_usd, kind=kind)

    def _come_back(self, error: APIStatusError) -> ProviderFailed:
        status = error.status_code
        if error.code == "insufficient_quota":
            why = "its quota is used up (429); add credit or choose another."
            return self.rejected(why, FailureKind.QUOTA_USED_UP)
        often = status == 429
        why = (
            f"it is asked too often (429); {self.later}."
            if often
            else f"it has a problem of its own ({status}); try again later."
        )
        return ProviderUnavailable(
            self.provider,
            self.task,
            why,
            retry_after_s=_wish_s(error),
            kind=FailureKind.RATE_LIMITED if often else FailureKind.OUT_OF_ORDER,
        )

    def _words(self, error: APIStatusError) -> str:
        text = error.message
        if self.secret:
            text = text.replace(self.secret, "(key)")
        return shortened(_KEY_LIKE.sub("(key)", text))


def failing_at(address: OpenAIAddress, provider: str) -> Failing:
    """The failures of an endpoint; a token is not held here, and is known by its shape."""
    return Failing(provider, address.advice, address.key if isinstance(address.key, str) else "")


def refuses_form(error: APIStatusError) -> bool:
    """Whether the endpoint does not know the form of answer that it was asked for."""
    if error.status_code not in {400, 415, 422, 500, 501} or refuses_content(error):
        return False
    said = f"{error.message} {error.param}".casefold()
    # A server that objects to the schema does know schemas.
    return "invalid schema" not in said and any(word in said for word in _FORM_WORDS)


def refuses_content(error: APIStatusError) -> bool:
    """Whether a content filter spoke."""
    return error.status_code == 400 and error.code == "content_filter"


def retry_after_s(header: str | None) -> float | None:
    """The seconds of a Retry-After header; a date or a word counts as no wish."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def shortened(text: str) -> str:
    """Somebody else's words in one line, not too many of them."""
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED_MAX else f"{line[:_QUOTED_MAX]}…"


def _wish_s(error: APIStatusError) -> float | None:
    """How long the endpoint asks us to wait; Azure says it in milliseconds, too."""
    headers = error.response.headers
    exact = retry_after_s(headers.get("retry-after-ms"))
    return retry_after_s(headers.get("retry-after")) if exact is None else exact / 1000


def _hint(error: APIStatusError) -> str:
    """Where a setting of ours can help."""
    said = f"{error.message} {error.param}"
    for name in sorted(_LIMIT_NAMES, key=len, reverse=True):
        if name in said:
            return "; set chat_model.limit_parameter in config/settings.yaml to the name it knows"
    if "reasoning_effort" in said:
        return "; set chat_model.reasoning_effort in config/settings.yaml to null"
    return ""


def _categories(error: APIStatusError) -> str:
    """The categories that were filtered, where the endpoint names them."""
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("innererror")
    found = inner.get("content_filter_result") if isinstance(inner, dict) else None
    if not isinstance(found, dict):
        return ""
    names = [
        str(name).replace("_", " ")
        for name, verdict in found.items()
        if isinstance(verdict, dict) and verdict.get("filtered")
    ]
    return f" ({', '.join(names)})" if names else ""
