"""What can go wrong at an endpoint of OpenAI's protocol, and what has to be made of it."""

from dataclasses import dataclass

from core.errors import FailureKind, ProviderFailed, ProviderRejected, ProviderUnavailable
from tests.servers.openai_server import KEY
from tests.servers.replies import CONTENT_FILTER, Reply

PAID = "paid"
HTML = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """The answer; the error and the state it becomes; words a person reads; what it was billed.

    `words` may differ by the way in: `{key}`, `{model}` and `{address}` are the variables of it.
    """

    reply: Reply
    error: type[ProviderFailed]
    kind: FailureKind
    words: str
    billed: float | str | None = 0

    @property
    def silent(self) -> bool:
        """Whether a caller has to give up waiting."""
        return self.reply.hang or self.reply.drip_s > 0


def says(status: int, code: str | None = None, message: str = "No.", **headers: str) -> Reply:
    """An error in the form of the protocol."""
    return Reply(status=status, error={"message": message, "code": code}, headers=headers)


_NO, _LATER, _K = ProviderRejected, ProviderUnavailable, FailureKind

# What any endpoint may do, whatever it is asked for.
ANY = {
    "400": Fault(
        says(400, "bad", f"Bad value for key {KEY}\nin line 2"), _NO, _K.NOT_UNDERSTOOD,
        r'\(400: ".*Bad value for key \(key\) in line 2',
    ),
    "400 by a content filter": Fault(
        Reply(status=400, error=CONTENT_FILTER), _NO, _K.PROMPT_FILTERED,
        r"content filter refused the request \(hate\)",
    ),
    "401": Fault(says(401), _NO, _K.NOT_SIGNED_IN, r"does not accept the (key|identity) \(401\)"),
    "403": Fault(says(403), _NO, _K.NOT_ALLOWED, r"may not use (it|the model) \(403\)"),
    "404": Fault(says(404), _NO, _K.NOT_FOUND, r"knows no such (model|deployment) or address"),
    "408": Fault(says(408), _LATER, _K.OUT_OF_ORDER, r"its own \(408\)"),
    "429 with a wish": Fault(
        says(429, **{"Retry-After": "7"}), _LATER, _K.RATE_LIMITED, "asked too often"
    ),
    "429 without a wish": Fault(says(429), _LATER, _K.RATE_LIMITED, "asked too often"),
    "429 with a date": Fault(
        says(429, **{"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), _LATER, _K.RATE_LIMITED,
        "asked too often",
    ),
    "429 for good": Fault(
        says(429, "insufficient_quota"), _NO, _K.QUOTA_USED_UP, "quota is used up"
    ),
    "500": Fault(says(500), _LATER, _K.OUT_OF_ORDER, r"its own \(500\)"),
    "503": Fault(says(503), _LATER, _K.OUT_OF_ORDER, r"its own \(503\)"),
    "an error page": Fault(
        Reply(status=502, raw=HTML), _LATER, _K.OUT_OF_ORDER, r"its own \(502\)"
    ),
    "a reset": Fault(Reply(reset=True), _LATER, _K.BROKEN_OFF, "line broke", None),
    "a hang": Fault(Reply(hang=True), _LATER, _K.TIMED_OUT, "not answer in time", None),
    "half a body": Fault(Reply(raw=b'{"data": [', cut_at=5), _LATER, _K.BROKEN_OFF, "line broke",
                         None),
    "an answer that drips": Fault(
        Reply(raw=b" " * 40, drip_s=0.05), _LATER, _K.TIMED_OUT, "not answer in time", None
    ),
    "a page instead of JSON": Fault(
        Reply(raw=HTML), _LATER, _K.MALFORMED, "body of its answer is broken", None
    ),
    "JSON that breaks off": Fault(
        Reply(raw=b'{"choices": [{"mess'), _LATER, _K.MALFORMED, "is broken", None
    ),
    "JSON of another kind": Fault(
        Reply(raw=b'["choices", "data"]'), _LATER, _K.MALFORMED, "is broken", None
    ),
}  # fmt: skip

# What an endpoint that writes may do besides.
WRITING = ANY | {
    "a filtered answer": Fault(
        Reply("Half a mess", finish_reason="content_filter"), _NO, _K.ANSWER_FILTERED,
        "content filter stopped the answer", PAID,
    ),
    "a refusal": Fault(
        Reply(refusal="I can't help with that."), _NO, _K.REFUSED,
        r"refused \(\"I can't help with that.\"\); change the brief", PAID,
    ),
    "an answer cut off": Fault(
        Reply('{"subject', finish_reason="length"), _NO, _K.CUT_OFF,
        r"raise chat_model\.max_output_tokens", PAID,
    ),
    "tokens used up by thinking": Fault(
        Reply("", finish_reason="length", completion_tokens=4000), _NO, _K.CUT_OFF,
        "thinking uses up too", PAID,
    ),
    "an empty answer": Fault(Reply(""), _NO, _K.EMPTY, "its answer was empty", PAID),
    "no choices": Fault(Reply(raw=b'{"choices": []}'), _LATER, _K.MALFORMED, "broken", None),
}  # fmt: skip
