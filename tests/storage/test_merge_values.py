"""Merge fields over real tables: counted, sampled, and exported only where they can be shown."""

import csv

import pytest

from core.content.merge_slots import slots_of
from core.models.customers import ColumnKind
from core.models.merge_fields import MergeField, merge_fields, usable
from core.models.messages import Message
from core.models.send import ArmPlan
from core.storage.assignment_table import AssignmentPlan, assign
from core.storage.customer_import import ImportRequest, read_customers
from core.storage.duck import copy_parquet, session
from core.storage.merge_values import counted, samples
from core.storage.recipient_rows import Recipients, Words
from core.storage.recipients import recipient_files

NAMES = [
    "Ann", "O'Brien", "李小龍", "Zoë", "عبد الرحمن", " Spaced   out ", "x" * 80, "x" * 81,
    "<b>Bo</b>", "{{ tier }}", "{% if x %}", "*|FNAME|*", "http://evil.example", "www.evil.example",
    "", "=HYPERLINK(1)", "AT&T", "Tom &amp; Jo", "a&copyb", "&#39;", "R&D",
]  # fmt: skip
NAME = MergeField("first_name", "first name")
SPEND = MergeField("spend", "spend", ColumnKind.NUMBER)


@pytest.fixture
def tables(tmp_path):
    """A data set with one name a customer, half of them in one segment, and its assignment."""
    with (tmp_path / "in.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "first name", "spend", "email_permission"])
        writer.writerows([f"C{i:02}", name, f"{i}.0", "yes"] for i, name in enumerate(NAMES))
    staged = read_customers(tmp_path / "in.csv", ImportRequest("id", "x"), tmp_path / "staged")
    dataset, segments = staged.path, tmp_path / "segments.parquet"
    with session() as connection:
        copy_parquet(
            connection,
            f"SELECT customer_id, CASE WHEN spend < 8 THEN 'a' ELSE 'b' END AS segment_id "  # noqa: S608
            f"FROM '{dataset}'",
            segments,
        )
    return dataset, segments


def test_a_value_counts_as_known_exactly_where_python_would_show_it(tables):
    dataset, segments = tables
    every = counted(segments, dataset, [NAME])
    (found,) = every["everyone"]
    assert found.customers == len(NAMES)
    assert found.missing == sum(usable(name) is None for name in NAMES)
    assert every["a"][0].customers == 8
    shown = samples(segments, dataset, "everyone", [NAME], most=99)
    by_id = {s.customer_id: dict(s.values)["first_name"] for s in shown}
    assert by_id == {f"C{i:02}": usable(name) for i, name in enumerate(NAMES)}


def test_samples_are_always_the_same_and_a_whole_number_has_no_point(tables):
    dataset, segments = tables
    first = samples(segments, dataset, "a", [NAME, SPEND], most=3)
    assert len(first) == 3
    assert first == samples(segments, dataset, "a", [NAME, SPEND], most=3)
    assert all("." not in str(dict(s.values)["spend"]) for s in first)


def test_nothing_is_counted_where_nothing_may_be_mentioned(tables):
    dataset, segments = tables
    assert counted(segments, dataset, []) == {}
    assert merge_fields(()) == ()


def test_recipients_get_only_what_the_messages_need_and_nothing_that_could_run(tables, tmp_path):
    dataset, segments = tables
    plan = AssignmentPlan(
        arms=(ArmPlan("one", 1.0, "urgent"),),
        salt="s",
        names={"a": "A", "b": "B"},
        variants={("a", "urgent"): "va", ("b", "urgent"): "vb"},
        permission_column="email_permission",
    )
    assign(segments, dataset, plan, tmp_path / "assigned.parquet")
    loud = slots_of(Message('{{ first_name | upcase | default: "you" }}', "", ""))[0]
    values = {
        "first_name": {v: Words(NAME, "there") for v in ("va", "vb")},
        "loud": {"va": Words(NAME, loud.missing, ("loud",), loud.filled)},
    }
    wanted = Recipients(values=values)
    with recipient_files(tmp_path / "assigned.parquet", dataset, wanted, tmp_path) as files:
        out, _ = files.write(tmp_path / "recipients.csv")
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["customer_id", "campaign_group", "variant_id", "first_name", "loud"]
    assert [r["first_name"] for r in rows] == [usable(name) or "there" for name in NAMES]
    assert [r["loud"] for r in rows] == [
        loud.filled(usable(name)) if row["variant_id"] == "va" else ""
        for name, row in zip(NAMES, rows, strict=True)
    ]
    assert {r["loud"] for r in rows} >= {"you", "ZOË", "O'BRIEN"}
