"""An approved document as it is written in a file, made into the noun: dates, tokens, hash."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.errors import BadInput
from core.models.content import Document

EVERGREEN = "evergreen"
_RELATIVE = re.compile(r"([+-]\d{1,5})d")
_DATE_KEYS = frozenset({"starts", "ends"})

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class DocumentFile(BaseModel):
    """The schema of a document file; every field is required and no other is allowed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    document_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    title: Line
    category: Line
    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    audience: Line
    keywords: list[Line]
    approval_date: Line
    expiry: Line
    source_url: str
    metadata: dict[str, object]


def document_of(data: object, *, anchor: date) -> Document:
    """The document a file describes, with relative dates counted from `anchor`.

    `{start}` and `{expiry}` in the text become the days the offer begins and ends, in words.

    Raises:
        BadInput: a field is missing, unknown or wrong; names it.
    """
    try:
        file = DocumentFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "the document"
        raise BadInput(f"{place}: {first['msg']}") from error
    approved = _day(file.approval_date, anchor, "approval_date")
    until = None if file.expiry == EVERGREEN else _day(file.expiry, anchor, "expiry")
    offer = file.metadata.get("offer")
    starts = _offer_day(offer, "starts", anchor) or approved
    ends = _offer_day(offer, "ends", anchor) or until
    tokens = {"{start}": in_words(starts), "{expiry}": in_words(ends) if ends else ""}
    content = _filled(file.content, tokens)
    metadata = _resolved(file.metadata, tokens, anchor)
    return Document(
        document_id=file.document_id,
        version=1,
        title=file.title,
        category=file.category,
        content=content,
        audience=file.audience,
        keywords=tuple(file.keywords),
        approved_on=approved,
        valid_until=until,
        source_url=file.source_url,
        metadata=metadata if isinstance(metadata, dict) else {},
        sha256=_sha256(file, content, metadata, approved, until),
    )


def in_words(day: date) -> str:
    """A day as customers read it.

    Examples:
        >>> in_words(date(2027, 1, 6))
        'January 6, 2027'
    """
    return f"{day:%B} {day.day}, {day.year}"


def _day(text: str, anchor: date, field: str) -> date:
    relative = _RELATIVE.fullmatch(text)
    if relative:
        return anchor + timedelta(days=int(relative[1]))
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        allowed = "a date like 2030-01-31 or a number of days like +60d"
        extra = f", or {EVERGREEN}" if field == "expiry" else ""
        raise BadInput(f"{field}: '{text}' is not {allowed}{extra}.") from error


def _offer_day(offer: object, key: str, anchor: date) -> date | None:
    if isinstance(offer, Mapping) and isinstance(offer.get(key), str):
        return _day(str(offer[key]), anchor, f"metadata.offer.{key}")
    return None


def _filled(text: str, tokens: Mapping[str, str]) -> str:
    for token, words in tokens.items():
        if token in text and not words:
            raise BadInput(f"content: {token} stands in the text of a document without an end.")
        text = text.replace(token, words)
    return text


def _resolved(value: object, tokens: Mapping[str, str], anchor: date) -> object:
    """Metadata with its tokens filled and its offer's days as ISO dates."""
    if isinstance(value, str):
        return _filled(value, tokens)
    if isinstance(value, list):
        return [_resolved(item, tokens, anchor) for item in value]
    if isinstance(value, dict):
        return {
            k: _day(v, anchor, k).isoformat()
            if k in _DATE_KEYS and isinstance(v, str)
            else _resolved(v, tokens, anchor)
            for k, v in value.items()
        }
    return value


def _sha256(
    file: DocumentFile, content: str, metadata: object, approved: date, until: date | None
) -> str:
    parts = [
        file.document_id,
        file.title,
        file.category,
        content,
        file.audience,
        file.keywords,
        file.source_url,
        metadata,
        str(approved),
        str(until),
    ]
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
