"""A brief may say what its offer gives, and must then say what the record says."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.content.brief_offer import check_brief_offer
from core.errors import BadInput
from core.models.campaign import Brief
from core.models.content import Document
from core.models.offer import Discount, DiscountKind, Offer

BRIEF = Brief("Autumn", "Show the jackets", offer_document_id="PRM-1")
DOCUMENT = Document(
    "PRM-1", 1, "15 percent off orders of $120 or more", "promotion",
    "You take 15 percent off with code LAYER15 until January 6, 2027.",
    "everyone", (), date(2026, 11, 1), date(2027, 1, 6), "",
)  # fmt: skip
OFFER = Offer(
    "PRM-1", "The Layers offer", "LAYER15", Discount(DiscountKind.PERCENT, Decimal(15), "15 %"),
    "everything", Decimal(120), date(2026, 11, 1), date(2027, 1, 6), "Once per customer.",
)  # fmt: skip

SAME = [
    {},
    {"code": "LAYER15"},
    {"code": " layer15 "},
    {"price": "15 %"},
    {"price": "15 percent off orders of $120 or more"},
    {"until": date(2027, 1, 6)},
    {"code": "LAYER15", "price": "15 per cent", "until": date(2027, 1, 6)},
]


@pytest.mark.parametrize("said", SAME)
def test_a_brief_may_repeat_what_the_record_says(said):
    check_brief_offer(replace(BRIEF, **said), DOCUMENT, OFFER)


OTHERWISE = [
    ({"code": "LAYER20"}, "the code 'LAYER20', and the record of PRM-1 has 'LAYER15'"),
    ({"price": "20 %"}, "the price '20 %', and the record of PRM-1 says '15 %'"),
    ({"price": "up to you"}, "the price 'up to you'"),
    ({"until": date(2027, 1, 7)}, "until January 7, 2027, and the record of PRM-1 ends on"),
]


@pytest.mark.parametrize(("said", "reason"), OTHERWISE)
def test_a_brief_that_says_otherwise_is_refused_with_one_sentence(said, reason):
    with pytest.raises(BadInput) as caught:
        check_brief_offer(replace(BRIEF, **said), DOCUMENT, OFFER)
    assert reason in str(caught.value)
    assert "correct one of them" in str(caught.value)


def test_a_code_needs_an_offer_to_rest_on():
    with pytest.raises(BadInput, match="names no offer"):
        check_brief_offer(replace(BRIEF, offer_document_id=None, code="X1"), None, None)
    with pytest.raises(BadInput, match="not in the library"):
        check_brief_offer(replace(BRIEF, code="LAYER15"), None, None)
    with pytest.raises(BadInput, match="no offer record"):
        check_brief_offer(replace(BRIEF, code="LAYER15"), DOCUMENT, None)
    with pytest.raises(BadInput, match="has no code"):
        check_brief_offer(replace(BRIEF, code="X1"), DOCUMENT, replace(OFFER, code=None))


def test_an_offer_without_a_record_may_still_be_named():
    check_brief_offer(BRIEF, DOCUMENT, None)
    check_brief_offer(BRIEF, None, None)
