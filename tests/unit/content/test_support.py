"""A claim goes out only when an approved passage makes the same claim."""

import re

import pytest

from core.content.claim_findings import claim_findings
from core.content.claims import ClaimKind, claims
from core.content.sentences import sentences
from core.content.support import (
    codes_of,
    states_deadline,
    unsupported,
)
from core.models.content import Passage
from core.models.messages import Citation, Level, TextField
from tests.unit.content.conftest import TEXTS

_SWAPS = {"three": "four", "five": "seven", "two": "six"}
_CHECKED = {
    ClaimKind.NUMBER, ClaimKind.PERCENTAGE, ClaimKind.MONEY, ClaimKind.DATE, ClaimKind.CODE,
    ClaimKind.URL, ClaimKind.EMAIL,
}  # fmt: skip


def _changes(text: str):
    """Other texts for one claim: every digit changed, or its word."""
    for match in re.finditer(r"\d", text):
        for step in (1, 4, 7):
            digit = (int(match.group()) + step) % 10
            yield text[: match.start()] + str(digit) + text[match.end() :]
    for word, other in _SWAPS.items():
        if re.search(rf"\b{word}\b", text):
            yield text.replace(word, other)
    if "@" in text or "www" in text:
        yield text.replace("harbor", "harbour")
    if "Saturday" in text:
        yield text.replace("Saturday", "Sunday")


def mutants():
    for _, text in TEXTS.values():
        for claim in claims(text):
            if claim.kind in _CHECKED:
                for changed in _changes(claim.text):
                    mutant = text[: claim.start] + changed + text[claim.end :]
                    yield mutant, claim.start, claim.start + len(changed)


MUTANTS = list(mutants())


def test_there_are_enough_mutants():
    assert len(MUTANTS) >= 60


@pytest.mark.parametrize(("text", "start", "end"), MUTANTS)
def test_a_changed_claim_blocks_with_a_span_over_the_change(passages, text, start, end):
    found = claim_findings({TextField.BODY: text}, passages)
    assert any(f.level is Level.BLOCK and f.start < end and start < f.end for f in found)


def test_a_changed_month_or_year_blocks(passages):
    for old, new in (("January", "February"), (", 2027", ", 2028")):
        assert unsupported(TEXTS["OFF-1"][1].replace(old, new), passages)


def test_verbatim_sentences_in_any_order_are_supported(passages):
    whole = [s.text for p in passages for s in sentences(p.text)]
    assert unsupported(" ".join(reversed(whole)), passages) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Up to 20 % off boots.",
        "Returns are open for sixty days.",
        "The jacket costs 148 dollars.",
        "Free shipping when you spend $100 or more.",
        "Hurry, it ends on 6 January.",
        "Guaranteed for two years.",
    ],
)
def test_a_true_paraphrase_is_supported(passages, text):
    assert unsupported(text, passages) == ()


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("20 % off boots.", "20 %"),  # "up to" dropped
        ("Take up to 85 % off today.", "85 %"),  # 85 percent of parcels is no discount
        ("Free shipping on orders of $100.", "$100"),  # "or more" dropped
        ("Free returns for you.", "Free"),  # delivery is free, returns are not said to be
        ("60 hours to return.", "60 hours"),
        ("A lifetime guarantee.", "lifetime"),
        ("Hurry, it ends soon.", "Hurry"),
        ("While stocks last, until January 6.", "While stocks last"),  # a date is no shortage
        ("The softest cotton.", "softest"),
        ("The sale starts on January 6.", "January 6"),  # the passage says until
    ],
)
def test_a_claim_that_goes_further_is_not_supported(passages, text, claim):
    assert claim in [u.claim.text for u in unsupported(text, passages)]


def test_an_unsupported_claim_blocks_whatever_its_kind(passages):
    found = claim_findings({TextField.BODY: "The finest coat at $9."}, passages)
    assert [(f.rule, f.level) for f in found] == [
        ("unsupported_superlative", Level.BLOCK), ("unsupported_money", Level.BLOCK),
    ]  # fmt: skip


def test_a_changed_sentence_is_told_what_the_approved_one_says(passages):
    text = "The Harbor jacket is 8-ounce waxed cotton with two pockets, and it costs $100."
    (found,) = claim_findings({TextField.BODY: text}, passages)
    assert found.text == "$100"
    assert "'$148'" in found.explanation


def test_a_figure_of_another_passage_does_not_excuse_a_changed_sentence(passages):
    text = "Standard delivery takes three to five business days and costs $148 an order."
    assert [u.claim.text for u in unsupported(text, passages)] == ["$148"]


def test_a_cited_sentence_is_held_to_its_passage(passages):
    text = "It is yours for $148."
    wrong, right = (Citation(name, 1, "t", 0, text) for name in ("POL-1", "PRD-1"))
    assert unsupported(text, passages, [right]) == ()
    assert [u.claim.text for u in unsupported(text, passages, [wrong])] == ["$148"]


def test_urgency_may_rest_on_a_deadline_elsewhere_in_the_message(passages):
    assert states_deadline("Ends January 6.", passages)
    assert not states_deadline("Ends January 7.", passages)
    assert unsupported("Last chance", passages)
    assert not unsupported("Last chance", passages, deadline=True)


def test_nothing_is_supported_by_nothing():
    assert [u.claim.value for u in unsupported("It costs $5.", ())] == ["$5"]


def test_a_title_supports_what_it_says():
    page = Passage("D", 1, 0, "Ten percent off", "policy", "A word.")
    assert unsupported("Ten percent off, really", [page]) == ()
    assert codes_of([Passage("D", 1, 0, "T", "p", "Use code HEMLINE now.")]) == {"HEMLINE"}
