"""The rule language: what it says, what it refuses, and that SQL agrees with Python."""

from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadInput, NotFound
from core.models.customers import Column, ColumnKind, ColumnRole
from core.rules import (
    Comparison,
    Conjunction,
    Disjunction,
    Everyone,
    Missing,
    Negation,
    OneOf,
    Operator,
    columns_of,
    holds,
    in_words,
    parse,
)
from core.storage.sql_rules import predicate

ROW = {
    "spend": 612.5,
    "orders": 3,
    "mens": "Yes",
    "opted": True,
    "area": "Urban",
    "joined": date(2024, 5, 1),
    "zip code": "O'Brien",
    "unknown": None,
    "nan": float("nan"),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("   ", True),
        ("everyone", True),
        ("Everyone", True),
        ("not everyone", False),
        ("spend >= 500", True),
        ("spend>=500 AND mens=yes", True),
        ("spend < 500 or area = 'Urban'", True),
        ("not spend < 500", True),
        ("spend between 600 and 700", True),
        ("spend between 1e3 and 2e3", False),
        ("orders = 3.0", True),
        ("orders != -3", True),
        ("area in ('Urban', 'Rural')", True),
        ("area not in ('Urban', 'Rural')", False),
        ("area = 'urban'", False),  # text is compared as it is
        ("mens = 'YES'", True),  # yes and no are not
        ("mens = true", True),
        ("mens != no", True),
        ("opted = 'yes'", True),
        ("opted = false", False),
        ("joined >= '2024-05-01'", True),
        ("joined < '2024-01-01'", False),
        ("\"zip code\" = 'O''Brien'", True),
        ("unknown = 1", None),
        ("not unknown = 1", None),
        ("nan > 1", None),
        ("absent = 'x'", None),
        ("unknown = 1 and spend < 1", False),
        ("unknown = 1 and spend > 1", None),
        ("unknown = 1 or spend > 1", True),
        ("unknown in (1, 2)", None),
        ("unknown is missing", True),
        ("spend is not missing", True),
        ("(spend > 1 or orders > 9) and not (area = 'Rural')", True),
        ("spend > 1 or orders > 9 and area = 'Rural'", True),  # and binds tighter
    ],
)
def test_a_rule_holds_as_sql_would_say(text, expected):
    assert holds(parse(text), ROW) is expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spend >=", "at character 9: found the end"),
        ("spend 500", "at character 7: found 500, expected a comparison"),
        ("area = Urban", "text needs quotes: 'Urban'"),
        ("area = 'Urban", "never closed"),
        ('"" = 1', "an empty column name"),
        ("500 = spend", "expected a column name"),
        ("(spend > 1", "expected ')'"),
        ("spend > 1)", "expected 'and', 'or' or the end"),
        ("spend == 1", "at character 8"),
        ("spend > 1 spend < 2", "at character 11: found spend"),
        ("area in ()", "expected a number"),
        ("area in 'x'", "expected '('"),
        ("area not = 'x'", "expected 'in'"),
        ("area is 'x'", "expected 'missing'"),
        ("and = 1", "found and"),
        ("spend > 1e999", "found 1e999"),
        ("spend > €5", "found '€'"),
        ("a = '\x00'", "not text"),
        ("a = '\ud800'", "not text"),
        ("(" * 60 + "a = 1" + ")" * 60, "nested"),
        ("not " * 60 + "a = 1", "nested"),
        ("a = 1 or " * 3000, "at most 10,000 characters"),
    ],
)
def test_what_is_not_a_rule_is_refused_with_the_place(text, said):
    with pytest.raises(BadInput) as refused:
        parse(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "everyone"),
        ("spend >= 500 and mens = yes", "spend at least 500 and mens is yes"),
        ("a in (1, 2.5, 'x') or b != 'y'", "a is 1, 2.5 or x or b is not y"),
        ("a < 1 and (b > 2 or c <= 3)", "a below 1 and (b above 2 or c at most 3)"),
        ("not a is missing", "not (a is missing)"),
    ],
)
def test_a_rule_can_be_read_aloud(text, words):
    assert in_words(parse(text)) == words


def test_the_columns_of_a_rule():
    assert columns_of(parse('a = 1 and not ("b c" in (1) or d is missing)')) == {"a", "b c", "d"}


@pytest.mark.parametrize(
    "text", ["spend = 'x'", "area > 'A'", "area = 5", "mens < 1", "joined = '1 May'", "spend = yes"]
)
def test_values_of_another_kind_are_refused(text):
    with pytest.raises(BadInput):
        holds(parse(text), ROW)


