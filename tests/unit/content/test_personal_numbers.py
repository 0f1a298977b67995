"""Personal data with a shape: found by its check digits, and not found where there is none."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.content.national_ids import iban, luhn
from core.content.personal_data import personal_findings
from core.models.messages import Level, TextField

BODY = TextField.BODY

# Specimens that the issuing offices publish.
NUMBERS = [
    ("4111 1111 1111 1111", "a card number"),
    ("5555-5555-5555-4444", "a card number"),
    ("GB82 WEST 1234 5698 7654 32", "an IBAN"),
    ("DE89370400440532013000", "an IBAN"),
    ("078-05-1120", "a US social security number"),
    ("AB 12 34 56 C", "a UK national insurance number"),
    ("943 476 5919", "an NHS number"),
    ("86 095 742 719", "a German tax number"),
    ("1 84 12 76 451 089 46", "a French social security number"),
    ("93.05.18-223.61", "a Belgian national number"),
    ("12345678Z", "a Spanish identity number"),
    ("X1234567L", "a Spanish identity number"),
    ("RSSMRA85T10A562S", "an Italian tax code"),
    ("PESEL 44051401359", "a Polish identity number"),
    ("811228-9874", "a Swedish identity number"),
    ("756.9217.0769.85", "a Swiss social security number"),
    ("529.982.247-25", "a Brazilian tax number"),
    ("130 692 544", "a Canadian social insurance number"),
    ("2341 2341 2346", "an Indian identity number"),
]


@pytest.mark.parametrize(("number", "name"), NUMBERS)
def test_a_personal_number_is_found_and_named(number, name):
    found = personal_findings(f"It is {number}, he said.", BODY)
    assert [(f.text, f.level) for f in found] == [(number, Level.BLOCK)]
    assert f"looks like {name};" in found[0].explanation


@pytest.mark.parametrize(
    ("number", "name"), [n for n in NUMBERS if n[1] not in {
        "a US social security number", "a UK national insurance number"}],
)  # fmt: skip
def test_one_digit_more_is_no_longer_that_number(number, name):
    last = max(i for i, c in enumerate(number) if c.isdigit())
    wrong = number[:last] + str((int(number[last]) + 1) % 10) + number[last + 1 :]
    assert [f for f in personal_findings(wrong, BODY) if f"like {name};" in f.explanation] == []


@pytest.mark.parametrize(
    ("text", "found", "level"),
    [
        ("Mail jo.doe+x@mail.example.", "jo.doe+x@mail.example", Level.BLOCK),
        ("Call +1 (555) 010-0199 x123 now.", "+1 (555) 010-0199 x123", Level.BLOCK),
        ("Call (96) 627-277.", "(96) 627-277", Level.BLOCK),
        ("From 203.0.113.9 to us.", "203.0.113.9", Level.BLOCK),
        ("From 2001:db8::ff00:42:8329 to us.", "2001:db8::ff00:42:8329", Level.BLOCK),
        ("My passport number is X12345678.", "X12345678", Level.BLOCK),
        ("Born on 12/27/1986 in Keene.", "12/27/1986", Level.BLOCK),
        ("Come to 790 North Main Street today.", "790 North Main Street", Level.REVIEW),
        ("In 75 Auerstrasse 12.", "Auerstrasse 12", Level.REVIEW),
        ("Write to PO Box 1327.", "PO Box 1327", Level.REVIEW),
        ("At SW1A 2AA in London.", "SW1A 2AA", Level.REVIEW),
    ],
)
def test_other_personal_data_is_found_by_its_shape(text, found, level):
    assert (found, level) in [(f.text, f.level) for f in personal_findings(text, BODY)]


@pytest.mark.parametrize(
    "text",
    [
        "From $1,200 to $1,500 in 2027, and 20% off sizes 2 to 20.",
        "Code LAYER15 until May 6, 2027, at 10:30:00.",
        "Version 1.2.3, item 12345678, pages 100-200.",
        "In men's waists 32 to 46, for $46. Eleven stores.",
        "A 5 minute drive from the 2 way road, 3 steps to the right place.",
        "Your account is open, and your policy of 60 days is clear.",
        "Made in 1986 by 240 people.",
    ],
)
def test_ordinary_figures_are_not_personal(text):
    assert personal_findings(text, BODY) == ()


@pytest.mark.parametrize("written", ["1-800-555-0199", "1 800 555 0199", "(1) 800.555.0199"])
def test_the_brand_s_own_number_is_known_however_it_is_written(written):
    assert personal_findings(f"Call {written}.", BODY, approved=["Ring 1-800-555-0199."]) == ()


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789 -.+()xABC@:,", max_size=60))
def test_findings_stand_where_they_say_and_never_on_each_other(text):
    found = personal_findings(text, BODY)
    assert all(text[f.start : f.end] == f.text for f in found)
    places = sorted((f.start, f.end) for f in found)
    assert all(a[1] <= b[0] for a, b in pairwise(places))


@given(st.text(alphabet="0123456789", min_size=12, max_size=18))
def test_exactly_one_check_digit_makes_a_card_number(digits):
    assert sum(luhn(digits + str(d)) for d in range(10)) == 1


@given(st.text(alphabet="0123456789", min_size=18, max_size=18))
def test_two_exchanged_digits_break_an_iban(digits):
    check = next(c for c in range(2, 99) if iban(f"DE{c:02}{digits}"))
    swapped = digits[1] + digits[0] + digits[2:]
    assert iban(f"DE{check:02}{swapped}") is (swapped == digits)
