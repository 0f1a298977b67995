"""Real files through the page: read once, shown before they are used, and changed by hand."""

import hashlib

import pytest

from core.models.customers import ColumnRole
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.reading import sound, words
from tests.pages.test_customers_segments_library import GOOD, upload
from tests.storage import files
from tests.storage.test_purchases import RETAIL

SPACED = b"".join(b" 0000%d 0001 1997010%d  2   %d.33\r\n" % (i % 3, 1 + i, i) for i in range(9))


@pytest.fixture
def newest(tmp_path):
    def dataset():
        with opened(config.load(tmp_path / "workspace", environment={})) as app:
            return app.customers.everything()[0]

    return dataset


def metric(visitor, label):
    """The first of this name: that of the file, before those of the data set in use."""
    return next(m.value for m in visitor.metric if m.label == label)


def tables(visitor):
    return [d.value for d in visitor.dataframe]


@pytest.mark.parametrize(
    ("content", "name", "id_column", "said"),
    [
        (GOOD, "a.csv", "id", "Read as: Text table, UTF-8, parted by comma"),
        (GOOD.replace(b",", b";"), "a.csv", "id", "parted by semicolon"),
        (files.workbook(others=("More",)), "a.xlsx", "id", "Excel workbook, sheet Customers"),
        (SPACED, "a.txt", "column_1", "parted by spaces, no header"),
        ("id,name\n1,Zoé\n".encode("cp1252"), "a.csv", "id", "Windows-1252"),
    ],
    ids=["csv", "semicolons", "workbook", "spaces", "windows"],
)
def test_the_page_says_how_it_read_a_file(content, name, id_column, said, visit, loaded):
    visitor = upload(visit("customers", loaded, "marketer"), content, name)
    sound(visitor)
    assert not visitor.error
    assert any(said in e.label for e in visitor.expander)
    assert visitor.selectbox(key="customers.id_column").value == id_column
    assert metric(visitor, "Rows read")


def test_purchases_are_offered_as_such_and_can_be_taken_as_customers(visit, loaded, newest):
    content = RETAIL.replace("soon", "2010-05-05").replace("many", "1").encode()
    visitor = upload(visit("customers", loaded, "marketer"), content, "retail.csv")
    sound(visitor)
    assert visitor.segmented_control(key="customers.rows_are").value == "One purchase"
    assert visitor.selectbox(key="customers.order").value == "Invoice"
    assert "2 rows have no customer id" in words(visitor)
    visitor.segmented_control(key="customers.rows_are").set_value("One customer").run()
    sound(visitor)
    assert metric(visitor, "Duplicate") == "6"
    visitor.segmented_control(key="customers.rows_are").set_value("One purchase").run()
    visitor.text_input(key="customers.name").set_value("Retail").run()
    visitor.button(key="customers.use").click().run()
    sound(visitor)
    made = newest()
    assert (made.name, made.rows, made.report.read) == ("Retail", 4, 12)


def test_a_role_is_changed_in_the_table(visit, loaded, newest):
    visitor = upload(visit("customers", loaded, "marketer"), GOOD)
    visitor.session_state["customers.mapping"] = {
        "edited_rows": {1: {"Used as": "Not kept"}},
        "added_rows": [],
        "deleted_rows": [],
    }
    visitor.run()
    sound(visitor)
    visitor.button(key="customers.use").click().run()
    roles = {c.name: c.role for c in newest().columns}
    assert roles["spend"] is ColumnRole.IGNORED


def test_another_id_forgets_what_was_changed_for_other_rows_of_the_table(visit, loaded):
    visitor = upload(visit("customers", loaded, "marketer"), GOOD)
    visitor.session_state["customers.mapping"] = {
        "edited_rows": {0: {"Used as": "Not kept"}},
        "added_rows": [],
        "deleted_rows": [],
    }
    visitor.run()
    visitor.selectbox(key="customers.id_column").select("spend").run()
    sound(visitor)
    shown = next(t for t in tables(visitor) if "Used as" in t and "Missing" in t)
    assert "Not kept" not in set(shown["Used as"])


def test_duplicates_are_a_choice(visit, loaded, newest):
    visitor = upload(visit("customers", loaded, "marketer"), GOOD)
    visitor.segmented_control(key="customers.duplicates").set_value("last").run()
    visitor.button(key="customers.use").click().run()
    assert "comes again on line 4, which is kept" in newest().report.rejects[0].reason


def test_a_wrong_encoding_is_refused_and_can_be_taken_back(visit, loaded):
    content = "id,name\n1,Zoé\n".encode("cp1252")
    visitor = upload(visit("customers", loaded, "marketer"), content)
    visitor.selectbox(key="customers.encoding").select("utf-8").run()
    assert "line 2: this is not text in UTF-8" in visitor.error[0].value
    visitor.selectbox(key="customers.encoding").select("cp1252").run()
    assert not visitor.error
    assert visitor.button(key="customers.use")


def test_another_file_starts_with_fresh_choices(visit, loaded):
    visitor = upload(visit("customers", loaded, "marketer"), GOOD)
    visitor.selectbox(key="customers.id_column").select("spend").run()
    visitor.file_uploader(key="customers.upload").upload("b.csv", b"nr,id\n1,7\n2,8\n")
    visitor.run()
    assert visitor.selectbox(key="customers.id_column").value == "id"
    assert visitor.text_input(key="customers.name").value == "b"


def test_two_large_files_that_differ_in_one_cell_give_different_results(visit, loaded):
    lines = [f"C{i},{i % 97},x{i % 7}" for i in range(60_000)]
    first = "\n".join(["id,n,t", *lines]).encode()
    lines[-1] = "C59999,98765,x1"
    second = "\n".join(["id,n,t", *lines]).encode()
    assert hashlib.sha256(first).digest() != hashlib.sha256(second).digest()
    visitor = upload(visit("customers", loaded, "marketer"), first)
    before = next(t for t in tables(visitor) if "Different values" in t)
    visitor.file_uploader(key="customers.upload").upload("mine.csv", second)
    visitor.run()
    after = next(t for t in tables(visitor) if "Different values" in t)
    assert [list(t["Range"])[1] for t in (before, after)] == ["0 to 96", "0 to 98765"]


def test_a_file_is_read_once_however_often_the_page_runs(visit, loaded, tmp_path):
    visitor = upload(visit("customers", loaded, "marketer"), GOOD)
    staging = tmp_path / "workspace/data/processed/staging"
    before = sorted(p.name for p in staging.iterdir())
    visitor.text_input(key="customers.name").set_value("another name").run()
    visitor.run()
    assert sorted(p.name for p in staging.iterdir()) == before


def test_people_who_are_left_out_are_left_out_of_the_next_import(visit, loaded, newest):
    visitor = visit("customers", loaded, "marketer")
    visitor.file_uploader(key="customers.suppress_file").upload("out.csv", b"id\nA1\nZZ\n")
    visitor.run()
    visitor.text_input(key="customers.suppress_reason").set_value("asked by phone")
    visitor.button(key="customers.suppress").click().run()
    sound(visitor)
    assert "2 people of out.csv will be left out, 2 of them new" in visitor.success[0].value
    upload(visitor, GOOD)
    assert metric(visitor, "Suppressed") == "1"
    visitor.button(key="customers.use").click().run()
    assert newest().report.suppressed == 1


def test_an_analyst_sees_how_many_are_left_out_but_adds_nobody(visit, loaded):
    visitor = visit("customers", loaded, "analyst")
    sound(visitor)
    assert any("People to leave out (0)" in e.label for e in visitor.expander)
    assert "customers.suppress" not in {b.key for b in visitor.button}