@given(st.text() | st.text(alphabet="ab ()'\"=<>!,.019andortisyebwmg-"))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_rule_or_bad_input(text):
    try:
        rule = parse(text)
    except BadInput:
        return
    assert isinstance(in_words(rule), str)


COLUMNS = (
    Column("n", ColumnRole.ATTRIBUTE, ColumnKind.NUMBER),
    Column('odd "name"', ColumnRole.ATTRIBUTE, ColumnKind.TEXT),
    Column("flag", ColumnRole.ATTRIBUTE, ColumnKind.YES_NO),
    Column("day", ColumnRole.ATTRIBUTE, ColumnKind.DATE),
)
WORDS = st.sampled_from(
    ["", "yes", "YES", "no", "true", "Urban", "O'Brien", "%", "ß", "\u017f", "\\"]
)
NUMBERS = st.sampled_from([-1.5, 0.0, -0.0, 1.0, 2.0, 1e300, 0.1])
DAYS = st.dates(date(2024, 1, 1), date(2024, 1, 4))
VALUES = {
    "n": NUMBERS,
    'odd "name"': WORDS,
    "flag": st.sampled_from(["yes", "No", "TRUE", True, False]),
    "day": DAYS.map(date.isoformat),
}
ORDERED = {"n", "day"}


@st.composite
def comparisons(draw):
    name = draw(st.sampled_from(list(VALUES)))
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return Missing(name)
    if kind == 1:
        return OneOf(name, tuple(draw(st.lists(VALUES[name], min_size=1, max_size=3))))
    operators = [op for op in Operator if name in ORDERED or not op.orders]
    return Comparison(name, draw(st.sampled_from(operators)), draw(VALUES[name]))


RULES = st.recursive(
    comparisons() | st.just(Everyone()),
    lambda parts: st.one_of(
        parts.map(Negation),
        st.lists(parts, min_size=2, max_size=3).map(lambda each: Conjunction(tuple(each))),
        st.lists(parts, min_size=2, max_size=3).map(lambda each: Disjunction(tuple(each))),
    ),
    max_leaves=6,
)
ROWS = st.fixed_dictionaries(
    {
        "n": st.none() | NUMBERS | st.just(float("nan")),
        'odd "name"': st.none() | WORDS,
        "flag": st.none() | st.sampled_from(["yes", "no"]),
        "day": st.none() | DAYS,
    }
)


@pytest.fixture(scope="module")
def database():
    connection = duckdb.connect()
    yield connection
    connection.close()


@given(rule=RULES, row=ROWS)
@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_sql_and_python_agree_for_every_rule_and_row(database, rule, row):
    table = (
        'SELECT CAST($1 AS DOUBLE) AS n, CAST($2 AS VARCHAR) AS "odd ""name""", '
        "CAST($3 AS VARCHAR) AS flag, CAST($4 AS DATE) AS day"
    )
    query = f"SELECT {predicate(rule, COLUMNS)} FROM ({table})"  # noqa: S608 - what is under test
    found = database.execute(query, [row[c.name] for c in COLUMNS]).fetchall()[0][0]
    assert found is holds(rule, row)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("n = 'x'", "n holds numbers"),
        ("flag = 1", "flag holds yes or no"),
        ("flag = 'maybe'", "flag holds yes or no"),
        ("day = 5", "day holds dates"),
        ("day > 'tomorrow'", "day holds dates"),
        ('"odd ""name""" = 5', "holds text"),
        ('"odd ""name""" = yes', "holds text"),
        ("flag > no", "has no order"),
    ],
)
def test_a_rule_that_does_not_fit_a_column_names_it_and_its_kind(text, said):
    with pytest.raises(BadInput, match="holds") as refused:
        predicate(parse(text), COLUMNS)
    assert said in str(refused.value)


def test_an_unknown_column_is_named_with_the_nearest():
    with pytest.raises(NotFound, match=r"no column 'flags'.*Did you mean flag"):
        predicate(parse("flags = yes"), COLUMNS)


@pytest.mark.parametrize("name", ['x"; DROP TABLE t; --', "a' OR '1'='1"])
def test_names_and_values_cannot_leave_their_quotes(database, name):
    column = Column(name, ColumnRole.ATTRIBUTE, ColumnKind.TEXT)
    quoted = '"' + name.replace('"', '""') + '"'
    text = "'" + name.replace("'", "''") + "'"
    sql = predicate(parse(f"{quoted} = {text}"), (column,))
    query = f"SELECT {sql} FROM (SELECT CAST($1 AS VARCHAR) AS {quoted})"  # noqa: S608 - what is under test
    assert database.execute(query, [name]).fetchall() == [(True,)]
