"""What got into a text by accident is found where it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content.accidental import accidents
from core.content.language import language_findings
from core.content.lengths import Limits, length_findings
from core.content.patterns import words_pattern
from core.models.messages import Level, TextField

BODY = TextField.BODY


@pytest.mark.parametrize(
    ("text", "rule", "found"),
    [
        ("Hi [Your Name], hello", "placeholder", "[Your Name]"),
        ("Hi <first name>", "placeholder", "<first name>"),
        ("Only XXX left", "placeholder", "XXX"),
        ("Price TBD", "placeholder", "TBD"),
        ("Lorem ipsum dolor", "placeholder", "Lorem ipsum dolor"),
        ("Please insert the date", "placeholder", "insert the date"),
        ("Dear ,\nhello", "placeholder", "Dear ,"),
        ("Hi {{ first_name }}", "merge_field", "{{ first_name }}"),
        ("{% if x %}a", "merge_field", "{% if x %}"),
        ("Hi %%FNAME%%", "merge_field", "%%FNAME%%"),
        ("Hi *|FNAME|*", "merge_field", "*|FNAME|*"),
        ("Hi ${name}", "merge_field", "${name}"),
        ("Hi {{ name", "merge_field", "{{"),
        ("so **bold", "markup", "**"),
        ("__bold__", "markup", "__"),
        ("# Title", "markup", "#"),
        ("a `code`", "markup", "`"),
        ("list\n- one", "markup", "- "),
        ("list\n• one", "markup", "• "),
        ("[here](https://a.example)", "markup", "[here](https://a.example)"),
        ("a <b>b</b>", "markup", "<b>"),
        ("this &amp; that", "markup", "&amp;"),
        ("an *accent* here", "markup", "*accent*"),
        ("wool. Source: care guide", "source_tag", "Source: care"),
        ("wool [1].", "source_tag", "[1]"),
        ("wool (DOC-001).", "source_tag", "(DOC-001)"),
        ("the document_id is", "source_tag", "document_id"),
        ("see PRM-001 for it", "source_tag", "PRM-001"),
        ("As an AI model", "chatter", "As an AI"),
        ("Here is your email", "chatter", "Here is your email"),
        ("Certainly! Warm", "chatter", "Certainly!"),
        ("Sure, warm", "chatter", "Sure,"),
        ("Subject: Warm", "chatter", "Subject:"),
        ("so SALE now", "all_capitals", "SALE"),
        ("so BUY IT now", "all_capitals", "BUY IT"),
        ("so warm!!", "style", "!!"),
        ("so\u200bft", "hidden_character", "\u200b"),
        ("so \u202eft", "hidden_character", "\u202e"),
        ("so\x07ft", "hidden_character", "\x07"),
        ("p\u0430ypal", "hidden_character", "p\u0430ypal"),  # a Cyrillic a
    ],
)
def test_an_accident_is_found_at_its_place(text, rule, found):
    all_found = accidents(text, BODY, document_ids=["PRM-001", "returns"])
    assert (rule, found) in [(f.rule, f.text) for f in all_found]


@pytest.mark.parametrize(
    "text",
    [
        "Warm wool, soft and light. It costs $48.",
        "Sizes S to XXL, in the USA; a FAQ helps.",
        "Made 5 * 3 times, in snake_case even.",
        "Hi,\n\nreturns are easy - try it.",
        "Use code HEMLINE or SPRING20 for it.",
        "A family \U0001f468\u200d\U0001f469\u200d\U0001f467 of socks.",
        "Caf\u00e9 au lait, na\u00efve, Stra\u00dfe.",
        "",
    ],
)
def test_ordinary_copy_has_no_accidents(text):
    assert accidents(text, BODY, capitals={"HEMLINE"}, document_ids=["returns"]) == ()


def test_a_line_break_belongs_in_a_body_only():
    assert accidents("a\nb", BODY) == ()
    assert [f.text for f in accidents("a\nb", TextField.SUBJECT)] == ["\n"]


@given(st.text() | st.text(alphabet="[]{}<>*_#`%$|()-\n aAX!\u200b", max_size=60))
def test_a_finding_is_the_text_at_its_place(text):
    for finding in accidents(text, BODY) + language_findings(text, BODY, "en"):
        assert finding.text == text[finding.start : finding.end]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("sign", ["[", "{", "<", "*", "_a", "<b", "| ", "(", "A ", "insert the "])
def test_a_long_run_of_signs_does_not_hang(sign):
    """An expression that tries every split of the signs would still be at it tomorrow."""
    assert accidents(sign * 5000, BODY) is not None


@pytest.mark.parametrize(
    ("text", "field", "limits", "explains"),
    [
        ("", TextField.SUBJECT, Limits(60), "missing"),
        (" \n", TextField.PREHEADER, Limits(100), "missing"),
        ("x" * 61, TextField.SUBJECT, Limits(60), "61 characters"),
        ("a b", BODY, Limits(None, 3, 5), "2 words"),
        ("a b c d e f", BODY, Limits(None, 3, 5), "6 words"),
    ],
)
def test_a_wrong_length_blocks_and_says_how_long(text, field, limits, explains):
    (finding,) = length_findings(text, field, limits)
    assert finding.level is Level.BLOCK
    assert explains in finding.explanation
    assert finding.text == text[finding.start : finding.end]


@pytest.mark.parametrize("text", ["x" * 60, "a b c"])
def test_a_length_at_its_limit_is_fine(text):
    assert length_findings(text, TextField.SUBJECT, Limits(60, 1, 5)) == ()


@pytest.mark.parametrize(
    ("text", "language", "blocked"),
    [
        ("The coat is warm and it is made for the days when you want to stay out.", "en", False),
        ("Wool coat, linen shirt.", "en", False),
        ("Der Mantel ist warm und passt gut zu allen Hosen, die wir hier zeigen.", "en", True),
        ("Le manteau est chaud et il va bien avec les pantalons que nous montrons.", "en", True),
        ("Пальто", "en", True),
        ("The coat is warm.", "de", True),  # claims in German cannot be checked
        ("", "en", False),
    ],
)
def test_a_text_in_another_language_blocks(text, language, blocked):
    assert bool(language_findings(text, BODY, language)) is blocked


def test_prohibited_phrases_match_whole_words_in_any_case():
    pattern = words_pattern(["cheap", "don't wait", "miracle*"])
    assert pattern is not None
    assert pattern.findall("CHEAP, cheaper, don\u2019t  wait, miracles") == [
        "CHEAP", "don\u2019t  wait", "miracles",
    ]  # fmt: skip
    assert words_pattern([" "]) is None
