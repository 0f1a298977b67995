"""Documents from their files, and the seal that covers them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.content.documents import document_of, file_of
from core.content.seal import seal
from core.errors import BadInput
from core.models.messages import Message

DAY = date(2026, 11, 22)
FILE = {
    "document_id": "PRM-1",
    "title": "An offer",
    "category": "promotion",
    "content": "The offer runs from {start} to {expiry}.",
    "audience": "everyone",
    "keywords": ["offer"],
    "approval_date": "-8d",
    "expiry": "+60d",
    "source_url": "https://shop.example/offer",
    "metadata": {
        "offer": {
            "name": "The offer",
            "code": None,
            "discount": "10 %",
            "scope": "any order",
            "minimum_spend": None,
            "starts": "-5d",
            "ends": "+60d",
            "terms": "Until {expiry}.",
        }
    },
}


def test_relative_dates_count_from_loading():
    document = document_of(FILE, anchor=DAY)
    assert document.approved_on == DAY - timedelta(days=8)
    assert document.valid_until == DAY + timedelta(days=60)
    assert document.content == "The offer runs from November 17, 2026 to January 21, 2027."
    offer = document.metadata["offer"]
    assert isinstance(offer, dict)
    assert (offer["starts"], offer["ends"]) == ("2026-11-17", "2027-01-21")
    assert offer["terms"] == "Until January 21, 2027."


def test_a_document_is_valid_from_approval_to_its_last_day_both_included():
    document = document_of(FILE, anchor=DAY)
    first, last = document.approved_on, DAY + timedelta(days=60)
    assert document.valid_on(first)
    assert document.valid_on(last)
    assert not document.valid_on(first - timedelta(days=1))
    assert not document.valid_on(last + timedelta(days=1))


def test_the_same_file_has_the_same_hash_and_any_change_another():
    one = document_of(FILE, anchor=DAY)
    assert document_of(dict(FILE), anchor=DAY).sha256 == one.sha256
    assert document_of(FILE | {"title": "Another"}, anchor=DAY).sha256 != one.sha256
    assert document_of(FILE, anchor=DAY + timedelta(days=1)).sha256 != one.sha256


def test_a_document_can_be_taken_out_as_a_file_and_read_again_unchanged():
    document = document_of(FILE, anchor=DAY)
    again = document_of(file_of(document), anchor=DAY + timedelta(days=400))
    assert again == document


@pytest.mark.parametrize(("missing", "given"), [("approval_date", "-1d"), ("expiry", "evergreen")])
def test_a_document_without_both_days_counts_as_expired(missing, given):
    partial = {k: v for k, v in FILE.items() if k != missing} | {"content": "Wool.", "metadata": {}}
    document = document_of(partial, anchor=DAY)
    assert not document.dated
    assert not document.valid_on(DAY)
    assert file_of(document).keys() & {"approval_date", "expiry"} == set()
    whole = document_of(partial | {missing: given}, anchor=DAY)
    assert whole.valid_on(DAY)
    assert whole.sha256 != document.sha256


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"approval_date": "+9d", "expiry": "+8d"}, "expiry: the last day"),
        ({"expiry": "soon"}, "expiry: 'soon' is not"),
        ({"approval_date": "evergreen"}, "approval_date: 'evergreen' is not"),
        ({"surprise": 1}, "surprise: Extra inputs"),
        ({"keywords": "wool"}, "keywords: "),
        ({"title": ""}, "title: "),
        ({"document_id": "../x"}, "document_id: "),
        ({"expiry": "evergreen", "metadata": {}}, "without an end"),
    ],
)
def test_a_wrong_field_is_named(change, message):
    with pytest.raises(BadInput) as caught:
        document_of(FILE | change, anchor=DAY)
    assert message in str(caught.value)


def test_a_missing_field_is_named():
    with pytest.raises(BadInput, match="audience: Field required"):
        document_of({k: v for k, v in FILE.items() if k != "audience"}, anchor=DAY)


MESSAGE = Message("Subject", "Preheader", "Body")


def sealed(message=MESSAGE, **changes):
    parts = {
        "audience": "a",
        "documents": [document_of(FILE, anchor=DAY)],
        "policy": "p",
        "prompt": "q",
    } | changes
    return seal(message, **parts)


def test_nothing_changed_means_no_part_is_named():
    assert sealed().changed_part(sealed()) is None


@pytest.mark.parametrize(
    ("now", "part"),
    [
        (sealed(replace(MESSAGE, body="Body.")), "the text"),
        (sealed(replace(MESSAGE, subject="Subject ")), "the text"),
        (sealed(Message("SubjectPre", "header", "Body")), "the text"),
        (sealed(audience="b"), "the audience"),
        (sealed(policy="r"), "the content policy"),
        (sealed(prompt="r"), "the prompts"),
        (sealed(documents=[]), "the cited documents"),
        (
            sealed(documents=[replace(document_of(FILE, anchor=DAY), valid_until=DAY)]),
            "the cited documents",
        ),
    ],
)
def test_a_change_of_one_part_names_it(now, part):
    assert sealed().changed_part(now) == part


def test_the_order_of_documents_does_not_matter_and_the_first_end_counts():
    one = document_of(FILE, anchor=DAY)
    two = replace(one, document_id="PRM-2", valid_until=DAY)
    assert sealed(documents=[one, two]) == sealed(documents=[two, one])
    assert sealed(documents=[one, two]).valid_until == DAY
