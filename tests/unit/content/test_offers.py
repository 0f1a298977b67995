"""An offer is a record, and its document may say nothing else."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.content.documents import document_of
from core.content.offers import offer_of
from core.content.standing import unusable
from core.errors import BadInput
from core.models.offer import DiscountKind, Offer

DAY = date(2026, 11, 7)
OFFER = {
    "name": "The boot offer",
    "code": "BOOT20",
    "discount": "up to 20 %",
    "scope": "full-price boots, on the website",
    "minimum_spend": 75,
    "starts": "-2d",
    "ends": "+60d",
    "terms": "Up to 20 percent off until {expiry}. Once per customer, not with another code.",
}
CONTENT = (
    "You take up to 20 percent off full-price boots with code BOOT20 when your order is $75 or "
    "more, until {expiry}. The boot offer runs from {start} to {expiry} on our website."
)


def file(content=CONTENT, **changes):
    offer = {k: v for k, v in (OFFER | changes).items() if v != "left out"}
    return {
        "document_id": "PRM-1",
        "title": "Up to 20 percent off boots",
        "category": "promotion",
        "content": content,
        "audience": "everyone",
        "keywords": ["boots"],
        "approval_date": "-8d",
        "expiry": "+60d",
        "source_url": "https://shop.example/offer",
        "metadata": {"offer": offer},
    }


def offer(**changes) -> Offer:
    found = offer_of(document_of(file(**changes), anchor=DAY))
    assert found is not None
    return found


def test_a_record_becomes_an_offer_with_days_that_count_from_loading():
    found = offer()
    assert (found.starts, found.ends) == (DAY - timedelta(days=2), DAY + timedelta(days=60))
    assert found.code == "BOOT20"
    assert (found.discount.kind, found.discount.value) == (DiscountKind.PERCENT, Decimal(20))
    assert found.discount.up_to
    assert found.minimum_spend == 75


def test_the_terms_that_limit_an_offer_are_required():
    assert offer().required_terms == (
        "full-price items only", "Once per customer", "not with another code",
        "only on the website",
    )  # fmt: skip
    assert offer(required_terms=["once a month"]).required_terms == ("once a month",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": "left out"}, "metadata.offer.code: Field required"),
        ({"code": "boot 20"}, "metadata.offer.code: "),
        ({"minimum_spend": -5}, "metadata.offer.minimum_spend: "),
        ({"surprise": 1}, "metadata.offer.surprise: Extra inputs"),
        ({"discount": "a lot"}, "metadata.offer.discount: 'a lot' names no discount"),
        ({"ends": "soon"}, "metadata.offer.ends: 'soon' is not"),
        ({"starts": "+61d"}, "before it starts"),
        ({"ends": "+30d"}, "the document is valid beyond it"),
        ({"time_zone": "Mars/Base"}, "there is no time zone 'Mars/Base'"),
    ],
)
def test_a_bad_record_is_refused_with_its_place(change, message):
    with pytest.raises(BadInput) as caught:
        document_of(file(**change), anchor=DAY)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("BOOT20", "BOOT25", "names the code BOOT25, and the offer's code is BOOT20"),
        (" with code BOOT20", "", "never names the code BOOT20"),
        ("up to 20 percent off full", "20 percent off full", "differ about 'up to'"),
        ("up to 20 percent off full", "up to 30 percent off full", "says '30 percent off'"),
        ("until {expiry}", "until May 1, 2027", "says 'May 1, 2027', and the offer ends on"),
        ("from {start}", "from May 1, 2026", "and the offer starts on"),
        ("$75", "$60", "asks for '$60', and the offer's minimum spend is $75"),
        ("more, until", "more, or $50 instead of $70, until", "names the earlier price '$70'"),
    ],
)
def test_a_text_that_contradicts_its_record_is_refused(old, new, message):
    assert old in CONTENT
    with pytest.raises(BadInput) as caught:
        document_of(file(CONTENT.replace(old, new)), anchor=DAY)
    assert message in str(caught.value)


def test_an_earlier_price_in_the_record_may_be_named():
    text = f"{CONTENT} The Hill boots cost $50 instead of $70."
    assert offer(content=text, prior_prices={"PRD-1": 70}).prior_prices == {
        "PRD-1": Decimal("70.0")
    }


def test_a_document_without_a_record_has_no_offer():
    plain = file("Boots are warm.") | {"metadata": {}, "title": "Boots"}
    assert offer_of(document_of(plain, anchor=DAY)) is None


def test_a_document_is_not_usable_before_its_offer_starts():
    early = document_of(file(starts="+3d"), anchor=DAY)
    start = DAY + timedelta(days=3)
    assert unusable(early, start - timedelta(days=1)) == f"its offer does not start before {start}"
    assert unusable(early, start) == ""
    assert "expired on" in unusable(early, DAY + timedelta(days=61))
