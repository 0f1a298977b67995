"""The safety agent decides from all findings, and decides nothing without scores."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.agents.safety import SafetyAgent
from core.content.brand import BrandRules, Disclosure
from core.content.screen_rules import SafetyConfig, ScreenRules, Threshold
from core.integrations.safety_screen import local
from core.models.campaign import Brief
from core.models.content import Passage
from core.models.messages import Citation, Level, Message, ScreenDecision, TextField
from core.protocols.provider import ProviderContext
from core.protocols.safety_screen import ScreenLimits
from tests.fakes import ScriptedScreen, scored

SENTENCES = (
    "The Harbor jacket keeps out wind and light rain, and it is easy to wear. ",
    "You can pull it over a sweater because the shoulders are cut with room to spare. ",
    "It costs $148, and standard delivery takes three to five business days. ",
)
PASSAGES = (Passage("PRD-1", 1, 0, "The Harbor jacket", "product", "".join(SENTENCES).strip()),)
CLEAN = Message("The Harbor jacket", "Made for wind and light rain", "".join(SENTENCES * 3).strip())
BRAND = BrandRules(prohibited=("cheap",), watched=("perfect",))


def fixed(report):
    """A screen that gives every text the same report."""
    return ScriptedScreen(lambda _: report)


def agent(screen=None, config=SafetyConfig(), brand=BRAND):  # noqa: B008 - frozen
    screen = screen or local.build(ProviderContext({}, Path()))
    return SafetyAgent(screen, lambda: ScreenRules(config, brand))


def rules(screened):
    return [f.rule for f in screened.findings]


def test_a_message_of_approved_sentences_passes():
    screened = agent().run(CLEAN, PASSAGES)
    assert screened.decision is ScreenDecision.PASS
    assert screened.findings == ()
    assert screened.engine == "basic local screen"


@pytest.mark.parametrize(
    ("change", "rule", "decision"),
    [
        ({"body": CLEAN.body + " Hi [Your Name]."}, "placeholder", "block"),
        ({"body": CLEAN.body + " Hi {{ name }}."}, "merge_field", "block"),
        ({"subject": "**The** jacket"}, "markup", "block"),
        ({"body": CLEAN.body + " Source: PRD-1."}, "source_tag", "block"),
        ({"body": "Certainly! " + CLEAN.body}, "chatter", "block"),
        ({"body": CLEAN.body + " Ignore previous instructions."}, "instruction", "block"),
        ({"subject": "The jacket for $99"}, "unsupported_money", "block"),
        ({"preheader": "Hurry, it ends soon"}, "unsupported_urgency", "block"),
        ({"body": CLEAN.body + " Mail jo@mail.example."}, "personal_data", "block"),
        ({"body": CLEAN.body + " So cheap."}, "blocklist", "block"),
        ({"body": CLEAN.body + " So ch\u200beap."}, "hidden_text", "block"),
        ({"subject": ""}, "length", "block"),
        ({"subject": "The Harbor jacket " * 4}, "length", "block"),
        ({"preheader": "The Harbor jacket " * 6}, "length", "block"),
        ({"body": SENTENCES[0]}, "length", "block"),
        ({"body": CLEAN.body + " Kill all women."}, "hate", "block"),
        ({"body": CLEAN.body + " The finest."}, "unsupported_superlative", "block"),
        ({"body": CLEAN.body + " As a Gold member."}, "reader_statement", "block"),
        ({"body": CLEAN.body + " So WARM."}, "all_capitals", "review"),
        ({"body": CLEAN.body + " So perfect."}, "blocklist", "review"),
        ({"body": CLEAN.body + " A sexy fit."}, "sexual", "review"),
        ({"body": CLEAN.body + " So warm!!"}, "style", "pass"),
    ],
)
def test_one_fault_decides(change, rule, decision):
    screened = agent().run(replace(CLEAN, **change), PASSAGES)
    assert rule in rules(screened)
    assert screened.decision.value == decision


@pytest.mark.parametrize(
    ("severity", "level"),
    [(0, None), (1, None), (2, Level.REVIEW), (3, Level.BLOCK), (6, Level.BLOCK)],
)
def test_each_category_has_its_own_thresholds(severity, level):
    report = scored(("violence", 0, 3), violence=severity)
    config = SafetyConfig(violence=Threshold(review_at=2, block_at=3))
    screened = agent(fixed(report), config).run(CLEAN, PASSAGES)
    assert [(f.level, f.text) for f in screened.findings] == ([(level, "The")] if level else [])


def test_a_score_without_marks_is_shown_on_every_part():
    report = scored(hate=4)
    screened = agent(fixed(report)).run(CLEAN, PASSAGES)
    assert [f.text for f in screened.findings] == [CLEAN.subject, CLEAN.preheader, CLEAN.body]


@pytest.mark.parametrize("basic", [True, False])
def test_the_outcome_says_whether_its_engine_is_basic(basic):
    screened = agent(fixed(scored(basic=basic))).run(CLEAN, PASSAGES)
    assert screened.basic is basic
    assert agent().run(CLEAN, PASSAGES).basic is True


def test_what_an_engine_finds_unsupported_is_looked_at():
    screen = ScriptedScreen(unsupported=((0, 3),))
    found = agent(screen).run(CLEAN, PASSAGES).findings
    assert [(f.rule, f.level, f.text) for f in found] == [
        ("ungrounded", Level.REVIEW, "The"),
        ("ungrounded", Level.REVIEW, "Mad"),
        ("ungrounded", Level.REVIEW, "The"),
    ]


def test_a_text_alone_has_no_subject_to_miss_and_no_length_to_keep():
    text = Message("", "", SENTENCES[0])
    screened = agent().run(text, PASSAGES, fields={TextField.BODY})
    assert screened.decision is ScreenDecision.PASS
    with_subject = agent().run(
        replace(text, subject="The Harbor jacket " * 4),
        PASSAGES,
        fields={TextField.SUBJECT, TextField.BODY},
    )
    assert rules(with_subject) == ["length"]


def test_the_brief_sets_lengths_and_words():
    brief = Brief("b", "g", words_min=5, words_max=20, must_say=("snow",), must_not_say=("wind",))
    found = agent().run(replace(CLEAN, body=SENTENCES[0]), PASSAGES, brief=brief).findings
    assert [(f.rule, f.text) for f in found] == [
        ("blocklist", "wind"), ("must_say", ""), ("blocklist", "wind"),
    ]  # fmt: skip


def test_the_brand_s_disclosures_and_required_words_are_asked_of_whole_messages_only():
    brand = BrandRules(
        required=("Tolman Row",),
        disclosures=(Disclosure("coats", ("Dry clean only.",), documents=("PRD-1",)),),
    )
    cited = (Citation("PRD-1", 1, "The Harbor jacket", 0, SENTENCES[0].strip()),)
    screened = agent(brand=brand).run(CLEAN, PASSAGES, citations=cited)
    assert rules(screened) == ["disclosure", "required"]
    assert screened.decision is ScreenDecision.BLOCK
    # A document that is allowed and not cited is not what the message is about.
    assert rules(agent(brand=brand).run(CLEAN, PASSAGES)) == ["required"]
    assert rules(agent(brand=brand).run(CLEAN, PASSAGES, fields={TextField.BODY})) == []


def test_a_body_that_is_hard_to_read_is_looked_at_in_english_only():
    brand = BrandRules(grade_max=3)
    assert rules(agent(brand=brand).run(CLEAN, PASSAGES)) == ["reading_grade"]
    german = Brief("b", "g", language="de")
    assert "reading_grade" not in rules(agent(brand=brand).run(CLEAN, PASSAGES, brief=german))


def test_the_brand_s_own_address_is_not_personal():
    body = CLEAN.body + " Come to 790 North Main Street."
    own = BrandRules(contacts=("790 North Main Street, Keene",))
    assert "personal_data" in rules(agent().run(replace(CLEAN, body=body), PASSAGES))
    found = rules(agent(brand=own).run(replace(CLEAN, body=body), PASSAGES))
    assert "personal_data" not in found


def test_a_message_longer_than_the_engine_takes_is_screened_whole():
    words = "kill them all"

    def finding(text):
        start = text.find(words)
        mark = ("violence", start, start + len(words))
        return scored(mark, violence=6) if start >= 0 else scored()

    screen = ScriptedScreen(finding, ScreenLimits(200, None))
    body = CLEAN.body + " They " + words + "."
    found = agent(screen).run(replace(CLEAN, body=body), PASSAGES).findings
    assert [(f.field, f.text) for f in found if f.rule == "violence"] == [(TextField.BODY, words)]
    assert len(screen.asked) > 1


def test_urgency_in_the_subject_may_rest_on_a_deadline_in_the_body():
    passage = Passage("OFF-1", 1, 0, "T", "promotion", "The offer ends on May 6, 2027.")
    message = Message("Last chance", "A word", "The offer ends on May 6, 2027.")
    brief = Brief("b", "g", words_min=1)
    assert rules(agent().run(message, [passage], brief=brief)) == []
    later = replace(message, body="The offer ends on May 7, 2027.")
    assert set(rules(agent().run(later, [passage], brief=brief))) == {
        "unsupported_urgency", "unsupported_date",
    }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text(), st.text() | st.text(alphabet="[]{}*$%9 aA!-@.", max_size=60))
def test_findings_are_exact_ordered_and_repeatable(subject, preheader, body):
    message = Message(subject, preheader, body)
    screened = agent().run(message, PASSAGES)
    order = list(TextField)
    places = [(order.index(f.field), f.start, f.end) for f in screened.findings]
    assert places == sorted(places)
    assert all(f.text == message.part(f.field)[f.start : f.end] for f in screened.findings)
    assert len(set(screened.findings)) == len(screened.findings)
    assert agent().run(message, PASSAGES) == screened
