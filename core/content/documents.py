"""An approved document as it is written in a file, made into the noun: dates, tokens, hash."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.content.offers import check_offer
from core.errors import BadInput
from core.models.content import Document

EVERGREEN = "evergreen"
_RELATIVE = re.compile(r"([+-]\d{1,5})d")
_DATE_KEYS = frozenset({"starts", "ends"})

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class DocumentFile(BaseModel):
    """The schema of a document file; no other field is allowed.

    Without both dates a document can be stored, but counts as expired.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    document_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    title: Line
    category: Line
    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    audience: Line
    keywords: list[Line]
    approval_date: Line | None = None
    expiry: Line | None = None
    source_url: str
    metadata: dict[str, object]


def document_of(data: object, *, anchor: date) -> Document:
    """The document a file describes, with relative dates counted from `anchor`.

    `{start}` and `{expiry}` in the text become the days the offer begins and ends, in words.

    Raises:
        BadInput: a field is missing, unknown or wrong, the last day lies before the first, or
            the text contradicts the record of its offer; names it.
    """
    file = _checked(data)
    given = file.approval_date is not None
    approved = _day(file.approval_date, anchor, "approval_date") if given else anchor
    evergreen = file.expiry in {None, EVERGREEN}
    until = None if evergreen else _day(file.expiry, anchor, "expiry")
    if until is not None and until < approved and given:
        raise BadInput(f"expiry: the last day {until} lies before the approval on {approved}.")
    offer = file.metadata.get("offer")
    starts = _offer_day(offer, "starts", anchor) or approved
    ends = _offer_day(offer, "ends", anchor) or until
    tokens = {"{start}": in_words(starts), "{expiry}": in_words(ends) if ends else ""}
    content = _filled(file.content, tokens)
    metadata = _resolved(file.metadata, tokens, anchor)
    document = Document(
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
        sha256=_sha256(file, content, metadata, (approved if given else None, until)),
        dated=given and file.expiry is not None,
    )
    check_offer(document)
    return document


def file_of(document: Document) -> dict[str, object]:
    """The document as a file holds it, its dates as calendar days; the way back of `document_of`.

    A day that was never given is left out.
    """
    until = document.valid_until.isoformat() if document.valid_until else EVERGREEN
    days = {"approval_date": document.approved_on.isoformat(), "expiry": until}
    return {
        "document_id": document.document_id,
        "title": document.title,
        "category": document.category,
        "content": document.content,
        "audience": document.audience,
        "keywords": list(document.keywords),
        **(days if document.dated else {}),
        "source_url": document.source_url,
        "metadata": dict(document.metadata),
    }


def in_words(day: date) -> str:
    """A day as customers read it.

    Examples:
        >>> in_words(date(2027, 1, 6))
        'January 6, 2027'
    """
    return f"{day:%B} {day.day}, {day.year}"


def _checked(data: object) -> DocumentFile:
    try:
        return DocumentFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "the document"
        raise BadInput(f"{place}: {first['msg']}") from error


def _day(text: str | None, anchor: date, field: str) -> date:
    relative = _RELATIVE.fullmatch(text or "")
    if relative:
        return anchor + timedelta(days=int(relative[1]))
    try:
        return date.fromisoformat(text or "")
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
    file: DocumentFile, content: str, metadata: object, days: tuple[date | None, date | None]
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
        str(days[0]),
        str(days[1]) if file.expiry else "not given",
    ]
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
