"""A customer's rows are found and taken out of any table and file, and of nothing else."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pytest

from core.storage import erased_files, erased_tables, json_outputs
from core.storage.erased_tables import Marks
from core.storage.suppression_tokens import marks_of

KEY = "k"
GONE = "C-erase-7f3a"


def marks(*ids):
    return Marks(KEY, marks_of(ids, KEY))


def table(path, query):
    duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


@pytest.mark.parametrize(
    ("spelled", "asked", "found"),
    [
        ("C-erase-7f3a", "C-erase-7f3a", True),
        ("c-ERASE-7F3A ", "C-erase-7f3a", True),
        ("1304.0", "1304", True),
        ("C-erase-7f3", "C-erase-7f3a", False),
        ("xC-erase-7f3a", "C-erase-7f3a", False),
        ("O''Brien\"; DROP", "O'Brien\"; DROP", True),
        ("李小龍-1", "李小龍-1", True),
    ],
)
def test_rows_are_found_however_the_id_is_spelled(tmp_path, spelled, asked, found):
    """By mark, as after a crash, and by name the same."""
    path = table(tmp_path / "t.parquet", f"SELECT '{spelled}' AS customer_id UNION ALL SELECT 'B'")
    held = erased_tables.holding([path], marks(asked))
    assert erased_tables.holding([path], replace(marks(asked), name=asked)) == held
    assert [h.rows for h in held] == ([1] if found else [])
    for each in held:
        staged = erased_tables.staged(each)
        staged.replace()
        assert erased_tables.holding([path], marks(asked)) == ()
        assert duckdb.read_parquet(str(path)).fetchall() == [("B",)]


def test_a_new_kind_of_table_is_found_by_its_column_and_keeps_types_order_and_nulls(tmp_path):
    query = (
        "SELECT CASE WHEN i % 4 = 0 THEN 'C-erase-7f3a' WHEN i % 4 = 1 THEN NULL ELSE 'C' || i END "
        "AS customer_id, [i, i] AS list, {'a': i} AS struct, "
        "TIMESTAMPTZ '2026-01-01 00:00:00+00' AS at, i::DECIMAL(9, 2) AS amount "
        "FROM range(1000) t(i)"
    )
    path = table(tmp_path / "clicks-of-some-campaign.parquet", query)
    whole = duckdb.read_parquet(str(path)).filter(f"customer_id IS DISTINCT FROM '{GONE}'")
    before = whole.fetchall()
    (held,) = erased_tables.holding([path], marks(GONE))
    staged = erased_tables.staged(held)
    assert (held.rows, staged.rows, staged.moved) == (250, 250, False)
    staged.replace()
    assert duckdb.read_parquet(str(path)).fetchall() == before
    again = erased_tables.staged(erased_tables.Held(path, 0, (GONE,)))
    assert again.before == staged.after


def test_the_same_rows_give_the_same_hash_so_that_a_crash_adds_none(tmp_path):
    query = (
        "SELECT CASE i WHEN 7 THEN 'C-erase-7f3a' ELSE 'C' || i END AS customer_id "
        "FROM range(9) t(i)"
    )
    path = table(tmp_path / "t.parquet", query)
    (held,) = erased_tables.holding([path], marks(GONE))
    one, other = erased_tables.staged(held), erased_tables.staged(held)
    assert one.after == other.after != one.before == other.before
    assert set(erased_tables.leftovers(tmp_path)) == {one.fresh, other.fresh}


def test_a_table_that_somebody_replaced_meanwhile_is_left_to_be_read_again(tmp_path):
    path = table(tmp_path / "t.parquet", f"SELECT '{GONE}' AS customer_id")
    (held,) = erased_tables.holding([path], marks(GONE))
    staged = erased_tables.staged(held)
    table(tmp_path / "new.parquet", "SELECT 'B' AS customer_id").replace(path)
    assert staged.moved


CSV = 'customer_id,note\r\n{}\r\nC2,"a, b\n and c"\r\nC3,\'=1\r\n'


@pytest.mark.parametrize(
    ("name", "gone", "rows"),
    [
        ("plain.csv", f"{GONE},x", 1),
        ("quoted.csv", f'"{GONE}","two\nlines, and more"', 1),
        ("excel.csv", f"'{GONE},x", 1),
        ("upper.csv", f"{GONE.upper()},x", 0),  # the bytes of the id as it is spelled decide
        ("inside.csv", f"x{GONE},y", 0),
    ],
)
def test_a_csv_loses_the_record_and_no_other_byte(tmp_path, name, gone, rows):
    path = tmp_path / name
    path.write_bytes(CSV.format(gone).encode())
    before = path.read_bytes()
    looked = erased_files.without(path, [GONE])
    if rows:
        assert looked == erased_files.Looked(path, 1)
        assert path.read_bytes() == before.replace(gone.encode() + b"\r\n", b"")
    else:
        assert path.read_bytes() == before


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_of_any_delimiter_with_or_without_a_mark_of_its_encoding(tmp_path, mark, delimiter):
    path = tmp_path / "a.csv"
    rows = [["id", "name"], [GONE, "Ann"], ["C2", "Zoë"]]
    path.write_text(mark + "".join(delimiter.join(r) + "\n" for r in rows), encoding="utf-8")
    assert erased_files.without(path, [GONE]) == erased_files.Looked(path, 1)
    assert path.read_text(encoding="utf-8").startswith(mark + "id")
    assert "Zoë" in path.read_text(encoding="utf-8")


def test_what_cannot_be_rewritten_is_named_and_not_broken(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text(f"{GONE} called")
    assert erased_files.without(path, [GONE]) == erased_files.Looked(path, 0, remains=True)
    assert path.read_text() == f"{GONE} called"
    latin = tmp_path / "latin.csv"
    latin.write_bytes(f"id,name\n{GONE},Zo\xeb\n".encode("latin-1"))
    assert erased_files.without(latin, [GONE]) == erased_files.Looked(latin, 0, remains=True)
    assert erased_files.without(path, ["7"]) is None


def test_a_list_of_json_keeps_every_other_object_to_the_letter(tmp_path):
    source = table(
        tmp_path / "a.parquet",
        "SELECT CASE i WHEN 3 THEN 'C-erase-7f3a' ELSE 'C' || i END AS customer_id, 'Zoë \"' AS "
        "segment, 'a' AS arm, NULL AS variant_id FROM range(5) t(i)",
    )
    at, out = datetime(2026, 1, 1, tzinfo=UTC), tmp_path / "assignments.json"
    json_outputs.export_assignments_json(source, at, out)
    lines = out.read_text().splitlines()
    assert erased_files.without(out, [GONE]) == erased_files.Looked(out, 1)
    assert [row["customer_id"] for row in json.loads(out.read_text())] == ["C0", "C1", "C2", "C4"]
    assert set(out.read_text().splitlines()) <= {*lines, *(f"{line}," for line in lines)} | {
        line.rstrip(",") for line in lines
    }
    (held,) = erased_tables.holding([source], marks(GONE))
    erased_tables.staged(held).replace()
    json_outputs.export_assignments_json(source, at, tmp_path / "anew.json")
    assert out.read_bytes() == (tmp_path / "anew.json").read_bytes()


def test_the_document_beside_a_big_table_counts_what_is_left(tmp_path):
    path, twin = tmp_path / "segments.json", tmp_path / "segments.json.parquet"
    path.write_text(json.dumps({"parquet": twin.name, "rows": 7}))
    erased_files.set_rows(path, twin, 2)
    assert json.loads(path.read_text()) == {"parquet": twin.name, "rows": 5}
