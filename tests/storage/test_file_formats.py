"""Formats, numbers, dates and roles of customer files, each read as a person would."""

import gzip
from pathlib import Path

import duckdb
import pytest

from core.errors import BadInput
from core.models.customer_file import Choices, ColumnChoice, Duplicates, Reading
from core.models.customers import ColumnKind, ColumnRole
from core.storage.customer_import import ImportRequest, read_customers
from core.storage.customer_look import look
from tests.storage import files


@pytest.fixture
def take(tmp_path):
    def read(content, name="customers.csv", id_column="id", **chosen):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        request = ImportRequest(id_column, "test", choices=Choices(**chosen))
        return read_customers(path, request, tmp_path / "staging")

    return read


@pytest.fixture
def seen(tmp_path):
    def look_at(content, name="customers.csv", **said):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return look(path, Reading(**said), tmp_path)

    return look_at


def rows(staged):
    with duckdb.connect() as connection:
        return connection.execute("FROM read_parquet($1)", [str(staged.path)]).fetchall()


def kinds(staged):
    return {c.name: c.kind for c in staged.columns}


def notes(staged):
    return "\n".join(staged.report.notes)


TABLE = "id{0}name{0}n\n1{0}Zoé{0}2\n2{0}Max{0}3\n"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("packed", [False, True])
def test_delimiters_encodings_and_packing_do_not_matter(mark, encoding, packed, take):
    content = TABLE.format(mark).encode(encoding)
    staged = take(gzip.compress(content) if packed else content)
    assert rows(staged) == [("1", "Zoé", 2), ("2", "Max", 3)]


def test_what_somebody_says_of_the_form_comes_first(take):
    content = "id;a,b\n1;Zoé,2\n".encode("mac-roman")
    staged = take(content, reading=Reading(delimiter=";", encoding="mac-roman"))
    assert rows(staged) == [("1", "Zoé,2")]
    assert "read as Mac Roman, as chosen" in notes(staged)


@pytest.mark.parametrize(
    "said", [{"delimiter": "x"}, {"encoding": "klingon"}, {"decimal": ";"}], ids=str
)
def test_a_form_there_is_none_of_is_refused(said):
    with pytest.raises(BadInput, match="choose one of"):
        Reading(**said)


def test_a_wrong_encoding_names_the_line(take):
    with pytest.raises(BadInput, match="line 2: this is not text in UTF-8; choose another"):
        take("id,a\n1,Zoé\n".encode("cp1252"), reading=Reading(encoding="utf-8"))


def test_a_workbook_keeps_ids_numbers_dates_and_the_value_of_formulas(take):
    staged = take(files.workbook(), "customers.xlsx")
    assert [str(v) for v in rows(staged)[0]] == ["00123", "1234.5", "2025-12-31", "yes"]
    assert list(kinds(staged).values())[1:] == [
        ColumnKind.NUMBER,
        ColumnKind.DATE,
        ColumnKind.YES_NO,
    ]


def test_whole_numbers_of_a_workbook_are_ids_without_a_point(take):
    staged = take(files.workbook([("id", "a"), (12345.0, 1), (12346.0, 2)]))
    assert [row[0] for row in rows(staged)] == ["12345", "12346"]


def test_a_sheet_is_chosen_by_name_and_the_first_is_said(take, seen):
    book = files.workbook(others=("More", "Even more"))
    assert "Of 3 sheets, 'Customers' was read." in notes(take(book))
    assert rows(take(book, reading=Reading(sheet="More"))) == [("x1", "More")]
    assert seen(book).sheets == ("Customers", "More", "Even more")
    with pytest.raises(BadInput, match="no sheet 'Absent'; the sheets are Customers, More"):
        take(book, reading=Reading(sheet="Absent"))


def test_rejected_rows_of_a_workbook_are_named_by_their_row_in_the_sheet(take):
    book = files.workbook([("All customers",), (), ("id", "a"), ("1", "x"), (), ("", "y")])
    report = take(book).report
    assert [(r.line, r.reason) for r in report.rejects] == [(6, "it has no id")]
    assert "2 rows of the sheet stand above the header" in "\n".join(report.notes)


def test_columns_by_spaces_without_a_header_are_named_by_place(take, seen):
    content = " 00004 0001 19970101  2   29.33\r\n 00018 0002 19970104  1    7.00\r\n"
    staged = take(content, id_column="column_1")
    assert list(kinds(staged)) == ["customer_id", "column_2", "column_3", "column_4", "column_5"]
    assert [str(v) for v in rows(staged)[0]] == ["00004", "0001", "1997-01-01", "2", "29.33"]
    assert seen(content).reading == Reading(" ", "utf-8", header=False)


def test_a_header_is_found_or_said(take):
    assert take("1,5,2024-01-01\n2,6,2024-01-02\n", id_column="column_1").rows == 2
    assert take("id,2023,2024\n1,5,6\n").rows == 1
    assert (
        take("Ann,Rome\nBob,Oslo\n", id_column="column_1", reading=Reading(header=False)).rows == 2
    )


