"""Claims are found where they stand and brought to one value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content.claims import ClaimKind, claims
from core.content.quantities import worth, written


def told(text):
    return [(c.kind.value, c.value, c.bound, c.about) for c in claims(text)]


@pytest.mark.parametrize(
    ("spellings", "value"),
    [
        (("$5", "5 dollars", "five dollars", "5.00 USD", "$ 5", "USD 5", "500 cents"), "$5"),
        (("£5", "5 pounds", "five pounds", "500 pence"), "£5"),
        (("€1.5", "1.50 €", "1.5 euros"), "€1.5"),
        (("$1,200", "1200 dollars", "$1.2k", "twelve hundred dollars"), "$1200"),
        (("30 %", "30%", "30 percent", "30 per cent", "thirty per cent", "30-percent"), "30"),
        (("half price", "50 %"), "50"),
        (("a third off", "one third off"), "100/3"),
        (("60 days", "60-day", "sixty days"), "60 day"),
        (("three working days", "3 business days"), "3 working day"),
        (("twenty-five socks", "25 socks"), "25"),
        (("one and a half socks", "1.5 socks", "1½ socks"), "1.5"),
        (("6 January 2027", "January 6, 2027", "6th of Jan 2027", "2027-01-06"), "2027-01-06"),
        (("January 6", "6 Jan.", "the 6th of January"), "--01-06"),
        (("at 11:59 pm", "at 23:59"), "time:23:59"),
        (("on Sunday", "on Sundays"), "sunday"),
        (("ends tonight",), "tonight"),
        (("today only", "only today", "ends today"), "today"),
        (("code SPRING20", "Use SPRING20", "with Spring20"), "SPRING20"),
        (("with code HEMLINE",), "HEMLINE"),
        (("see https://www.shop.example/a/", "at shop.example/a."), "shop.example/a"),
        (("write to Care@shop.example.",), "care@shop.example"),
        (("risk-free", "no risk"), "risk free"),
        (("money-back", "your money back"), "money back"),
        (("guaranteed", "our guarantee"), "guarantee"),
        (("the softest",), "softest"),
        (("the most comfortable",), "most comfortable"),
    ],
)
def test_spellings_of_one_claim_have_one_value(spellings, value):
    assert {claims(text)[0].value for text in spellings} == {value}


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("up to 20 % off", ("percentage", "20", "up_to", "off")),
        ("at most $20", ("money", "$20", "up_to", "")),
        ("orders of $50 or more", ("money", "$50", "at_least", "")),
        ("orders from $50", ("money", "$50", "at_least", "")),
        ("orders over $50", ("money", "$50", "over", "")),
        ("made from 100 percent wool", ("percentage", "100", "", "")),
        ("about 240 people", ("number", "240", "about", "")),
        ("save $5", ("money", "$5", "", "off")),
        ("ends on Friday", ("date", "friday", "until", "")),
        ("from Friday", ("date", "friday", "from", "")),
        ("free returns", ("free", "free", "", "return")),
        ("at no charge", ("free", "free", "", "")),
        ("hurry", ("urgency", "hurry", "", "")),
        ("while stocks last", ("urgency", "scarcity", "", "")),
    ],
)
def test_the_words_around_a_claim_bind_it(text, claim):
    assert told(text) == [claim]


@pytest.mark.parametrize(
    "text",
    [
        "Feel free to try the one you love.",
        "A wrinkle-free shirt, hands-free.",
        "You may march on; a vest for the chest, honest.",
        "Best wishes, and at least we tried our best.",
        "Sizes S to XXL.",
        "Order today.",
        "",
    ],
)
def test_ordinary_words_are_no_claims(text):
    assert claims(text) == ()


def test_approved_text_is_read_generously():
    assert [c.value for c in claims("One coat for one winter", generous=True)] == ["1", "1"]


@given(st.text() | st.text(alphabet="$£%0123456789.,- abdehnortuy\n", max_size=80))
def test_a_claim_is_the_text_at_its_place_and_none_overlap(text):
    place = 0
    for claim in claims(text):
        assert claim.text == text[claim.start : claim.end] != ""
        assert claim.start >= place
        place = claim.end


@given(st.integers(0, 999_999))
def test_digits_are_worth_what_they_say(number):
    assert worth(f"{number:,}") == number
    assert written(worth(f"{number}.25")) == f"{number}.25"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", ["1 " * 4000, "$1," * 4000, "one hundred " * 2000, "a@" * 4000])
def test_a_long_text_does_not_hang(text):
    """An expression that tries every split of the text would still be at it tomorrow."""
    assert all(claim.text in text for claim in claims(text))


def test_every_kind_can_be_found():
    text = (
        "Ten boots at $5 or 20 % off with code ABC12 until May 6 at a.example, b@a.example: free, "
        "guaranteed, finest, hurry. It cannot be combined. For Gold members."
    )
    # Which words are the name of a product only the approved passages can tell.
    assert {c.kind for c in claims(text)} == set(ClaimKind) - {ClaimKind.PRODUCT}
