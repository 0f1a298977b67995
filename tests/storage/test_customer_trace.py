"""One customer in the tables: all of their rows, nobody else's, and why an address fails."""

import duckdb
import pytest

from core.storage.customer_trace import address_problem, rows_of
from core.storage.recipient_rows import NO_ADDRESS, SHARED_ADDRESS


@pytest.fixture
def tables(tmp_path):
    dataset, assigned = tmp_path / "dataset-a.parquet", tmp_path / "assignments-b.parquet"
    duckdb.sql(
        f"""COPY (FROM (VALUES ('C1', 'a@x.example', 1.5), ('C2', 'A@x.example', 2.0),
        ('C3', 'no address', NULL), ('C4', 'd@x.example', 3.0), ('O''Neil', NULL, 4.0),
        ('C5', 'd@x.example', 0.0)) AS t(customer_id, email, spend)) TO '{dataset}'"""
    )
    duckdb.sql(
        f"""COPY (FROM (VALUES ('C1', 'x'), ('C2', 'x'), ('C3', 'y'), ('C4', 'y'),
        ('O''Neil', 'y')) AS t(customer_id, arm)) TO '{assigned}'"""
    )
    return assigned, dataset


@pytest.mark.parametrize(
    ("customer", "why"),
    [
        ("C1", SHARED_ADDRESS),  # the other one is written in capitals
        ("C3", NO_ADDRESS),
        ("O'Neil", NO_ADDRESS),
        ("C4", ""),  # who shares it is not assigned
    ],
)
def test_why_a_sender_does_not_find_a_customer_by_address(tables, customer, why):
    assert address_problem(tables, "email", customer) == why


def test_rows_are_those_of_the_one_customer_in_every_table(tables):
    found = rows_of(tables, "O'Neil")
    assert found == {
        "assignments-b": ({"customer_id": "O'Neil", "arm": "y"},),
        "dataset-a": ({"customer_id": "O'Neil", "email": None, "spend": "4.0"},),
    }
    assert list(rows_of(tables, "C5")) == ["dataset-a"]
    assert rows_of(tables, "C") == {}
    assert rows_of((), "C1") == {}
