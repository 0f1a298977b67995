"""What a brief says of its offer, held against the record of the offer."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from core.content.claims import ClaimKind, claims
from core.content.documents import in_words
from core.errors import BadInput
from core.models.campaign import Brief
from core.models.content import Document, DocumentStatus
from core.models.offer import Offer


def check_brief_offer(brief: Brief, document: Document | None, offer: Offer | None) -> None:
    """Nothing, when the brief says of its offer what the record of the offer says.

    Args:
        brief: its code, price and last day may be left out; the record's hold then.
        document: the document the brief names as its offer, None when there is none.
        offer: the record of that document, None when it has none.

    Raises:
        BadInput: names the first thing that is otherwise.
    """
    for complaint in _complaints(brief, document, offer):
        raise BadInput(complaint)


def _complaints(brief: Brief, document: Document | None, offer: Offer | None) -> Iterator[str]:
    said = {"code": brief.code, "price": brief.price, "last day": brief.until}
    named = [name for name, value in said.items() if value]
    if brief.offer_document_id is None and named:
        yield (
            f"The brief gives a {named[0]} and names no offer; name the document of the offer, "
            "so that the message can rest on it."
        )
    elif named and document is None:
        yield (
            f"The offer '{brief.offer_document_id}' of the brief is not in the library; add it "
            "there, or name another."
        )
    elif named and offer is None:
        yield f"The document '{brief.offer_document_id}' has no offer record to check against."
    elif document and offer:
        yield from _contradictions(brief, document, offer)


def _contradictions(brief: Brief, document: Document, offer: Offer) -> Iterator[str]:
    name = f"the record of {document.document_id}"
    if brief.code and brief.code.strip().upper() != (offer.code or ""):
        has = f"'{offer.code}'" if offer.code else "no code"
        yield f"The brief gives the code '{brief.code}', and {name} has {has}; correct one of them."
    if brief.until and brief.until != offer.ends:
        yield (
            f"The brief says until {in_words(brief.until)}, and {name} ends on "
            f"{in_words(offer.ends)}; correct one of them."
        )
    if brief.price:
        asked = {(c.kind, c.value) for c in claims(brief.price)}
        known = {(c.kind, c.value) for text in _texts(document, offer) for c in claims(text)}
        if not asked or asked - known:
            yield (
                f"The brief gives the price '{brief.price}', and {name} says "
                f"'{offer.discount.text}'; correct one of them."
            )


def _texts(document: Document, offer: Offer) -> tuple[str, ...]:
    return offer.discount.text, offer.terms, document.title, document.content


def check_brief_url(brief: Brief, library: Iterable[Document], day: date) -> None:
    """Nothing, when the address of the brief's button stands in content that is valid.

    That is the text of a document, or the page of the brief's own offer.

    Raises:
        BadInput: it is no https address, or no approved content names it.
    """
    if not brief.url:
        return
    if not re.fullmatch(r"https://[^\s<>\"']{4,500}", brief.url):
        raise BadInput(f"The address '{brief.url}' has to begin with https:// and hold no spaces.")
    wanted = {c.value for c in claims(brief.url) if c.kind is ClaimKind.URL}
    for document in library:
        if document.status is DocumentStatus.APPROVED and document.valid_on(day):
            own = document.source_url if document.document_id == brief.offer_document_id else ""
            named = {c.value for text in (own, document.content) for c in claims(text)}
            if wanted and wanted <= named:
                return
    raise BadInput(
        f"No approved document names the address '{brief.url}'; use one that stands in the "
        "library, such as the page of the offer."
    )
