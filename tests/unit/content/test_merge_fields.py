"""Merge fields: strictly read, screened as they may render, filled in as words only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content.merge_dialects import DIALECTS, compiled
from core.content.merge_fields import (
    default_text,
    merge_findings,
    message_readings,
    names,
    readings,
    rendered,
    spans,
)
from core.content.merge_slots import slots_of
from core.errors import BadInput
from core.models.customers import Column, ColumnKind, ColumnRole
from core.models.merge_fields import MergeField, merge_fields, usable
from core.models.messages import Finding, Level, Message, TextField

BODY = TextField.BODY
NAME = MergeField("first_name", "First Name", customers=10, missing=2)
TIER = MergeField("tier", "tier", customers=10)
YEARS = MergeField("years", "years", ColumnKind.NUMBER, 10, 0)
SINCE = MergeField("since", "since", ColumnKind.DATE, 10, 0)
FIELDS = (NAME, TIER, YEARS, SINCE)
GREETING = 'Hello {{ first_name | default: "there" }},'

GOOD = [
    GREETING,
    "{{first_name|capitalize|default:'you'}}",
    "{{ tier }} members",  # known of everybody
    '{% if tier == "Gold" %}One.{% else %}Two.{% endif %}',
    '{% if tier != "Gold" %}One.{% endif %}',
    "{% if years >= 2.5 %}One.{% endif %}",
    "No braces at all, 5 % off, {single} or not.",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_is_well_formed_and_known_is_allowed(text):
    assert merge_findings(text, BODY, FIELDS) == ()


BAD = [
    ("Hello {{ first_name", "{{ first_name", "not closed"),
    ("Hello {{ first_name }", "{{ first_name ", "not closed"),
    ("Hello }} you", "}}", "not closed"),
    ("Hello {{ }}", "{{ }}", "is written"),
    ("{{ first_name }}, hello", "{{ first_name }}", "not known of 2 of 10 readers"),
    ('{{ city | default: "x" }}', '{{ city | default: "x" }}', "no field 'city'"),
    ('{{ first_name | default: "x" | date: "%d" }}', "{{ first_name", "no other filters"),
    ("{{ first_name | default: tier }}", "{{ first_name", "no other filters"),
    ('{{ first_name | default: "x", allow_false: true }}', "{{ first_name", "no other filters"),
    ("{{ tier.name }}", "{{ tier.name }}", "is written"),
    ('{{ tier["name"] }}', '{{ tier["name"] }}', "is written"),
    ('{{ "Gold" }}', '{{ "Gold" }}', "is written"),
    ("{{- tier -}}", "{{- tier -}}", "is written"),
    ("{% for a in b %}x{% endfor %}", "{% for a in b %}", "conditional text is written"),
    ("{% include 'x' %}", "{% include 'x' %}", "conditional text is written"),
    ("{% if tier %}x{% endif %}", "{% if tier %}", "one comparison"),
    ('{% if tier == "a" and years > 1 %}x{% endif %}', '{% if tier == "a"', "one comparison"),
    ('{% if tier == "a" %}x', '{% if tier == "a" %}', "has no end"),
    ('{% if tier == "a" %}x{% elsif tier == "b" %}y{% endif %}', "{% elsif", "may stand here"),
    (
        '{% if tier == "a" %}{% if tier == "b" %}x{% endif %}{% endif %}',
        '{% if tier == "b" %}',
        "may stand here",
    ),
    ("x {% endif %}", "{% endif %}", "conditional text is written"),
    ("{% if tier > 2 %}x{% endif %}", "{% if tier > 2 %}", "is a text"),
    ('{% if years == "2" %}x{% endif %}', "{% if years", "is a number"),
    ('{% if since == "2020-01-01" %}x{% endif %}', "{% if since", "is a date"),
    ('{% if first_name != "Jo" %}x{% endif %}', "{% if first_name", "!= would hold"),
    ('{% if tier < "Gold" %}x{% endif %}', "{% if tier", "has no order"),
    ("Take {{ years }} percent off", "{{ years }}", "a discount"),
    ("It costs ${{ years }} only", "{{ years }}", "a price"),
]


@pytest.mark.parametrize(("text", "start", "why"), BAD)
def test_what_cannot_be_sent_blocks_at_its_place(text, start, why):
    found = merge_findings(text, BODY, FIELDS)
    assert {f.level for f in found} == {Level.BLOCK}
    (named,) = [f for f in found if why in f.explanation][:1]
    assert text[named.start : named.end] == named.text
    assert named.text.startswith(start)


def test_more_conditions_than_anybody_can_read_are_refused():
    one = '{% if tier == "a" %}x{% endif %} '
    assert merge_findings(one * 3, BODY, FIELDS) == ()
    assert "At most 3" in merge_findings(one * 4, BODY, FIELDS)[0].explanation


def test_where_nobody_knows_the_readers_a_field_is_left_to_a_person():
    (found,) = merge_findings(GREETING, BODY, None)
    assert found.level is Level.REVIEW
    (found,) = merge_findings("Hello {{ first_name }},", BODY, None)
    assert found.level is Level.BLOCK


def test_spans_are_those_of_well_formed_marks_only():
    text = f'{GREETING} {{{{ you {{% if tier == "a" %}}x{{% endif %}}'
    assert [text[a:b] for a, b in spans(text)] == [
        '{{ first_name | default: "there" }}',
        '{% if tier == "a" %}',
        "{% endif %}",
    ]


def test_every_branch_is_read_and_a_finding_leads_back_to_its_place():
    body = (
        '{% if tier == "Gold" %}Gold is $5.{% else %}Hello.{% endif %} {{ tier | default: "A" }}!'
    )
    message = Message("S", "P", body)
    read = message_readings(message)
    assert [r.message.body for r in read] == ["Gold is $5. A!", "Hello. A!"]
    for reading, said, stands in (
        (read[0], "$5", "$5"),
        (read[1], "A!", '{{ tier | default: "A" }}!'),
    ):
        start = reading.message.body.index(said)
        found = Finding("r", Level.BLOCK, BODY, start, start + len(said), said, "")
        back = reading.back(found, message)
        assert back.text == stands
        assert body[back.start : back.end] == stands


def test_a_message_without_fields_is_read_once_as_it_stands():
    message = Message("Subject", "Preheader", "Body {one} of it.")
    (reading,) = message_readings(message)
    assert reading.message == message
    found = Finding("r", Level.NOTE, BODY, 5, 10, "{one}", "")
    assert reading.back(found, message) == found


SAMPLES = [
    "O'Brien",
    "李小龍",
    "Zoë",
    "عبد الرحمن",
    "Wolfeschlegelsteinhausenbergerdorff",
    "x" * 80,
]
HOSTILE = [
    "{{ tier }}",
    "{% raw %}",
    "<b>Bo</b>",
    "<script>alert(1)</script>",
    "*|FNAME|*",
    "%%first%%",
    "http://evil.example",
    "www.evil.example",
    "[link](x)",
    "back\\slash",
    "x" * 81,
    "a\x00b",
    "",
    "   ",
    None,
]


@pytest.mark.parametrize("value", SAMPLES)
def test_every_name_of_a_person_is_filled_in_as_it_is(value):
    assert usable(value) == value
    assert rendered(GREETING, {"first_name": usable(value)}) == f"Hello {value},"


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_that_is_no_plain_word_gives_way_to_the_default(value):
    assert usable(value) is None
    assert rendered(GREETING, {"first_name": usable(value)}) == "Hello there,"


@given(st.text(max_size=30))
def test_a_value_is_never_read_as_a_template(value):
    text = "Hi {{ tier }}."
    assert rendered(text, {"tier": value or "x"}) == f"Hi {value or 'x'}."


@pytest.mark.parametrize(
    ("comparison", "value", "holds"),
    [
        ('tier == "Gold"', "Gold", True),
        ('tier == "Gold"', None, False),
        ('tier != "Gold"', "Silver", True),
        ("years > 2", "10", True),  # as numbers: "10" would come before "2"
        ("years >= 2.5", "2.5", True),
        ("years < 2", None, False),
        ("years <= 2", "3", False),
        ("years == 2", "no number", False),
    ],
)
def test_a_condition_compares_as_the_sender_does(comparison, value, holds):
    name = comparison.split()[0]
    text = f"{{% if {comparison} %}}yes{{% else %}}no{{% endif %}}"
    assert rendered(text, {name: value}) == ("yes" if holds else "no")


def test_fields_come_from_what_may_be_mentioned_and_the_first_name():
    columns = (
        Column("First Name", ColumnRole.PERSONAL, ColumnKind.TEXT),
        Column("forename", ColumnRole.PERSONAL, ColumnKind.TEXT),
        Column("email", ColumnRole.PERSONAL, ColumnKind.TEXT),
        Column("Loyalty tier", ColumnRole.ATTRIBUTE, ColumnKind.TEXT, mentionable=True),
        Column("income", ColumnRole.ATTRIBUTE, ColumnKind.NUMBER),
        Column("2024", ColumnRole.ATTRIBUTE, ColumnKind.NUMBER, mentionable=True),
    )
    found = merge_fields(columns)
    assert [(f.name, f.column) for f in found] == [
        ("first_name", "First Name"),
        ("loyalty_tier", "Loyalty tier"),
    ]


def test_names_lists_what_a_message_needs():
    message = Message(
        '{{ tier | default: "a" }}', "P", f"{GREETING} {{% if years > 1 %}}x{{% endif %}}"
    )
    assert names(message) == ("tier", "first_name", "years")
    assert default_text(message.body) == "Hello there, "
    assert [r.text for r in readings(message.subject)] == ["a"]


TEXT = (
    'Hi {{ first_name | capitalize | default: "you" }}'
    '{% if tier == "Gold" %}!{% else %}.{% endif %}'
)
COMPILED = {
    "generic": (
        'Hi {{ first_name | default: "you" }}{% if tier_choice == "first" %}!{% else %}.{% endif %}'
    ),
    "braze": (
        'Hi {{ custom_attribute.${first_name} | default: "you" }}'
        '{% if custom_attribute.${tier_choice} == "first" %}!{% else %}.{% endif %}'
    ),
    "customerio": (
        'Hi {{ customer.first_name | default: "you" }}'
        '{% if customer.tier_choice == "first" %}!{% else %}.{% endif %}'
    ),
    "klaviyo": (
        "Hi {{ person|lookup:'first_name'|default:\"you\"|safe }}"
        "{% if person|lookup:'tier_choice' == 'first' %}!{% else %}.{% endif %}"
    ),
    "mailchimp": "Hi *|first_name|**|IF:tier_choice=first|*!*|ELSE:|*.*|END:IF|*",
}


@pytest.mark.parametrize("sender", sorted(COMPILED))
def test_each_sender_gets_its_own_syntax(sender):
    assert compiled(TEXT, DIALECTS[sender]) == COMPILED[sender]


def test_in_html_the_sender_escapes_the_value():
    assert compiled(GREETING, DIALECTS["generic"], html=True) == (
        'Hello {{ first_name | default: "there" | escape }},'
    )


@pytest.mark.parametrize(
    ("sender", "text", "why"),
    [
        ("mailchimp", "Hi *|FNAME|*", "would take for a merge field"),
        ("klaviyo", "A {# note #} B", "would take for a merge field"),
        ("mailchimp", '{{ tier | default: "*|X" }}', "would take for a merge field"),
        ("mailchimp", '{{ tier | default: " Gold" }}', "begins or ends with a space"),
        ("braze", '{{ tier | default: "<b>" }}', "holds markup"),
        ("klaviyo", '{{ tier | default: "&copy; us" }}', "holds markup"),
        ("generic", "{{ tier", "cannot be read"),
    ],
)
def test_what_a_sender_would_change_is_refused(sender, text, why):
    with pytest.raises(BadInput, match=why):
        compiled(text, DIALECTS[sender], html=True)


def test_a_place_that_differs_has_a_column_of_its_own_and_the_words_of_the_preview():
    body = (
        '{{ a }} {{ a | upcase }} {{ a }} {% if a == "x" %}{{ a_2 }}{% endif %}'
        '{% if a == "x" %}y{% endif %}{% if a > 1 %}z{% endif %}'
    )
    found = slots_of(Message("", "", body))
    assert [s.name for s in found] == ["a", "a_2", "a_choice", "a_2_2", "a_choice_2"]
    assert [s.filled("x") for s in found] == ["x", "X", "first", "x", "other"]
    assert [s.missing for s in found] == ["", "", "other", "", "other"]
    assert [s.as_it_is for s in found] == [True, False, False, True, False]
