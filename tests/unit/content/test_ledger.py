"""The claim ledger: claim by claim, the approved place, and what a message leaves out."""

import random
from collections import Counter
from datetime import date

import pytest

from benchmarks.claim_mutations import blocking, edited, is_caught
from benchmarks.mutations.cases import false_claims, paraphrases
from benchmarks.mutations.messages import documents, known, written
from benchmarks.mutations.mutants import mutants
from core.content.ledger import Sources, ledger_of
from core.models.claims import ClaimStanding
from core.models.content import Document
from core.models.messages import Message

MESSAGES = tuple(written())
SOURCES = Sources.of([d for d in documents().values() if "trap" not in d.metadata])
TERMS = (
    "Gift cards, gift wrap, alterations, and delivery do not count. Once per customer, and not "
    "with another code."
)
WHOLE = f"Take 15 percent off orders of $120 or more with code LAYER15 until January 6. {TERMS}"


def told(text: str):
    return ledger_of(Message("", "", text), SOURCES)


def places(text: str):
    return [(e.text, e.support.passage_id) for e in told(text).entries if e.support]


def test_a_claim_is_shown_with_the_place_that_supports_it():
    (name, price) = told("The Harbor jacket is $148.").entries
    assert (name.kind, price.kind) == ("product", "money")
    assert price.support is not None
    passage = next(p for p in SOURCES.passages if p.passage_id == price.support.passage_id)
    assert passage.text[price.support.start : price.support.end] == price.support.text == "$148"
    assert "Choose the Harbor jacket" in price.support.sentence


def test_the_last_day_of_the_document_stands_beside_its_claim():
    entries = told(WHOLE).entries
    days = {e.support.valid_until for e in entries if e.support and e.kind == "percentage"}
    assert days == {date(2027, 1, 6)}


def test_a_whole_offer_holds():
    assert told(WHOLE).holds


@pytest.mark.parametrize(
    ("old", "new", "condition"),
    [
        (" with code LAYER15", "", "the code LAYER15"),
        (" until January 6", "", "the last day, January 6, 2027"),
        (" of $120 or more", "", "the minimum spend of $120"),
        ("Once per customer, and not", "Not", "'Once per customer'"),
        (", and not with another code", "", "'not with another code'"),
        ("alterations, and delivery", "and delivery", "'Gift cards, gift wrap, alterations"),
    ],
)
def test_a_condition_left_out_is_named(old, new, condition):
    assert old in WHOLE
    missing = told(WHOLE.replace(old, new)).missing
    assert [m.condition[: len(condition)] for m in missing] == [condition]
    assert missing[0].text in {"15 percent", "LAYER15"}


def test_a_condition_may_be_told_in_another_part_of_the_message():
    message = Message("15 percent off orders of $120 or more", "With code LAYER15", WHOLE)
    assert ledger_of(message, SOURCES).holds


def test_praise_is_listed_and_never_blocked():
    ledger = told("A lovely coat.")
    assert [(e.standing, e.text) for e in ledger.entries] == [(ClaimStanding.PUFFERY, "lovely")]
    assert ledger.holds


def test_a_claim_that_only_a_barred_document_makes_says_so():
    expired = "Take 25 percent off outerwear with code OUTER25."
    other = Document(
        "PRM-012", 1, "Outerwear", "promotion", expired, "everyone", (), date(2026, 1, 1),
        date(2026, 10, 8), "",
    )  # fmt: skip
    sources = Sources.of([documents()["POL-001"]], others=[other])
    reasons = [e.reason for e in ledger_of(Message("", "", expired), sources).unsupported]
    assert any("PRM-012 says it, and this message may not use that document." in r for r in reasons)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Take \uff12\uff15\uff05 off.", "\uff12\uff15\uff05"),
        ("It costs $9\u200b9.", "$9\u200b9"),
        ("Save 9\u041e % now.", "9\u041e %"),
    ],
)
def test_look_alike_and_invisible_signs_hide_nothing_and_places_hold(text, place):
    (entry,) = told(text).unsupported
    assert text[entry.start : entry.end] == entry.text == place


def test_the_same_message_has_the_same_ledger():
    one = MESSAGES[0]
    assert ledger_of(one.message, SOURCES) == ledger_of(one.message, SOURCES)


@pytest.mark.parametrize("one", MESSAGES, ids=lambda m: m.name)
def test_no_message_of_the_local_writer_is_blocked(one):
    assert blocking(one) == []
    assert blocking(edited(one)) == []


def test_a_message_with_one_thing_wrong_is_blocked_at_the_right_place():
    made: Counter[str] = Counter()
    missed = []
    rng = random.Random(1)  # noqa: S311
    for one in MESSAGES[::3]:
        for mutant in mutants(one.message, known(), rng, 2):
            made[mutant.kind] += 1
            if not is_caught(one, mutant):
                missed.append((one.name, mutant))
    assert made.total() >= 200
    assert len(made) == 12
    assert len(missed) <= 0.01 * made.total(), missed


def test_true_claims_in_other_words_are_linked():
    rows = list(paraphrases())
    assert len(rows) == 100
    assert sum(case.linked() for _, case in rows) >= 90


def test_false_claims_by_hand_are_marked():
    rows = list(false_claims())
    missed = [row for row, case in rows if not case.caught()]
    # What remains needs understanding: the rows are listed by benchmarks/claim_mutations.py --show.
    assert len(missed) <= 0.05 * len(rows), missed
