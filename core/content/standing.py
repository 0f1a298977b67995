"""Whether a document may be used on a day, whoever the readers are, in words."""

from collections.abc import Iterator
from datetime import date

from core.content.offers import offer_of
from core.models.content import Document, DocumentStatus

NOT_DATED = "expired: it has no day of approval or no last day; give both, or 'evergreen'"
_SOON_DAYS = 7


def unusable(document: Document, day: date) -> str:
    """Why no message may rest on the document that day, or nothing when one may.

    Examples:
        >>> page = Document("D", 1, "", "", "", "everyone", (), date(2027, 1, 1), None, "")
        >>> unusable(page, date(2026, 12, 31)), unusable(page, date(2027, 1, 1))
        ('not approved before 2027-01-01', '')
    """
    return next((why for wrong, why in _reasons(document, day) if wrong), "")


def _reasons(document: Document, day: date) -> Iterator[tuple[bool, str]]:
    """What may stand against it, the gravest first."""
    status = f"{document.status.value}: {document.status_reason}".removesuffix(": ")
    yield document.status is not DocumentStatus.APPROVED, status
    yield not document.dated, NOT_DATED
    yield day < document.approved_on, f"not approved before {document.approved_on}"
    last = document.valid_until
    yield last is not None and day > last, f"expired on {last}"
    offer = offer_of(document)
    if offer is not None:
        yield day < offer.starts, f"its offer does not start before {offer.starts}"
        yield day > offer.ends, f"its offer ended on {offer.ends}"


def standing(document: Document, day: date) -> str:
    """Where the document stands that day: valid until when, or why it may not be used."""
    why_not = unusable(document, day)
    if why_not:
        return why_not
    if document.valid_until is None:
        return "valid, evergreen"
    left = (document.valid_until - day).days
    if left > _SOON_DAYS:
        return f"valid until {document.valid_until}"
    return (
        f"expires in {left} days" if left > 1 else ("expires tomorrow", "expires today")[not left]
    )
