"""What a message says of its reader is counted, and blocks unless it is true of everybody."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from core.content.audience_truth import counted_statements, reader_statements
from core.content.reader_findings import reader_findings
from core.content.reader_repairs import conditional, without
from core.content.reader_time import before, time_in
from core.models.audience import KnownColumn
from core.models.content import Passage
from core.models.customers import ColumnKind
from core.models.messages import Level, Message, TextField
from core.rules import parse
from tests.unit.content.readers import COLUMNS, DAY, SHOP, Readers, column

BODY = TextField.BODY
CASES = yaml.safe_load((Path(__file__).parent / "reader_statements.yaml").read_text())


def stated(text, readers=SHOP, passages=()):
    return reader_statements(text, BODY, passages, readers)


def findings(body, readers, passages=()):
    message = Message("Hello", "Hello", body)
    counted = counted_statements(message, passages, readers)
    return reader_findings(message, counted, readers.columns if readers else ())


def gold(silver, bronze, gold=0, missing=0):
    tiers = ["Gold"] * gold + ["Silver"] * silver + ["Bronze"] * bronze + [None] * missing
    rows = tuple({"tier": tier} for tier in tiers)
    values = {"tier": ("Gold", "Silver", "Bronze")}
    return Readers((column("tier", ColumnKind.TEXT),), rows, values=values)


@pytest.mark.parametrize(("text", "rule"), CASES["counted"])
def test_a_statement_becomes_a_rule_over_the_columns(text, rule):
    assert parse(rule) in [parse(s.rule) for s in stated(text) if s.rule]


@pytest.mark.parametrize("text", CASES["unknown"])
def test_a_statement_that_no_column_answers_blocks(text):
    readers = replace(SHOP, rows=({"city": "Berlin", "tier": "Gold"},))
    assert Level.BLOCK in [f.level for f in findings(text, readers)]


@pytest.mark.parametrize("text", CASES["none"])
def test_what_says_nothing_of_the_reader_is_let_through(text):
    assert stated(text) == ()


def test_a_gold_member_among_silver_and_bronze_is_true_for_none():
    (found,) = findings("As a Gold member, you shop early.", gold(83, 62))
    assert found.level is Level.BLOCK
    assert "True for 0 of 145" in found.explanation
    assert (found.truth.true, found.truth.false, found.truth.unknown) == (0, 145, 0)


@pytest.mark.parametrize(
    ("readers", "blocked"),
    [
        (gold(0, 0, gold=9), False),
        (gold(1, 0, gold=9), True),
        (gold(0, 0, gold=9, missing=1), True),  # unknown is not true
        (gold(0, 0), True),  # of nobody nothing is true
    ],
)
def test_only_what_is_true_of_everybody_may_be_said(readers, blocked):
    assert bool(findings("As a Gold member, you shop early.", readers)) is blocked


def test_a_missing_value_is_unknown_and_never_false():
    (found,) = findings("As a Gold member, you shop early.", gold(0, 0, gold=2, missing=3))
    assert (found.truth.true, found.truth.false, found.truth.unknown) == (2, 0, 3)
    assert "unknown for 3" in found.explanation


def test_without_an_audience_a_statement_blocks():
    (found,) = findings("As a Gold member, you shop early.", None)
    assert found.level is Level.BLOCK
    assert "No audience is named" in found.explanation


def test_what_may_not_be_mentioned_blocks_even_when_it_is_true():
    columns = (column("tier", ColumnKind.TEXT, mentionable=False),)
    (found,) = findings(
        "As a Gold member, you shop early.", replace(gold(0, 0, 5), columns=columns)
    )
    assert "may not be mentioned" in found.explanation
    assert "True for 5 of 5" in found.explanation


APPROVED = "As a Gold member you see it first."


def said_for(audience):
    return [Passage("PRM-9", 1, 0, "T", "promotion", f"Hello. {APPROVED}", audience=audience)]


@pytest.mark.parametrize(
    ("audience", "readers", "blocked"),
    [
        ("everyone", gold(1, 1), False),
        ("tier = 'Gold'", gold(0, 0, gold=3), False),
        ("tier = 'Gold'", gold(1, 0, gold=3), True),
        ("tier = 'Gold'", gold(0, 0, gold=3, missing=1), True),
        ("no_such_column = 'Gold'", gold(0, 0, gold=3), True),
        ("tier = 'Gold'", None, True),
        ("everyone", None, False),
    ],
)
def test_an_approved_sentence_rests_on_the_audience_of_its_document(audience, readers, blocked):
    found = findings(APPROVED, readers, said_for(audience))
    assert bool(found) is blocked
    assert all("PRM-9" in f.explanation for f in found)


def test_an_approved_sentence_that_was_changed_has_no_exemption():
    changed = APPROVED.replace("first", "early")
    assert findings(changed, gold(1, 1), said_for("everyone"))


@pytest.mark.parametrize(
    ("text", "rows", "true"),
    [
        ('{% if tier == "Gold" %}As a Gold member, hello.{% endif %}', gold(4, 0, 2), True),
        ('{% if tier == "Gold" %}As a Gold member, hello.{% endif %}', gold(4, 0, 2, 3), True),
        ('{% if tier == "Silver" %}As a Gold member, hello.{% endif %}', gold(4, 0, 2), False),
        ('{% if tier == "Gold" %}Hi.{% else %}As a Silver member.{% endif %}', gold(4, 0, 2), True),
        ('{% if tier == "Gold" %}Hi.{% else %}As a Silver member.{% endif %}', gold(4, 1), False),
        # Whoever has no tier gets the second text.
        (
            '{% if tier == "Gold" %}Hi.{% else %}As a Silver member.{% endif %}',
            gold(4, 0, 2, 1),
            False,
        ),
    ],
)
def test_a_conditional_text_has_to_be_true_of_those_who_get_it(text, rows, true):
    assert (findings(text, rows) == ()) is true


@pytest.mark.parametrize(
    ("text", "readers", "true"),
    [
        ('As a {{ tier | default: "valued" }} customer, hello.', gold(2, 1, 3, missing=1), True),
        ('As a {{ tier | default: "Gold" }} member, hello.', gold(2, 1, 3), True),
        ('As a {{ tier | default: "Gold" }} member, hello.', gold(2, 1, 3, missing=1), False),
        # A tier is no place.
        ('You live in {{ tier | default: "town" }}.', gold(2, 1, 3), False),
    ],
)
def test_what_is_filled_in_is_true_of_those_who_have_a_value(text, readers, true):
    assert (findings(text, readers) == ()) is true


@pytest.mark.parametrize(
    "text",
    [
        "You spent over $500 on dresses.",
        "You spent over $500 in our Berlin store.",
        "You ordered twice by phone.",
        "As a Gold member since 2020, hello.",
        "You shop by phone with your daughter.",
        "You bought menswear last month.",
        "You signed up for our newsletter in May.",
        "Nine weeks or so since your last order, hello.",
        "You spent about $500 with us last year.",
        "You spent over $500 with us last month.",
        "You have placed more than five orders this year.",
    ],
)
def test_a_statement_of_which_a_part_cannot_be_counted_is_not_counted_at_all(text):
    assert all(s.rule is None for s in stated(text))
    assert stated(text)


def second(name, kind):
    return yaml.safe_load((Path(__file__).parent / name).read_text())[kind]


@pytest.mark.parametrize(
    ("name", "least"), [("reader_held_out.yaml", 0.97), ("reader_last_set.yaml", 0.6)]
)
def test_most_statements_nobody_had_in_mind_are_found_and_nothing_else(name, least):
    reader = second(name, "reader")
    found = [text for text in reader if stated(text)]
    assert len(found) / len(reader) >= least
    assert [text for text in second(name, "not_reader") if stated(text)] == []


def test_two_repairs_and_a_narrower_audience_are_offered():
    body = "Hello.\n\nAs a Gold member, you shop early. It is warm."
    (found,) = findings(body, gold(2, 1, gold=1))
    assert found.repairs == (
        "Remove the sentence: As a Gold member, you shop early.",
        'Make it conditional: {% if tier == "Gold" %}As a Gold member, you shop early.{% endif %}',
        "Narrow the audience of the whole campaign: tier = 'Gold'",
    )


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("Hi. As a Gold member, hello. Bye.", "Hi. Bye."),
        ("As a Gold member, hello. Bye.", "Bye."),
        ("Hi. As a Gold member, hello.", "Hi."),
        ("Hi.\n\nAs a Gold member, hello.\n\nBye.", "Hi.\n\nBye."),
        ("Hi.\n\nAs a Gold member, hello.", "Hi."),
        ("As a Gold member, hello.\n\nBye.", "Bye."),
        ('Hi.{% if tier == "Gold" %} As a Gold member.{% endif %} Bye.', None),
    ],
)
def test_a_sentence_goes_without_leaving_a_gap(body, left):
    (statement,) = stated(body)
    after = without(body, statement)
    assert "As a Gold" not in after
    assert left is None or after == left


@pytest.mark.parametrize("body", ["Hi. As a Gold member, hello. Bye.", "As a Gold member, hello."])
def test_a_conditional_sentence_holds_for_everybody(body):
    readers = gold(3, 2, gold=4, missing=1)
    (statement,) = stated(body, readers)
    changed = conditional(body, statement, readers.columns)
    assert changed is not None
    assert findings(body, readers)
    assert findings(changed, readers) == ()


def test_a_column_means_what_a_person_says():
    columns = (column("klasse", ColumnKind.TEXT), column("n", ColumnKind.NUMBER))
    rows = ({"klasse": "Gold", "n": 7.0},)
    readers = Readers(columns, rows, known=(KnownColumn("n", "orders"),))
    assert findings("You have placed more than five orders.", readers) == ()
    assert findings("You have placed more than five orders.", replace(readers, known=()))


def test_two_columns_that_may_be_meant_block_and_are_named():
    columns = (column("orders_web", ColumnKind.NUMBER), column("orders_store", ColumnKind.NUMBER))
    (found,) = findings("You ordered twice.", Readers(columns, ({"orders_web": 2.0},)))
    assert "orders_web and orders_store" in found.explanation


RECENCY = (column("recency_months", ColumnKind.NUMBER),)


@pytest.mark.parametrize(
    ("text", "data_day", "months", "true"),
    [
        ("It has been more than six months since your last order.", DAY, 7.0, True),
        ("It has been more than six months since your last order.", DAY, 6.0, False),
        # Two months have passed since the data was taken in.
        ("It has been more than six months since your last order.", date(2026, 9, 20), 5.0, True),
        ("You ordered within the last twelve months.", DAY, 12.0, True),
        ("You ordered within the last twelve months.", date(2026, 11, 1), 12.0, False),
        ("You ordered within the last twelve months.", date(2026, 11, 1), 11.0, True),
        ("It has been more than 200 days since your last order.", DAY, 12.0, False),  # other unit
        ("Since your last order in March, much is new.", DAY, 8.0, False),  # needs a date
    ],
)
def test_months_since_an_order_count_up_to_the_day_of_the_data(text, data_day, months, true):
    readers = Readers(RECENCY, ({"recency_months": months},), data_day=data_day)
    assert (findings(text, readers) == ()) is true


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("in March", date(2026, 3, 1), date(2026, 3, 31)),
        ("in December", date(2025, 12, 1), date(2025, 12, 31)),
        ("in February 2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("last month", date(2026, 10, 1), date(2026, 10, 31)),
        ("last year", date(2025, 1, 1), date(2025, 12, 31)),
        ("last week", date(2026, 11, 9), date(2026, 11, 15)),
        ("yesterday", date(2026, 11, 21), date(2026, 11, 21)),
        ("in the past twelve months", date(2025, 11, 22), DAY),
        ("in 2024", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_time_is_seen_from_the_day_of_the_send(text, low, high):
    found = time_in(text, DAY)
    assert found is not None
    assert (found.low, found.high) == (low, high)


def test_a_month_earlier_is_the_last_day_of_a_shorter_month():
    assert before(date(2026, 3, 31), 1, "month") == date(2026, 2, 28)
    assert before(date(2024, 2, 29), 1, "year") == date(2023, 2, 28)


def test_all_statements_of_a_message_are_counted_in_one_question():
    asked = []

    class Counting(Readers):
        def count(self, rules):
            asked.append(rules)
            return super().count(rules)

    readers = Counting(COLUMNS, ({"tier": "Gold", "city": "Berlin"},))
    message = Message(
        "As a Gold member", "You live in Berlin.", "You shop by phone. You ordered twice."
    )
    assert len(counted_statements(message, (), readers)) == 4
    assert len(asked) == 1
