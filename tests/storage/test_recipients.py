"""The recipients of an export: everybody once, with the words of their own message."""

import codecs
import csv

import pytest

from core.errors import NotFound
from core.models.customers import ColumnKind
from core.models.merge_fields import MergeField
from core.storage.duck import copy_parquet, session
from core.storage.recipient_rows import (
    NO_ADDRESS,
    SHARED_ADDRESS,
    Recipients,
    Words,
    email_column,
)
from core.storage.recipients import recipient_files

VARIANTS = ("v1", "v2")
FIRST_NAME = MergeField("first_name", "first_name")
SPEND = MergeField("spend", "spend", ColumnKind.NUMBER)


def told(*fields):
    """Every variant tells the same fields, each in a column of its name."""
    return {f.name: {v: Words(f, "you") for v in VARIANTS} for f in fields}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Forty-six customers in three groups, one of them not contacted."""
    folder = tmp_path_factory.mktemp("drawn")
    assigned, dataset = folder / "assigned.parquet", folder / "dataset.parquet"
    with session() as connection:
        connection.execute(
            "CREATE TABLE n AS SELECT i, 'C' || i AS customer_id FROM range(46) t(i)"
        )
        copy_parquet(
            connection,
            "SELECT customer_id, '=N' || i || ', \"x\"' AS first_name, i - 5 AS spend FROM n",
            dataset,
        )
        copy_parquet(
            connection,
            "SELECT customer_id, 's' AS segment, ['a', 'b', 'Not contacted'][1 + i % 3] AS arm, "
            "['v1', 'v2', NULL][1 + i % 3] AS variant_id FROM n",
            assigned,
        )
    return assigned, dataset


def read(path):
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_recipients_exact_and_for_a_spreadsheet(drawn, tmp_path):
    wanted = Recipients(values=told(FIRST_NAME, SPEND))
    with recipient_files(drawn[0], drawn[1], wanted, tmp_path) as files:
        exact, for_excel = files.write(tmp_path / "a.csv", arm="a")
    found, shown = read(exact), read(for_excel)
    assert found
    assert for_excel.read_bytes().startswith(codecs.BOM_UTF8)
    assert not exact.read_bytes().startswith(codecs.BOM_UTF8)
    assert list(found[0]) == ["customer_id", "campaign_group", "variant_id", "first_name", "spend"]
    assert list(found[0]) == list(shown[0])
    assert {row["campaign_group"] for row in found} == {"a"}
    assert all(row["first_name"] == f'=N{row["customer_id"][1:]}, "x"' for row in found)
    assert [row["first_name"] for row in shown] == ["'" + row["first_name"] for row in found]
    assert [row["spend"] for row in shown] == [row["spend"] for row in found]  # -4 is a number
    assert [row["customer_id"] for row in found] == sorted(row["customer_id"] for row in found)


def test_everybody_is_named_and_the_not_contacted_get_no_message(drawn, tmp_path):
    wanted = Recipients(values=told(FIRST_NAME))
    with recipient_files(drawn[0], drawn[1], wanted, tmp_path) as files:
        rows = read(files.write(tmp_path / "all.csv")[0])
        recalled = read(files.write_recall(tmp_path / "recall.csv")[0])
        assert (
            (files.rows(), files.contacted()) == (len(rows), len(recalled)) == (46, len(recalled))
        )
    silent = [row for row in rows if not row["variant_id"]]
    assert {row["campaign_group"] for row in silent} == {"Not contacted"}
    assert {row["first_name"] for row in silent} == {""}
    assert {r["customer_id"] for r in recalled} | {r["customer_id"] for r in silent} == {
        r["customer_id"] for r in rows
    }
    unknown = Recipients(values=told(MergeField("shoe", "shoe")))
    with (
        pytest.raises(NotFound, match="no column 'shoe'"),
        recipient_files(drawn[0], drawn[1], unknown, tmp_path),
    ):
        pass


def test_a_file_a_sender_would_not_take_is_parted_and_nobody_is_lost(drawn, tmp_path):
    wanted = Recipients(values=told(FIRST_NAME), most_file_bytes=500)
    with recipient_files(drawn[0], drawn[1], wanted, tmp_path) as files:
        *parts, for_excel = files.write(tmp_path / "all.csv")
    assert [p.name for p in parts] == [f"all_{n}_of_{len(parts)}.csv" for n in (1, 2, 3)]
    assert all(part.stat().st_size <= 500 for part in parts)
    ids = [row["customer_id"] for part in parts for row in read(part)]
    assert ids == [row["customer_id"] for row in read(for_excel)]
    assert len(set(ids)) == len(ids) == 46
    assert not (tmp_path / "all.csv").exists()


def test_who_has_no_address_or_shares_one_is_left_out_and_counted(tmp_path):
    dataset, assigned = tmp_path / "d.parquet", tmp_path / "a.parquet"
    rows = (
        "('C1', 'a@x.org'), ('C2', ' A@X.org '), ('C3', NULL), ('C4', 'nobody'), "
        "('C5', 'd@x.org'), ('C6', 'zoë@x.org'), ('C7', 'e@x.org')"
    )
    with session() as connection:
        values = f"SELECT * FROM (VALUES {rows}) t(customer_id, mail)"  # noqa: S608
        copy_parquet(connection, values, dataset)
        copy_parquet(
            connection,
            "SELECT customer_id, 's' AS segment, CASE WHEN customer_id < 'C4' THEN 'one' ELSE "  # noqa: S608
            f"'two' END AS arm, 'v' AS variant_id FROM '{dataset}'",
            assigned,
        )
    assert email_column(dataset, ["mail"]) == "mail"
    assert email_column(dataset, []) is None
    wanted = Recipients(email="mail", email_name="Email Address")
    with recipient_files(assigned, dataset, wanted, tmp_path) as files:
        rows = read(files.write(tmp_path / "all.csv")[0])
        left = {(e.reason, e.group): e.customers for e in files.left_out()}
    assert [(r["Email Address"], r["customer_id"]) for r in rows] == [
        ("d@x.org", "C5"),
        ("e@x.org", "C7"),
    ]
    assert left == {
        (SHARED_ADDRESS, "one"): 2,
        (NO_ADDRESS, "one"): 1,
        (NO_ADDRESS, "two"): 2,
    }


RETYPED = [
    *[(value, True) for value in ("007", "1.50", "1e5", "+3", "2024-01-02", "01/02/24", "TRUE")],
    *[(value, True) for value in ("12345678901234567890", "True", ".5", "2024-01-02T10:00")],
    *[
        (value, False)
        for value in ("7", "0", "-4", "1.5", "true", "Nan", "O'Brien", "Inf", "3 pairs")
    ],
]


def test_values_a_sender_may_take_for_something_else_are_counted(tmp_path):
    dataset, assigned = tmp_path / "d.parquet", tmp_path / "a.parquet"
    with session() as connection:
        connection.execute("CREATE TABLE v AS SELECT unnest($1) AS id", [[v for v, _ in RETYPED]])
        copy_parquet(connection, "SELECT id AS customer_id, id AS code FROM v", dataset)
        copy_parquet(
            connection,
            "SELECT id AS customer_id, 's' AS segment, 'a' AS arm, id AS variant_id FROM v",
            assigned,
        )
    code = MergeField("code", "code")
    wanted = Recipients(values={"code": {v: Words(code, "") for v, _ in RETYPED}})
    with recipient_files(assigned, dataset, wanted, tmp_path) as files:
        assert files.retyped() == {"code": sum(changed for _, changed in RETYPED)}
        assert files.longest_bytes() == {"code": 20}
    for value, changed in RETYPED:
        one = Recipients(values={"code": {value: Words(code, "")}})
        with recipient_files(assigned, dataset, one, tmp_path) as files:
            assert files.retyped() == {"code": int(changed)}, value