def test_lines_without_a_header_count_from_the_first(take):
    report = take("1,2\n,3\n4,5,6\n", id_column="column_1").report
    assert [(r.line, r.reason) for r in report.rejects] == [
        (2, "it has no id"),
        (3, "it has 3 fields where most rows have 2"),
    ]


@pytest.mark.parametrize(
    ("values", "stored", "said"),
    [
        (["1.234,56", "12,5", "7"], [1234.56, 12.5, 7.0], "decimal comma"),
        (["1,234.56", "12.5", "7"], [1234.56, 12.5, 7.0], "commas between thousands"),
        (["1,234", "12,345"], [1234, 12345], "commas between thousands"),
        (["1 234,50", "7,25"], [1234.5, 7.25], "decimal comma"),
        (["1'234.50", "7.25"], [1234.5, 7.25], ""),
        (["$1,234.50", "$7.25"], [1234.5, 7.25], "commas between thousands"),
        (["7,25 €", "1.000,00 €"], [7.25, 1000.0], "decimal comma"),
        (["-1,5", "+2,5"], [-1.5, 2.5], "decimal comma"),
        (["1.234", "2.5"], [1.234, 2.5], ""),
        (["1e3", "2.5"], [1000.0, 2.5], ""),
    ],
)
def test_numbers_are_read_by_the_style_of_their_column(values, stored, said, take):
    staged = take("id\tv\n" + "".join(f"{i}\t{v}\n" for i, v in enumerate(values)))
    assert [row[1] for row in rows(staged)] == stored
    assert said in notes(staged)


def test_one_column_tells_how_the_others_are_meant(take):
    staged = take("id;sure;open\n1;1.234,56;1.234\n2;7,5;2.500\n")
    assert rows(staged) == [("1", 1234.56, 1234), ("2", 7.5, 2500)]
    assert rows(take("id,a\n1,1.234\n2,2.500\n")) == [("1", 1.234), ("2", 2.5)]


def test_the_decimal_sign_can_be_said(take):
    content = 'id,a\n1,"1,234"\n2,"2,500"\n'
    assert [row[1] for row in rows(take(content))] == [1234, 2500]
    said = take(content, reading=Reading(decimal=","))
    assert [row[1] for row in rows(said)] == [1.234, 2.5]


@pytest.mark.parametrize(
    ("first", "second", "day"),
    [
        ("2025-12-31", "2025-01-02", "2025-12-31"),
        ("2025/12/31", "2025/1/2", "2025-12-31"),
        ("31.12.2025", "1.2.2025", "2025-12-31"),
        ("12/31/2025", "01/02/2025", "2025-12-31"),
        ("31/12/2025", "01/02/2025", "2025-12-31"),
        ("31-12-2025", "01-02-2025", "2025-12-31"),
        ("31 Dec 2025", "1 February 2025", "2025-12-31"),
        ("Dec 31, 2025", "February 1, 2025", "2025-12-31"),
        ("2025-12-31 23:59:59", "2025-01-02T10:00:00Z", "2025-12-31"),
        ("2025-12-31T23:59:59.123+02:00", "2025-01-02", "2025-12-31"),
        ("12/31/2025 11:59 PM", "01/02/2025 1:00 AM", "2025-12-31"),
        ("2025-12-31 10:00:00+00", "2025-01-02", "2025-12-31"),
        ("20251231", "20250102", "2025-12-31"),
        ("05/05/2025", "06/06/2025", "2025-05-05"),
    ],
)
def test_dates_in_every_style(first, second, day, take):
    staged = take(f"id\td\n1\t{first}\n2\t{second}\n3\tn/a\n")
    assert kinds(staged)["d"] is ColumnKind.DATE
    assert [str(row[1]) for row in rows(staged)] == [day, str(rows(staged)[1][1]), "None"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["3/4/2025", "5/6/2025"], "nothing tells whether 3/4/2025"),
        (["31/12/2025", "12/31/2025"], ""),
        (["2025-02-30", "2025-01-01"], ""),
        (["32.12.2025", "01.01.2025"], ""),
    ],
)
def test_dates_nobody_can_decide_stay_text(values, said, take):
    staged = take("id,d\n" + "".join(f"{i},{v}\n" for i, v in enumerate(values)))
    assert kinds(staged)["d"] is ColumnKind.TEXT
    assert said in notes(staged)


def test_duplicates_are_kept_first_last_or_not_at_all(take):
    content = "id,a\n1,x\n2,y\n1,z\n"
    found = {d: take(content, duplicates=d) for d in Duplicates}
    assert rows(found[Duplicates.FIRST]) == [("1", "x"), ("2", "y")]
    assert rows(found[Duplicates.LAST]) == [("2", "y"), ("1", "z")]
    assert rows(found[Duplicates.REJECT]) == [("2", "y")]
    assert [s.report.duplicate for s in found.values()] == [1, 1, 2]
    assert found[Duplicates.LAST].report.rejects[0].reason == (
        "the id '1' comes again on line 4, which is kept"
    )
    assert {r.reason for r in found[Duplicates.REJECT].report.rejects} == {
        "the id '1' comes more than once"
    }


