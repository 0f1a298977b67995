"""What the service for content safety refuses, by its public REST specification of 2024-09-01.

(text:detectGroundedness by 2024-09-15-preview; limits by the service's published quotas.)
"""

import re
from collections.abc import Collection
from typing import Any

STABLE, PREVIEW = "2024-09-01", "2024-09-15-preview"
CATEGORIES = ("Hate", "SelfHarm", "Sexual", "Violence")
TEXT, GROUNDED_TEXT, GROUNDED_SOURCES, WORD = 10_000, 7_500, 55_000, 128
DOCUMENTS, WORDS_AT_ONCE = 5, 100
NAME = re.compile(r"[0-9A-Za-z._~-]{1,64}")

_OUTPUT_TYPES = ("FourSeverityLevels", "EightSeverityLevels")


class Objection(Exception):
    """Why a request is refused: HTTP status, code and words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code = status, code
        super().__init__(message)


def bad(message: str) -> Objection:
    """A body that is not as specified."""
    return Objection(400, "InvalidRequestBody", message)


def keys(body: Any, known: Collection[str], needed: Collection[str]) -> dict[str, Any]:
    """The body, an object with these keys and no other."""
    if not isinstance(body, dict):
        raise bad("the body must be an object")
    for name in body:
        if name not in known:
            raise bad(f"unknown property '{name}'")
    for name in needed:
        if name not in body:
            raise bad(f"'{name}' is required")
    return dict(body)


def text(value: Any, most: int, name: str, *, least: int = 1) -> str:
    """A text of so many code points."""
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise bad(f"'{name}' must be a text of {least} to {most} characters")
    return value


def texts(value: Any, name: str) -> list[str]:
    """A list of texts with something in it."""
    if not isinstance(value, list) or not value:
        raise bad(f"'{name}' must be a list with something in it")
    return [text(one, 1 << 30, name) for one in value]


def analyze(raw: Any, there: Collection[str]) -> dict[str, Any]:
    """A request to text:analyze."""
    known = ("text", "categories", "blocklistNames", "haltOnBlocklistHit", "outputType")
    body = keys(raw, known, ("text",))
    text(body["text"], TEXT, "text")
    categories = body.get("categories", list(CATEGORIES))
    if not isinstance(categories, list) or not set(categories) <= set(CATEGORIES):
        raise bad("'categories' must name known categories")
    if body.get("outputType", _OUTPUT_TYPES[0]) not in _OUTPUT_TYPES:
        raise bad("'outputType' is unknown")
    if not isinstance(body.get("haltOnBlocklistHit", False), bool):
        raise bad("'haltOnBlocklistHit' must be true or false")
    names = body.get("blocklistNames", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise bad("'blocklistNames' must be a list of names")
    for name in names:
        if name not in there:
            raise Objection(404, "NotFound", f"blocklist {name} is not there")
    return body


def shield(raw: Any) -> dict[str, Any]:
    """A request to text:shieldPrompt; the service wants a prompt in each."""
    body = keys(raw, ("userPrompt", "documents"), ("userPrompt",))
    text(body["userPrompt"], TEXT, "userPrompt")
    documents = texts(body["documents"], "documents") if "documents" in body else []
    if len(documents) > DOCUMENTS or sum(map(len, documents)) > TEXT:
        raise bad(f"'documents' takes {DOCUMENTS} with {TEXT} characters together")
    return body


def groundedness(raw: Any) -> dict[str, Any]:
    """A request to text:detectGroundedness."""
    known = ("domain", "task", "qna", "text", "groundingSources", "reasoning", "llmResource")
    body = keys(raw, known, ("text", "groundingSources"))
    text(body["text"], GROUNDED_TEXT, "text")
    if sum(map(len, texts(body["groundingSources"], "groundingSources"))) > GROUNDED_SOURCES:
        raise bad(f"'groundingSources' takes {GROUNDED_SOURCES} characters together")
    if body.get("domain", "Generic") not in {"Generic", "Medical"}:
        raise bad("'domain' is unknown")
    if body.get("task", "Summarization") not in {"Summarization", "QnA"}:
        raise bad("'task' is unknown")
    if body.get("task") == "QnA" and "qna" not in body:
        raise bad("'qna' is required")
    if not isinstance(body.get("reasoning", False), bool):
        raise bad("'reasoning' must be true or false")
    return body


def new_list(raw: Any, name: str) -> dict[str, Any]:
    """A request to make or change a list of words."""
    body = keys(raw, ("blocklistName", "description"), ())
    if body.get("blocklistName", name) != name or not NAME.fullmatch(name):
        raise bad("'blocklistName' must be the name in the path")
    if "description" in body:
        text(body["description"], 1024, "description", least=0)
    return body


def new_words(body: Any) -> list[str]:
    """A request to add words."""
    items = keys(body, ("blocklistItems",), ("blocklistItems",))["blocklistItems"]
    if not isinstance(items, list) or not 0 < len(items) <= WORDS_AT_ONCE:
        raise bad(f"'blocklistItems' takes 1 to {WORDS_AT_ONCE}")
    return [
        text(keys(one, ("text", "description"), ("text",))["text"], WORD, "text") for one in items
    ]


def old_words(body: Any) -> list[str]:
    """A request to remove words by their ids."""
    ids = texts(keys(body, ("blocklistItemIds",), ("blocklistItemIds",))["blocklistItemIds"], "ids")
    if len(ids) > WORDS_AT_ONCE:
        raise bad(f"'blocklistItemIds' takes 1 to {WORDS_AT_ONCE}")
    return ids
