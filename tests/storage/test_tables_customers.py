"""The customers of a dataset: truth, split with traits, segments and their members."""

import hashlib

import duckdb
import pytest

from core.errors import BadInput, StorageUnavailable
from core.models.customers import Column, ColumnKind, ColumnRole, SegmentRule, Truth
from core.storage.customer_import import ImportRequest, commit, read_customers
from core.storage.segment_table import audience_sha256, members, segment_of, write_segments
from core.storage.tables import ParquetCustomers

RULES = (
    SegmentRule("big", "Big", "spend >= 100"),
    SegmentRule("urban", "Urban", "area = 'Urban'"),
    SegmentRule("rest", "Rest", ""),
)


@pytest.fixture(scope="module")
def customers(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("customers")
    lines = ["id,name,ok,spend,mens,area,part,mean,segment_id"]
    for i in range(40):
        spend = "" if i == 39 else i * 10
        area = "Urban" if i % 2 else "Rural"
        ok = ("yes", "no", "")[i % 3]
        mens = "yes" if i < 10 else "no"
        lines.append(f"C{i:02d},N{i},{ok},{spend},{mens},{area},x,1,y")
    path = tmp_path / "customers.csv"
    path.write_text("\n".join(lines))
    request = ImportRequest("id", "test", permission_column="ok")
    staged = read_customers(path, request, tmp_path / "staging")
    return ParquetCustomers(commit(staged, tmp_path / "tables [1]"), staged.columns)


@pytest.mark.parametrize(
    ("rule", "truth"),
    [
        ("", Truth(40, 0, 0)),
        ("spend >= 100", Truth(29, 10, 1)),
        ("not spend >= 100", Truth(10, 29, 1)),
        ("mens = yes", Truth(10, 30, 0)),
        ("spend is missing", Truth(1, 39, 0)),
        ("shoe_size = 5", Truth(0, 0, 40)),  # no such column
        ("area = 5", Truth(0, 0, 40)),  # a column of another kind
        ("name = 'N1'", Truth(0, 0, 40)),  # a personal column
    ],
)
def test_truth_is_counted(customers, rule, truth):
    assert customers.truth(rule) == truth


def test_what_is_not_a_rule_has_no_truth(customers):
    with pytest.raises(BadInput):
        customers.truth("spend >")


def test_the_first_rule_that_holds_decides(customers):
    counts = customers.split(RULES)
    assert [(c.segment_id, c.size, c.reachable) for c in counts] == [
        ("big", 29, 9),
        ("urban", 6, 3),
        ("rest", 5, 2),
    ]
    assert [c.size for c in customers.split(RULES[:1])] == [29]
    assert customers.split(()) == ()


def test_without_a_permission_column_nobody_knows_who_can_be_reached(customers):
    columns = tuple(c for c in customers.columns if c.role is not ColumnRole.PERMISSION)
    counts = ParquetCustomers(customers.path, columns).split(RULES)
    assert [c.reachable for c in counts] == [None, None, None]


def test_traits_say_what_differs_most_and_nothing_more(customers):
    big, urban, rest = customers.split(RULES)
    assert [t.column for t in urban.traits] == ["mens", "spend", "area"]
    assert urban.traits[0].words == "83 % mens (25 % overall)"
    assert urban.traits[2].words == "100 % have area Urban (50 % overall)"
    assert urban.traits[1].words == "spend 50 on average (190 overall)"
    assert urban.traits[1].overall == pytest.approx(190)
    assert big.traits[0].words == "0 % mens (25 % overall)"
    area = next(t for t in rest.traits if t.column == "area")
    assert (area.category, area.value, area.overall) == ("Rural", 1, 0.5)
    everyone = customers.split((SegmentRule("all", "All", ""),))[0]
    assert everyone.traits == ()


def test_a_mean_far_above_the_overall_is_told_as_times(customers):
    counts = customers.split((SegmentRule("top", "Top", "spend >= 370"),))
    assert "spend 375 on average, 2.0 times the overall 190" in [t.words for t in counts[0].traits]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("name = 'N1'", "Segment 'S': There is no attribute 'name'"),
        ("ok = yes", "the customer's permission"),
        ("spnd > 1", "Did you mean spend"),
        ("spend = 'x'", "spend holds numbers"),
        ("spend >", "Segment 'S': In the rule"),
    ],
)
def test_a_rule_that_does_not_fit_names_the_segment(customers, rule, said):
    with pytest.raises(BadInput) as refused:
        customers.split((SegmentRule("s", "S", rule),))
    assert said in str(refused.value)


def test_segments_hold_every_customer_once(customers, tmp_path):
    written = write_segments(customers, RULES, tmp_path / "segments.parquet")
    again = write_segments(customers, RULES, tmp_path / "again.parquet")
    assert written.rows == 40
    assert written.sha256 == again.sha256
    path = written.path
    assert members(path, "rest") == ("C00", "C02", "C04", "C06", "C08")
    assert members(path, "rest", offset=3, limit=10) == ("C06", "C08")
    assert segment_of(path, "C39") == "urban"  # its spend is unknown
    assert segment_of(path, "nobody") is None
    part = customers.in_segment(path, "rest")
    assert part.rows() == 5
    assert part.truth("area = 'Rural'").always
    connection = duckdb.connect()
    schema = connection.execute("DESCRIBE FROM read_parquet($1)", [str(path)]).fetchall()
    connection.close()
    assert [row[0] for row in schema] == ["customer_id", "segment_id", "confidence"]


def test_a_customer_without_a_segment_is_refused(customers, tmp_path):
    with pytest.raises(BadInput, match="11 customers are in no segment"):
        write_segments(customers, RULES[:1], tmp_path / "segments.parquet")
    assert not (tmp_path / "segments.parquet").exists()


def test_the_audience_hash_is_that_of_the_sorted_ids(customers, tmp_path):
    path = write_segments(customers, RULES, tmp_path / "segments.parquet").path
    expected = hashlib.sha256(b"abc\nC00\nC02\nC04\nC06\nC08\n").hexdigest()
    assert audience_sha256(path, "abc", "rest") == expected
    assert audience_sha256(path, "abd", "rest") != expected
    assert audience_sha256(path, "abc", "big") != expected


def test_everyone_is_all_customers_in_any_segment(customers, tmp_path):
    path = write_segments(customers, RULES, tmp_path / "segments.parquet").path
    every = customers.in_segment(path, "everyone")
    assert every.rows() == 40
    rural = customers.truth("area = 'Rural'")
    assert every.truth("area = 'Rural'") == rural
    # True for a whole segment is not true for everyone.
    assert customers.in_segment(path, "rest").truth("area = 'Rural'").always
    assert not rural.always
    ids = "".join(f"C{i:02}\n" for i in range(40))
    expected = hashlib.sha256(f"abc\n{ids}".encode()).hexdigest()
    assert audience_sha256(path, "abc", "everyone") == expected
    assert len(members(path, "everyone", limit=100)) == 40


def test_a_missing_table_is_said(tmp_path):
    columns = (Column("a", ColumnRole.ATTRIBUTE, ColumnKind.NUMBER),)
    with pytest.raises(StorageUnavailable, match=r"gone\.parquet is missing"):
        ParquetCustomers(tmp_path / "gone.parquet", columns).rows()
