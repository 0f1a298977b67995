"""What is said of readers, counted by DuckDB, agrees with plain pandas."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.content.audience_truth import counted_statements
from core.content.reader_findings import reader_findings
from core.models.customers import Column, ColumnKind, ColumnRole, Truth
from core.models.messages import Level, Message
from core.storage.audience_counts import categories, counts
from core.storage.tables import ParquetCustomers
from tests.unit.content.readers import DAY, Readers

TIERS, CITIES = ("Gold", "Silver", "Bronze"), ("Berlin", "New York", "O'Fallon")
KINDS = {
    "tier": ColumnKind.TEXT,
    "city": ColumnKind.TEXT,
    "past_year_spend": ColumnKind.NUMBER,
    "orders": ColumnKind.NUMBER,
    "last_order_date": ColumnKind.DATE,
    "newsletter": ColumnKind.YES_NO,
}
COLUMNS = tuple(
    Column(name, ColumnRole.ATTRIBUTE, kind, distinct=3, mentionable=True)
    for name, kind in KINDS.items()
)


def rows(most=40):
    maybe = st.none
    return st.lists(
        st.fixed_dictionaries(
            {
                "tier": st.sampled_from(TIERS) | maybe(),
                "city": st.sampled_from(CITIES) | maybe(),
                "past_year_spend": st.integers(0, 1000).map(float) | maybe(),
                "orders": st.integers(0, 8).map(float) | maybe(),
                "last_order_date": st.dates(DAY - timedelta(800), DAY) | maybe(),
                "newsletter": st.sampled_from(("yes", "no")) | maybe(),
            }
        ),
        max_size=most,
    )


AMOUNT = st.integers(1, 999)
STATEMENTS = st.one_of(
    st.sampled_from(TIERS).map(lambda t: (f"As a {t} member, hello.", "tier", lambda v: v == t)),
    st.sampled_from(TIERS).map(
        lambda t: (f"You are not a {t} member.", "tier", lambda v: v != t)
    ),
    st.sampled_from(CITIES).map(lambda c: (f"You live in {c}.", "city", lambda v: v == c)),
    AMOUNT.map(
        lambda a: (
            f"You spent over ${a} with us in the past year.", "past_year_spend", lambda v: v > a
        )
    ),
    AMOUNT.map(
        lambda a: (
            f"In the past year you spent less than ${a}.", "past_year_spend", lambda v: v < a
        )
    ),
    st.integers(1, 8).map(
        lambda n: (f"You have placed at least {n} orders.", "orders", lambda v: v >= n)
    ),
    st.integers(1, 24).map(
        lambda n: (
            f"It has been more than {n} months since your last order.",
            "last_order_date",
            lambda v: v < (pd.Timestamp(DAY) - pd.DateOffset(months=n)).date(),
        )
    ),
    st.integers(1, 400).map(
        lambda n: (
            f"You ordered within the last {n} days.",
            "last_order_date",
            lambda v: DAY - timedelta(n) <= v <= DAY,
        )
    ),
    st.just(
        (
            "Your last order was last month.",
            "last_order_date",
            lambda v: (v.year, v.month) == (2026, 10),
        )
    ),
    st.just(("You subscribed to our newsletter.", "newsletter", lambda v: v == "yes")),
)  # fmt: skip


def table(path, made):
    frame = pd.DataFrame(made, columns=list(KINDS)).astype(object)
    frame.insert(0, "customer_id", [f"C{i}" for i in range(len(made))])
    types = {ColumnKind.NUMBER: "DOUBLE", ColumnKind.DATE: "DATE"}
    casts = ", ".join(
        f'CAST("{n}" AS {types.get(k, "VARCHAR")}) AS "{n}"' for n, k in KINDS.items()
    )
    with duckdb.connect() as connection:
        connection.register("frame", frame.where(frame.notna(), None))
        connection.execute(
            f"COPY (SELECT customer_id, {casts} FROM frame) TO '{path}' (FORMAT parquet)"  # noqa: S608
        )
    return ParquetCustomers(Path(path), COLUMNS)


@dataclass(frozen=True)
class Stored(Readers):
    """Readers whose statements are counted in their table."""

    table: ParquetCustomers | None = None

    def count(self, rules):
        assert self.table is not None
        return counts(self.table, rules)


def readers(customers):
    values = {"tier": TIERS, "city": CITIES}
    return Stored(COLUMNS, (), values=values, table=customers)


@settings(max_examples=120, deadline=None)
@given(rows(), st.lists(STATEMENTS, min_size=1, max_size=4))
def test_every_count_is_that_of_plain_pandas(made, statements):
    with TemporaryDirectory() as folder:
        customers = table(f"{folder}/d.parquet", made)
        body = "\n\n".join(text for text, _, _ in statements)
        found = counted_statements(Message("Hello", "Hello", body), (), readers(customers))
    assert len(found) == len(statements)
    frame = pd.DataFrame(made, columns=list(KINDS)).astype(object)
    for each, (text, column, holds) in zip(found, statements, strict=True):
        known = frame[column].dropna()
        true = int(known.map(holds).sum()) if len(known) else 0
        expected = Truth(true, len(known) - true, len(frame) - len(known))
        assert each.counted is not None
        assert each.counted.truth == expected, text


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.data())
def test_a_segment_with_so_many_false_customers_says_so_many(size, data):
    false = data.draw(st.integers(0, size))
    made = [{"tier": "Silver" if i < false else "Gold"} for i in range(size)]
    with TemporaryDirectory() as folder:
        audience = readers(table(f"{folder}/d.parquet", made))
        message = Message("Hello", "Hello", "As a Gold member, hello.")
        found = reader_findings(message, counted_statements(message, (), audience), COLUMNS)
    if not false:
        assert found == ()
        return
    assert found[0].level is Level.BLOCK
    assert found[0].truth == Truth(size - false, false, 0)
    assert f"True for {size - false} of {size}" in found[0].explanation
    assert f"{false} Silver" in found[0].explanation


def test_gold_to_silver_and_bronze_reads_as_a_person_says_it(tmp_path):
    made = [{"tier": "Silver"}] * 83 + [{"tier": "Bronze"}] * 62
    audience = readers(table(tmp_path / "d.parquet", made))
    message = Message("Hello", "Hello", "As a Gold member, you shop early.")
    (found,) = reader_findings(message, counted_statements(message, (), audience), COLUMNS)
    assert "True for 0 of 145. 83 Silver, 62 Bronze." in found.explanation


def test_a_range_stands_for_numbers_and_dates(tmp_path):
    made = [{"orders": 2.0, "last_order_date": date(2026, 1, 5)}, {"orders": 9.0}]
    found = counts(
        table(tmp_path / "d.parquet", made), ["orders > 3", "last_order_date < '2025-01-01'"]
    )
    assert [c.span for c in found] == [
        "orders from 2.0 to 9.0",
        "last_order_date from 2026-01-05 to 2026-01-05",
    ]


def test_a_column_that_is_not_there_is_unknown_for_everybody(tmp_path):
    (found,) = counts(table(tmp_path / "d.parquet", [{"tier": "Gold"}] * 3), ["shoe_size > 40"])
    assert found.truth == Truth(0, 0, 3)


def test_the_values_of_text_are_listed_with_the_most_frequent_first(tmp_path):
    made = [{"tier": "Silver"}, {"tier": "Silver"}, {"tier": "Gold"}, {"city": "Berlin"}]
    assert categories(table(tmp_path / "d.parquet", made)) == {
        "tier": ("Silver", "Gold"),
        "city": ("Berlin",),
    }


@pytest.mark.parametrize("value", ["O'Fallon", 'say "hi"', "a; DROP TABLE x", "{{ x }}"])
def test_a_value_is_only_ever_a_value(tmp_path, value):
    made = [{"city": value}, {"city": "Berlin"}]
    rule = "city = '" + value.replace("'", "''") + "'"
    (found,) = counts(table(tmp_path / "d.parquet", made), [rule])
    assert found.truth == Truth(1, 1, 0)
