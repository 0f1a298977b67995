"""What a request that failed means, in words that say what to do; no key is in any of them."""

import re
from dataclasses import dataclass

from openai import APIConnectionError, APIStatusError

from core.errors import ProviderFailed, ProviderRejected, ProviderUnavailable

_QUOTED_MAX = 200
_FORM_WORDS = ("response_format", "json_schema", "json_object", "grammar")
_KEY_LIKE = re.compile(r"\bsk-[\w*-]{4,}")
# Nothing had been sent yet, so nothing can have been billed.
_BEFORE_SENDING = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol")
_ADVICE = {
    401: "it does not accept the key (401); check OPENAI_API_KEY",
    403: "this key may not use the model (403); ask whoever gave it to you, or choose another one",
    404: "it knows no such model or address (404); check OPENAI_MODEL and OPENAI_BASE_URL",
}
_COME_BACK = frozenset({408, 409, 429})


@dataclass(frozen=True, slots=True)
class Failing:
    """Turns the client's errors into ours; `secret` never leaves here."""

    provider: str
    secret: str
    task: str = "write a message"

    def status(self, error: APIStatusError) -> ProviderFailed:
        """The endpoint answered with an error."""
        status = error.status_code
        if refuses_content(error):
            return self._rejected(
                f"its content filter refused the request{_categories(error)}; change the brief or "
                "the passage it objects to, and generate this message again."
            )
        if status in _ADVICE:
            return self._rejected(f"{_ADVICE[status]}.")
        if status in _COME_BACK or status >= 500:
            if error.code == "insufficient_quota":
                return self._rejected("its quota is used up (429); add credit or choose another.")
            return ProviderUnavailable(
                self.provider,
                self.task,
                _later(status),
                retry_after_s=retry_after_s(error.response.headers.get("retry-after")),
            )
        return self._rejected(f'it refused the request ({status}: "{self._words(error)}").')

    def connection(self, error: APIConnectionError) -> ProviderUnavailable:
        """The endpoint did not answer, or broke off."""
        kind = type(error.__cause__).__name__
        if kind in _BEFORE_SENDING:
            why = "there is no connection to it; check that it runs, and OPENAI_BASE_URL."
            return ProviderUnavailable(self.provider, self.task, why)
        timed_out = "Timeout" in kind
        why = "it did not answer in time" if timed_out else "the line broke before the answer ended"
        # The work may have been done all the same.
        return ProviderUnavailable(
            self.provider, self.task, f"{why}; try again later.", cost_usd=None
        )

    def _rejected(self, why: str) -> ProviderRejected:
        return ProviderRejected(self.provider, self.task, why)

    def _words(self, error: APIStatusError) -> str:
        text = _KEY_LIKE.sub("(key)", error.message.replace(self.secret, "(key)"))
        return shortened(text)


def refuses_form(error: APIStatusError) -> bool:
    """Whether the endpoint does not know the form of answer that it was asked for."""
    if error.status_code not in {400, 415, 422, 500, 501} or refuses_content(error):
        return False
    return any(word in f"{error.message} {error.param}".casefold() for word in _FORM_WORDS)


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


def _later(status: int) -> str:
    if status == 429:
        return "it is asked too often (429); lower runs.concurrency or set runs.rate_limit."
    return f"it has a problem of its own ({status}); try again later."


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
