"""What the test server answers: a message made from the passages it was given, or a mishap."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_GREETING = "Hello,"
_FILLING = "Take your time with it. Nothing here has to be decided today."
_WORDS = 130
_DIMENSIONS = 64


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `raw` replaces the whole body; after `cut_at` bytes the line goes dead.

    With `reset` the line is torn before the first byte; with `drip_s` the body comes byte by byte.
    """

    content: str | None = None
    status: int = 200
    error: Mapping[str, object] | None = None
    finish_reason: str = "stop"
    refusal: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    raw: bytes | None = None
    cut_at: int | None = None
    hang: bool = False
    reset: bool = False
    drip_s: float = 0.0
    completion_tokens: int | None = None

    def body(self, asked: Mapping[str, Any]) -> bytes:
        """The bytes after the headers."""
        if self.raw is not None:
            return self.raw
        if self.error is not None:
            return json.dumps({"error": dict(self.error)}).encode()
        return json.dumps(self._completion(asked)).encode()

    def _completion(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": self.content, "refusal": self.refusal}
        used = self.completion_tokens
        written = tokens(self.content or "") if used is None else used
        read = sum(tokens(m["content"]) for m in asked["messages"])
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": asked["model"],
            "choices": [{"index": 0, "finish_reason": self.finish_reason, "message": message}],
            "usage": {
                "prompt_tokens": read,
                "completion_tokens": written,
                "total_tokens": read + written,
            },
        }


CONTENT_FILTER = {
    "message": "The response was filtered due to the prompt triggering content management policy.",
    "type": "invalid_request_error",
    "code": "content_filter",
    "status": 400,
    "innererror": {
        "code": "ResponsibleAIPolicyViolation",
        "content_filter_result": {
            "hate": {"filtered": True, "severity": "high"},
            "violence": {"filtered": False, "severity": "safe"},
        },
    },
}
"""The error with which Azure refuses a prompt."""


def tokens(text: str) -> int:
    """About as many tokens as a text has."""
    return math.ceil(len(text) / 4)


def passages_in(user: str) -> list[dict[str, str]]:
    """The passages of a request: its lines that are JSON objects with an id and a text."""
    found = []
    for line in user.splitlines():
        if line.startswith("{"):
            document = json.loads(line)
            if {"id", "text"} <= set(document):
                found.append(document)
    return found


def message_from_passages(user: str, *, words: int = _WORDS) -> str:
    """A message that quotes whole passages, each sentence with its source, as JSON."""
    # Each tone says other things: messages that are alike are found and blocked.
    wish = user.partition("<brief>")[0]
    passages = sorted(
        passages_in(user), key=lambda p: hashlib.sha256(f"{wish}{p['id']}".encode()).digest()
    )
    said = 0
    paragraphs = [[{"text": _GREETING, "passage_ids": list[str]()}]]
    for passage in passages:
        if said < words and "\n" not in passage["text"]:
            said += len(passage["text"].split())
            paragraphs.append([{"text": passage["text"], "passage_ids": [passage["id"]]}])
    while said < words:
        said += len(_FILLING.split())
        paragraphs.append([{"text": _FILLING, "passage_ids": []}])
    title = passages[0]["title"] if passages else "A note"
    answer = {
        "subject": title[:60],
        "preheader": f"A few words about {title}"[:100],
        "paragraphs": paragraphs,
    }
    return json.dumps(answer, ensure_ascii=False)


def embeddings_of(body: Mapping[str, Any]) -> dict[str, object]:
    """For each text a unit vector of its words' hashes: texts that share words are near."""
    texts = [body["input"]] if isinstance(body["input"], str) else list(body["input"])
    wanted = int(body.get("dimensions") or _DIMENSIONS)
    data = [
        {"object": "embedding", "index": place, "embedding": _vector(text, wanted)}
        for place, text in enumerate(texts)
    ]
    used = sum(tokens(text) for text in texts)
    usage = {"prompt_tokens": used, "total_tokens": used}
    return {"object": "list", "model": body["model"], "data": data, "usage": usage}


def _vector(text: str, dimensions: int) -> list[float]:
    counts = [0.0] * dimensions
    for word in text.casefold().split():
        digest = hashlib.sha256(word.strip(".,;:!?").encode()).digest()
        counts[int.from_bytes(digest[:4], "big") % dimensions] += 1.0
    length = math.sqrt(sum(c * c for c in counts)) or 1.0
    return [c / length for c in counts]