HEADER = (
    "id,email_consent,sms_consent,phone_opt_in,email_consent_date,consent_source,"
    "total_spend,income,segment,likes_tea,children"
)
LINE = "1,yes,no,,2024-05-01,web form,12.5,1000,gold,yes,2"


def test_permissions_are_known_by_channel_with_source_and_date(take):
    staged = take(f"{HEADER}\n{LINE}\n2,no,yes,yes,,shop,3,,silver,no,0\n")
    roles = {c.name: (c.role.value, c.channel) for c in staged.columns}
    assert roles["email_consent"] == ("permission", "email")
    assert roles["sms_consent"] == ("permission", "sms")
    assert roles["email_consent_date"] == ("permission_date", "email")
    assert roles["consent_source"] == ("permission_source", "")
    counts = {p.channel: (p.yes, p.no, p.unknown) for p in staged.report.permissions}
    assert counts == {"email": (1, 1, 0), "sms": (1, 1, 0), "phone": (1, 0, 1)}
    assert staged.report.permissions[0].date_column == "email_consent_date"
    assert staged.report.without_permission == 1


def test_measures_are_covariates_and_only_harmless_categories_may_be_mentioned(take):
    staged = take(f"{HEADER}\n{LINE}\n2,no,yes,yes,,shop,3,,silver,no,0\n")
    columns = {c.name: c for c in staged.columns}
    assert columns["total_spend"].role is ColumnRole.COVARIATE
    assert {n for n, c in columns.items() if c.mentionable} == {"segment", "likes_tea"}


def test_a_permission_for_another_channel_is_none_for_e_mail(take):
    report = take("id,sms_consent\n1,yes\n2,no\n").report
    assert report.without_permission is None
    assert "No permission for e-mail" in "\n".join(report.notes)


def test_what_somebody_decides_of_a_column_comes_first(take):
    said = (
        ColumnChoice("income", ColumnRole.IGNORED),
        ColumnChoice("segment", mentionable=False),
        ColumnChoice("sms_consent", ColumnRole.PERMISSION, channel="post"),
        ColumnChoice("likes_tea", ColumnRole.PERSONAL),
    )
    staged = take(f"{HEADER}\n{LINE}\n", columns=said)
    columns = {c.name: c for c in staged.columns}
    assert columns["income"].role is ColumnRole.IGNORED
    assert not columns["segment"].mentionable
    assert columns["sms_consent"].channel == "post"
    assert columns["likes_tea"].role is ColumnRole.PERSONAL
    with duckdb.connect() as connection:
        stored = connection.execute(f"DESCRIBE FROM '{staged.path}'").fetchall()
    assert "income" not in {row[0] for row in stored}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([ColumnChoice("segment", ColumnRole.COVARIATE)], "segment cannot be a covariate"),
        ([ColumnChoice("income", ColumnRole.PERMISSION)], "income cannot be the permission"),
        ([ColumnChoice("segment", ColumnRole.PERMISSION_DATE)], "it holds no dates"),
        ([ColumnChoice("segment", ColumnRole.ID)], "cannot be a second id"),
        ([ColumnChoice("absent", ColumnRole.IGNORED)], "has no column 'absent'"),
        (
            [
                ColumnChoice("likes_tea", ColumnRole.PERMISSION, channel="sms"),
                ColumnChoice("sms_consent", ColumnRole.PERMISSION),
            ],
            "both permissions for sms",
        ),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_roles_that_cannot_be_are_refused_in_words(said, why, take):
    with pytest.raises(BadInput, match=why):
        take(f"{HEADER}\n{LINE}\n", columns=tuple(said))


def test_a_file_that_names_nobody_can_number_its_rows(take):
    staged = take("a,b\nx,1\ny,2\n", id_column="", number_rows=True)
    assert [row[-1] for row in rows(staged)] == ["row-1", "row-2"]
    assert "no sender knows them" in notes(staged)
    with pytest.raises(BadInput, match="has a column customer_id; choose it"):
        take("customer_id,b\nx,1\n", id_column="", number_rows=True)


def test_a_first_look_guesses_and_shows_the_first_rows(seen):
    found = seen("Customer ID;Joined;Income\n7;31.12.2025;1.234,50\n8;01.01.2024;2,5\n")
    assert found.likely_id == "Customer ID"
    assert found.rows[0] == ("7", "31.12.2025", "1.234,50")
    assert [c.kind.value for c in found.columns] == ["number", "date", "number"]
    assert found.reading == Reading(";", "utf-8", header=True)
    assert found.transactions is None


def test_semicolons_a_mark_and_missing_incomes(take, tmp_path: Path):
    lines = [f"{i};{'' if i % 10 == 0 else 30_000 + i};2014-03-{1 + i % 28:02}" for i in range(100)]
    staged = take("\ufeffID;Income;Dt_Customer\r\n" + "\r\n".join(lines), id_column="ID")
    income = next(c for c in staged.columns if c.name == "Income")
    assert (income.kind, income.missing, income.mentionable) == (ColumnKind.NUMBER, 10, False)
