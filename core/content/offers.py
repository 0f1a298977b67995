"""The offer of a document, read from its record and held against its own text.

A record that cannot be used, or a text that says something else than its record, is refused with
one sentence: a message would otherwise be checked against the wrong half of the document.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.content.claims import Claim, ClaimKind, claims
from core.content.dates import agrees
from core.errors import BadInput
from core.models.content import Document
from core.models.offer import Discount, DiscountKind, Offer

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
Money = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]

_KINDS = {
    ClaimKind.PERCENTAGE: DiscountKind.PERCENT,
    ClaimKind.MONEY: DiscountKind.AMOUNT,
    ClaimKind.FREE: DiscountKind.FREE,
}
# A part of the terms that has to be told, by the words such parts are made with.
_LIMITING = re.compile(
    r"\b(?:once|per\s+(?:customer|person|household|member)|not\s+(?:valid\s+)?with|cannot|only|except|exclud\w+|"
    r"(?:do|does)\s+not|keep\s+(?:its|their)\s+usual|up\s+to|at\s+least|maximum|full[\s-]price[d]?|first\s+order|"
    r"new\s+customers?)\b",
    re.IGNORECASE,
)
_TERM_BREAK = re.compile(
    r"(?<=[.;])\s+|,\s+(?=(?:not|up\s+to|only|except|excluding|from|for|with)\b)|\s+with\s+(?=at\s+least\b)"
)
_FULL_PRICE = re.compile(r"\bfull[\s-]price[d]?\b", re.IGNORECASE)
_CHANNELS = {"on the website": r"websites?|online", "by phone": r"phone", "in stores": r"stores?"}
_THRESHOLD = re.compile(
    r"\b(?:orders?|spend|minimum|basket|cart)\b(?:\s+\w+){0,4}\s*$", re.IGNORECASE
)


class OfferFile(BaseModel):
    """The record as a document file holds it, its days resolved."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Line
    code: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9_-]{2,31}$")] | None
    discount: Line
    scope: Line
    minimum_spend: Money | None
    starts: Line
    ends: Line
    terms: Line
    required_terms: list[Line] | None = None
    prior_prices: dict[str, Money] = {}
    time_zone: Line | None = None


def offer_of(document: Document) -> Offer | None:
    """The offer of a document; None when it carries no record.

    Raises:
        BadInput: the record is incomplete or wrong; says where.
    """
    record = document.metadata.get("offer")
    return None if record is None else _read(document, record)


def check_offer(document: Document) -> None:
    """Hold the text of a document against the record of its offer, where it has one.

    Raises:
        BadInput: the record cannot be used, or the text contradicts it; says where.
    """
    offer = offer_of(document)
    for problem in _contradictions(document, offer) if offer else ():
        raise BadInput(f"{problem} Change the text or metadata.offer, so that both say the same.")


def offers_of(documents: Iterable[Document]) -> tuple[Offer, ...]:
    """The offers of some documents, in order."""
    return tuple(offer for d in documents if (offer := offer_of(d)) is not None)


def _read(document: Document, record: object) -> Offer:
    try:
        file = OfferFile.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(("metadata.offer", *(str(p) for p in first["loc"])))
        raise BadInput(f"{place}: {first['msg']}") from error
    if file.time_zone is not None and file.time_zone not in available_timezones():
        raise BadInput(
            f"metadata.offer.time_zone: there is no time zone '{file.time_zone}'; "
            "write one such as America/New_York, or leave it out for that of the workspace."
        )
    starts, ends = _day(file.starts, "starts"), _day(file.ends, "ends")
    if ends < starts:
        raise BadInput(
            f"metadata.offer.ends: the offer ends on {ends}, before it starts on {starts}."
        )
    if document.dated and (document.valid_until is None or document.valid_until > ends):
        raise BadInput(
            f"metadata.offer.ends: the offer ends on {ends} and the document is valid beyond it; "
            "let its expiry be the last day of the offer."
        )
    required = file.required_terms
    return Offer(
        document_id=document.document_id,
        name=file.name,
        code=file.code,
        discount=_discount(file.discount),
        scope=file.scope,
        minimum_spend=Decimal(str(file.minimum_spend)) if file.minimum_spend else None,
        starts=starts,
        ends=ends,
        terms=file.terms,
        required_terms=tuple(_required(file) if required is None else required),
        prior_prices={name: Decimal(str(price)) for name, price in file.prior_prices.items()},
        time_zone=file.time_zone or "",
    )


