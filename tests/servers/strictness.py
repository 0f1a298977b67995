"""What the test server refuses, as the real service does."""

from collections.abc import Collection, Mapping
from typing import Any

_BOTH = frozenset({"model", "messages", "response_format"})
_SAMPLING = frozenset({"temperature", "top_p", "stop", "presence_penalty", "frequency_penalty"})
CHAT_KEYS = {
    # What a model that thinks takes: gpt-5 and its kind refuse every other parameter of old.
    "reasoning": _BOTH | {"max_completion_tokens", "reasoning_effort"},
    "plain": _BOTH | _SAMPLING | {"max_completion_tokens", "max_tokens"},
    # A server of one's own that has not learnt the new name.
    "old": _BOTH | _SAMPLING | {"max_tokens"},
}
EMBEDDING_KEYS = frozenset({"model", "input", "dimensions", "encoding_format"})
_NEW_NAMES = {"max_tokens": " Use 'max_completion_tokens' instead."}
_ROLES = {"system", "developer", "user", "assistant"}


class Objection(Exception):
    """Why a request is refused: HTTP status, code and words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code = status, code
        super().__init__(message)


def object_to(
    body: Any, known: Collection[str], models: Collection[str], forms: Collection[str]
) -> None:
    """Raise the first objection to a request, if there is one."""
    if not isinstance(body, dict):
        raise Objection(400, "invalid_type", "the body must be an object")
    for name in body:
        if name not in known:
            instead = _NEW_NAMES.get(name, "")
            text = f"Unsupported parameter: '{name}' is not supported with this model.{instead}"
            raise Objection(400, "unsupported_parameter", text)
    if body.get("model") not in models:
        raise Objection(404, "model_not_found", f"The model '{body.get('model')}' does not exist.")
    if "messages" in known:
        _messages(body.get("messages"))
        _form(body.get("response_format"), forms)
    elif not body.get("input"):
        raise Objection(400, "invalid_value", "input must not be empty")


def _messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages:
        raise Objection(400, "invalid_value", "messages must be a list with something in it")
    for message in messages:
        if not isinstance(message, dict) or set(message) != {"role", "content"}:
            raise Objection(400, "invalid_value", "a message has a role and a content")
        if message["role"] not in _ROLES or not isinstance(message["content"], str):
            raise Objection(400, "invalid_value", "a message has a known role and a text")


def _form(form: Any, known: Collection[str]) -> None:
    if form is None:
        return
    if not isinstance(form, dict) or form.get("type") not in known:
        kind = form.get("type") if isinstance(form, dict) else form
        text = f"Invalid parameter: 'response_format' of type '{kind}' is not supported."
        raise Objection(400, "invalid_value", text)
    if form["type"] == "json_schema":
        asked = form.get("json_schema")
        if not isinstance(asked, dict) or not asked.get("name") or asked.get("strict") is not True:
            raise Objection(400, "invalid_value", "json_schema needs a name and strict: true")
        _strict(asked.get("schema"), "schema")


# Keywords that a strict schema may not have on Azure.
_UNSUPPORTED = {"minLength", "maxLength", "pattern", "format", "minimum", "maximum", "multipleOf"}
_UNSUPPORTED |= {"minItems", "maxItems", "uniqueItems", "patternProperties", "minProperties"}


def _strict(schema: Any, place: str) -> None:
    if not isinstance(schema, Mapping):
        raise Objection(400, "invalid_schema", f"{place} must be an object")
    if set(schema) & _UNSUPPORTED:
        raise Objection(400, "invalid_schema", f"Invalid schema for response_format: {place}")
    if schema.get("type") == "object":
        names = set(schema.get("properties", {}))
        required = set(schema.get("required", ()))
        if schema.get("additionalProperties") is not False or required != names:
            raise Objection(400, "invalid_schema", f"Invalid schema for response_format: {place}")
        for name, inner in schema["properties"].items():
            _strict(inner, f"{place}.{name}")
    if schema.get("type") == "array":
        _strict(schema.get("items"), f"{place}[]")
