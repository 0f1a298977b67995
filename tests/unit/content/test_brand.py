"""What the brand asks of every message: words, disclosures and an easy text."""

import pytest

from core.content.brand import BrandRules, Disclosure, unsaid, word_rules
from core.content.lengths import Limits, length_findings
from core.content.patterns import find
from core.content.reading_grade import reading_grade, syllables
from core.models.campaign import Brief
from core.models.content import Passage
from core.models.messages import Level, Message, TextField

DRINK = "Please drink responsibly."
RULES = BrandRules(
    required=("Tolman Row",),
    disclosures=(
        Disclosure("alcohol", (DRINK, "Drink in moderation."), when=("wine tasting*", "beer")),
        Disclosure("credit", ("Terms apply.",), categories=("credit",), level=Level.REVIEW),
        Disclosure("the raffle", ("No purchase needed.",), documents=("PRM-9",)),
    ),
)


def passage(document_id="PRD-1", category="product"):
    return Passage(document_id, 1, 0, "T", category, "Text.")


@pytest.mark.parametrize(
    ("body", "cited", "rules"),
    [
        ("Tolman Row has coats.", (), []),
        ("We have coats.", (), ["required"]),
        ("TOLMAN\n  row has coats.", (), []),  # case and white space do not matter
        ("Tolman Row invites you to a beer.", (), ["disclosure"]),
        (f"Tolman Row invites you to a beer. {DRINK}", (), []),
        ("Tolman Row invites you to a beer. Drink in moderation.", (), []),
        ("Tolman Row: wine tastings. Please drink.", (), ["disclosure"]),
        ("Tolman Row has a beery brown coat.", (), []),  # whole words only
        ("Tolman Row has coats.", (passage(category="credit"),), ["disclosure"]),
        ("Tolman Row has coats. Terms apply.", (passage(category="credit"),), []),
        ("Tolman Row has coats.", (passage("PRM-9"),), ["disclosure"]),
        ("Tolman Row has coats.", (passage(),), []),
    ],
)
def test_what_has_to_be_said_is_missed_where_it_is_not(body, cited, rules):
    found = unsaid(Message("A subject", "A preheader", body), RULES, cited)
    assert [f.rule for f in found] == rules
    assert all(f.text == "" and f.field is TextField.BODY for f in found)


def test_a_disclosure_may_stand_in_any_part_and_has_the_level_of_its_row():
    about = passage(category="credit")
    said = Message("Terms apply.", "x", "Tolman Row")
    assert unsaid(said, RULES, [about]) == []
    missing = unsaid(Message("x", "x", "Tolman Row"), RULES, [about])
    assert [f.level for f in missing] == [Level.REVIEW]
    assert "document PRD-1 makes it one about credit" in missing[0].explanation


def test_words_of_the_brand_and_of_the_brief_are_found_together():
    brand = BrandRules(prohibited=("cheap",), watched=("perfect",))
    brief = Brief("b", "g", must_not_say=("snow",))
    found = find(word_rules(brand, brief), "Cheap, perfect snow.", TextField.BODY)
    assert [(f.text, f.level) for f in found] == [
        ("Cheap", Level.BLOCK), ("snow", Level.BLOCK), ("perfect", Level.REVIEW),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("made", 1), ("clothes", 1), ("washed", 1), ("our", 1), ("sleeves", 1), ("shoes", 1),
        ("sweater", 2), ("dresses", 2), ("wanted", 2), ("table", 2), ("changes", 2), ("people", 2),
        ("quiet", 2), ("being", 2), ("nation", 2), ("create", 2), ("idea", 3), ("area", 3),
        ("every", 3), ("guarantee", 3), ("delivery", 4), ("don't", 1), ("rhythm", 1),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_they_are_spoken(word, number):
    assert syllables(word) == number


def test_the_grade_is_the_published_formula():
    # 10 words and 10 syllables a sentence: .39 * 10 + 11.8 - 15.59.
    assert reading_grade("The cat sat on the mat and it was warm. " * 4) == pytest.approx(0.11)
    assert reading_grade("Too short to say.") is None


HARD = (
    "Notwithstanding considerable organizational complexity, comprehensive international "
    "availability considerations necessitate extraordinarily deliberate administrative "
    "communication, particularly regarding institutional responsibilities and contractual "
    "obligations that participating organizations individually or collectively acknowledge, "
    "alongside supplementary documentation."
)


@pytest.mark.parametrize(("grade_max", "rules"), [(12, ["reading_grade"]), (99, []), (None, [])])
def test_a_body_that_is_hard_to_read_is_looked_at(grade_max, rules):
    found = length_findings(HARD, TextField.BODY, Limits(grade_max=grade_max))
    assert [f.rule for f in found] == rules
    assert all(f.level is Level.REVIEW for f in found)