def _day(text: str, key: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            f"metadata.offer.{key}: '{text}' is not a date like 2030-01-31 or a number of days "
            "like +60d."
        ) from error


def _discount(text: str) -> Discount:
    for claim in claims(text):
        kind = _KINDS.get(claim.kind)
        if kind is not None:
            digits = re.sub(r"[^\d./]", "", claim.value) or "0"
            top, _, bottom = digits.partition("/")
            value = Decimal(top) / Decimal(bottom or "1")
            return Discount(kind, value, text, claim.bound == "up_to")
    raise BadInput(
        f"metadata.offer.discount: '{text}' names no discount; write one such as '20 %', "
        "'up to 20 %', '$10 off' or 'free'."
    )


def _required(file: OfferFile) -> Iterator[str]:
    """What the terms make a condition, where the record does not list it."""
    if _FULL_PRICE.search(file.scope):
        yield "full-price items only"
    parts = [p.strip(" .;,") for p in _TERM_BREAK.split(file.terms)]
    for part in parts:
        discount = any(c.about == "off" for c in claims(part))
        if _LIMITING.search(part) and not discount and not _FULL_PRICE.search(part):
            yield part
    named = [words for words, p in _CHANNELS.items() if re.search(rf"\b(?:{p})\b", file.scope)]
    if len(named) == 1:
        yield f"only {named[0]}"


def _contradictions(document: Document, offer: Offer) -> Iterator[str]:
    text = f"{document.title}.\n\n{document.content}"
    made = claims(text)
    where = f"content: the text of {document.document_id}"
    codes = {c.value for c in made if c.kind is ClaimKind.CODE}
    for code in sorted(codes - {offer.code}):
        yield f"{where} names the code {code}, and the offer's code is {offer.code or 'none'}."
    if offer.code and offer.code not in codes:
        yield f"{where} never names the code {offer.code} of its offer."
    for claim in made:
        yield from (f"{where} {problem}" for problem in _against_record(claim, text, offer))


def _against_record(claim: Claim, text: str, offer: Offer) -> Iterator[str]:
    before = text[max(0, claim.start - 40) : claim.start]
    days = {"until": offer.ends, "from": offer.starts}
    dated = claim.kind is ClaimKind.DATE and re.fullmatch(r"(?:\d{4}|-)-\d\d-\d\d", claim.value)
    if dated and claim.bound in days and not agrees(claim.value, days[claim.bound].isoformat()):
        side = "ends" if claim.bound == "until" else "starts"
        yield f"says '{claim.text}', and the offer {side} on {days[claim.bound]}."
    discount = offer.discount
    if claim.kind is ClaimKind.PERCENTAGE and claim.about == "off":
        if discount.kind is not DiscountKind.PERCENT or _number(claim) != discount.value:
            yield f"says '{claim.text} off', and the offer's discount is {discount.text}."
        elif (claim.bound == "up_to") != discount.up_to:
            yield f"and the offer's discount ({discount.text}) differ about 'up to'."
    threshold = claim.kind is ClaimKind.MONEY and claim.bound == "at_least"
    if threshold and _THRESHOLD.search(before) and _number(claim) != offer.minimum_spend:
        least = f"${offer.minimum_spend:.2f}".removesuffix(".00") if offer.minimum_spend else "none"
        yield f"asks for '{claim.text}', and the offer's minimum spend is {least}."
    if claim.about == "prior" and _number(claim) not in offer.prior_prices.values():
        yield f"names the earlier price '{claim.text}', and metadata.offer.prior_prices does not."


def _number(claim: Claim) -> Decimal:
    digits = re.sub(r"[^\d./]", "", claim.value)
    top, _, bottom = digits.partition("/")
    return Decimal(top) / Decimal(bottom or "1")
