"""Import of customer files: a true report, repeatable bytes, a sentence for a hostile file."""

import csv

import duckdb
import pytest

from core.errors import BadInput, FileInvalid, OrchestratorError, StorageUnavailable
from core.models.customer_file import Choices, ColumnChoice
from core.models.customers import ColumnKind, ColumnRole
from core.storage.customer_import import (
    NO_PERMISSION_NOTE,
    ImportRequest,
    commit,
    discard,
    read_customers,
)
from core.storage.rejects import write_rejects

PLAIN = b"id,spend,opt_in\nA,1,yes\nB,2.5,no\nC,,\n"


@pytest.fixture
def take(tmp_path):
    """Reads bytes as a customer file; the staging folder is tmp_path/staging."""

    def read(content, name="customers.csv", **said):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        request = ImportRequest(**{"id_column": "id", "name": "test", **said})
        return read_customers(path, request, tmp_path / "staging")

    return read


def rows(path):
    connection = duckdb.connect()
    found = connection.execute("FROM read_parquet($1)", [str(path)]).fetchall()
    connection.close()
    return found


def columns(staged):
    return {c.name: (c.role, c.kind) for c in staged.columns}


def test_every_row_is_kept_rejected_or_a_duplicate(take):
    staged = take(b'id,a\n1,x\n,y\n1,z\n2\n 1 ,w\n3,v,u\n4,"t\n')
    report = staged.report
    assert (report.read, report.kept, report.rejected, report.duplicate) == (7, 1, 4, 2)
    assert [(r.line, r.reason) for r in report.rejects] == [
        (3, "it has no id"),
        (4, "the id '1' is already on line 2"),
        (5, "it has 1 fields where the header has 2"),
        (6, "the id '1' is already on line 2"),
        (7, "it has 3 fields where the header has 2"),
        (8, "a quotation mark is not closed, or stands inside an unquoted field"),
    ]
    assert rows(staged.path) == [("1", "x")]


def test_lines_are_those_of_the_file_when_fields_span_lines_and_lines_are_blank(take):
    report = take(b'id,a\n"1","two\nlines"\n\n\n2,x,y\n3,z\n,w\n3,v\n').report
    assert [(r.line, r.reason[:12]) for r in report.rejects] == [
        (6, "it has 3 fie"),
        (8, "it has no id"),
        (9, "the id '3' i"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "id,name,n\n1,Zoé,2\n",
        "id;name;n\n1;Zoé;2\n",
        "id\tname\tn\n1\tZoé\t2\n",
        "id|name|n\r\n1|Zoé|2\r\n",
        "id,name,n\r1,Zoé,2",
        "\ufeffid,name,n\n1,Zoé,2",
        '"id","name","n"\n"1","Zoé"," 2 "\n\n',
    ],
)
def test_delimiters_line_ends_and_marks_do_not_matter(take, content):
    assert rows(take(content).path) == [("1", "Zoé", 2)]


@pytest.mark.parametrize(("encoding", "said"), [("cp1252", "Windows-1252"), ("utf-16", "UTF-16")])
def test_another_encoding_is_read_and_said(take, encoding, said):
    staged = take("id,name\n1,Zoé\n".encode(encoding))
    assert rows(staged.path) == [("1", "Zoé")]
    assert any(said in note for note in staged.report.notes)


@pytest.mark.parametrize(
    ("values", "kind", "stored"),
    [
        (["0", "100", "-5"], ColumnKind.NUMBER, [0, 100, -5]),
        (["1.5", "2e3", ""], ColumnKind.NUMBER, [1.5, 2000.0, None]),
        (["10", "NA", "null"], ColumnKind.NUMBER, [10, None, None]),
        (["00123", "04567", "99999"], ColumnKind.TEXT, ["00123", "04567", "99999"]),  # post codes
        (["12345678901234567890", "1", "2"], ColumnKind.TEXT, ["12345678901234567890", "1", "2"]),
        (["inf", "nan", "1"], ColumnKind.TEXT, ["inf", "nan", "1"]),
        (["1_000", "2", "3"], ColumnKind.TEXT, ["1_000", "2", "3"]),
        (["Yes", "no", ""], ColumnKind.YES_NO, ["yes", "no", None]),
        (["TRUE", "false", "y"], ColumnKind.YES_NO, ["yes", "no", "yes"]),
        (["1", "0", "1"], ColumnKind.NUMBER, [1, 0, 1]),  # only a permission reads 1 as yes
        (["NA", "null", "None"], ColumnKind.TEXT, ["NA", "null", "None"]),
        (["", "", ""], ColumnKind.TEXT, [None, None, None]),
        (["=1+1", "u0000", "a0"], ColumnKind.TEXT, ["=1+1", "u0000", "a0"]),
    ],
)
def test_kinds_are_inferred_and_values_kept(take, values, kind, stored):
    content = "id,v\n" + "".join(f'{i},"{v}"\n' for i, v in enumerate(values))
    staged = take(content)
    assert columns(staged)["v"] == (ColumnRole.ATTRIBUTE, kind)
    assert [row[1] for row in rows(staged.path)] == stored


def test_a_column_of_almost_only_numbers_says_why_it_is_text(take):
    content = "id,income\n" + "".join(f"{i},{i}\n" for i in range(20)) + "20,lots\n"
    assert any(
        "1 of its 21 values is not a number, such as 'lots'" in note
        for note in take(content).report.notes
    )


def test_roles_are_guessed(take):
    header = (
        "id,FirstName,contact,PhoneNo,phone,birthday,e_mail,email_permission,sms_consent,channel"
    )
    line = "1,Zoé,a@b.org,x,555,2000-01-01,c,1,yes,Phone"
    roles = {n: r for n, (r, _) in columns(take(f"{header}\n{line}\n")).items()}
    personal = {n for n, role in roles.items() if role is ColumnRole.PERSONAL}
    assert personal == {"FirstName", "contact", "PhoneNo", "phone", "birthday", "e_mail"}
    assert roles["email_permission"] is ColumnRole.PERMISSION
    assert roles["sms_consent"] is ColumnRole.PERMISSION  # for another channel
    assert roles["channel"] is ColumnRole.ATTRIBUTE


def test_roles_that_are_named_are_taken(take):
    said = (
        ColumnChoice("name", ColumnRole.ATTRIBUTE),
        ColumnChoice("ok", ColumnRole.PERMISSION),
        ColumnChoice("who", ColumnRole.PERSONAL),
    )
    staged = take("id,name,ok,who\n1,a,Y,b\n", choices=Choices(columns=said))
    assert [c.role for c in staged.columns] == [
        ColumnRole.ID,
        ColumnRole.ATTRIBUTE,
        ColumnRole.PERMISSION,
        ColumnRole.PERSONAL,
    ]


def test_permission_is_counted_and_its_absence_said(take):
    assert take(PLAIN).report.without_permission == 2
    without = take(b"id,a\n1,2\n").report
    assert without.without_permission is None
    assert NO_PERMISSION_NOTE in without.notes


def test_the_range_of_personal_columns_is_not_told(take):
    column = take("id,birthday\n1,2000-01-01\n2,1999-01-01\n").columns[1]
    assert (column.distinct, column.minimum, column.maximum) == (2, None, None)


def test_the_id_column_is_called_customer_id_and_loses_a_stray_point(take):
    staged = take("Nr,a\n13085.0,x\n13086.0,y\n", id_column="Nr")
    assert staged.columns[0].name == "customer_id"
    assert [row[0] for row in rows(staged.path)] == ["13085", "13086"]


def test_ids_that_differ_by_case_are_kept_and_said(take):
    staged = take("id\nab\nAB\n")
    assert staged.rows == 2
    assert "1 ids differ from another one only by upper and lower case." in staged.report.notes


def test_the_same_content_has_the_same_bytes_and_one_cell_changes_them(take, tmp_path):
    content = "id,a,b\n" + "".join(f"C{i},{i % 7},w{i % 11}\n" for i in range(60_000))
    first, again = take(content), take(content, "other name.csv")
    changed = take(content.replace("C59999,", "C59999,9"))
    assert first.path.read_bytes() == again.path.read_bytes()
    assert first.dataset_id == again.dataset_id != changed.dataset_id
    assert [row[0] for row in rows(first.path)] == [f"C{i}" for i in range(60_000)]
    path = commit(first, tmp_path / "tables")
    assert commit(again, tmp_path / "tables") == path
    assert path.name == f"dataset-{first.sha256[:16]}.parquet"
    discard(changed)
    assert [p.name for p in tmp_path.rglob("*.parquet")] == [path.name]
    assert not any((tmp_path / "staging").iterdir())


def test_the_order_of_the_file_survives_rejected_rows(take):
    content = "id,a\n" + "".join(f"{'' if i % 3 else i},{i}\n" for i in range(30_000))
    assert [row[1] for row in rows(take(content).path)] == list(range(0, 30_000, 3))


def test_parquet_is_read_like_text(take, tmp_path):
    path = tmp_path / "odd [1]*.parquet"
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE t AS SELECT * FROM (VALUES (1.0, true, DATE '2024-01-01', 'nan'::DOUBLE), "
        "(2.0, false, NULL, 2.5), (NULL, true, NULL, 1)) AS t(id, consent, day, amount)"
    )
    connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    connection.close()
    staged = read_customers(path, ImportRequest("id", "x"), tmp_path / "staging")
    assert [r.line for r in staged.report.rejects] == [4]
    kinds = [c.kind for c in staged.columns]
    assert kinds == [ColumnKind.TEXT, ColumnKind.YES_NO, ColumnKind.DATE, ColumnKind.NUMBER]
    assert [row[0] for row in rows(staged.path)] == ["1", "2"]
    assert [row[3] for row in rows(staged.path)] == [None, 2.5]


HOSTILE = [
    ("empty", b"", "the file is empty"),
    ("only spaces", b" \n\n\t\n", "the file is empty"),
    ("only a mark", b"\xef\xbb\xbf", "the file is empty"),
    ("header only", b"id,a\n", "no rows"),
    ("header without an end", b"id,a", "no rows"),
    ("no id column", b"nr,a\n1,2\n", "no id column 'id'; the columns are nr, a"),
    ("one long word", b"hello", "no id column|no rows"),
    ("name twice", b"id,a,a\n1,2,3\n", "line 1: the header names a column twice"),
    ("name twice by case", b"id,a,A\n1,2,3\n", "names a column twice"),
    ("nul", b"id,a\n1,2\n3,\x00\n", "line 3: this holds a NUL"),
    ("not text", b"id,a\n1,\x81\x8d\n", "line 2: this is not text"),
    ("all ragged", b"id,a\n1\n2,3,4\n", "line 2: none of its 2 rows"),
    ("no ids", b"id,a\n,1\n ,2\n", "line 2: none of its 2 rows can be used; here it has no id"),
    ("unclosed quote", b'id,a\n1,"x\n2,y\n3,z\n', "3 lines were taken for one row"),
    ("broken header", b'"id"x,a\n1,2\n', "line 1: the header is not well formed"),
    ("excel", b"PK\x03\x04rest", "Excel"),
    ("old excel", b"\xd0\xcf\x11\xe0rest", "Excel"),
    ("gzip", b"\x1f\x8brest", "gzip"),
    ("pdf", b"%PDF-1.7", "PDF"),
    ("false parquet", b"PAR1 and nothing more", "cannot be read as a table"),
    ("too wide", b",".join([b"c%d" % i for i in range(2000)]) + b"\n", "2,000 columns"),
    ("long field", b"id,a\n1," + b"x" * 200_000 + b"\n", "line 2: a field is too long"),
    ("long row", b"id,a\n" + b"x" * 3_000_000 + b"\n", "too long|2 MB"),
    ("long ids", b"id,a\n" + b"x" * 300 + b",1\n", "longer than 200 characters"),
    ("control characters", b"id,a\n1\x07,1\n", "control character"),
    ("half a utf-16", b"\xff\xfei\x00d\x00\n", "not text in utf-16"),
    ("two ids", b"id,customer_id\n1,2\n", "has a column customer_id that is not the id"),
]


@pytest.mark.parametrize(("content", "said"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_a_hostile_file_is_one_clear_sentence_and_leaves_nothing(take, tmp_path, content, said):
    with pytest.raises(BadInput, match=said) as refused:
        take(content)
    assert "\n" not in str(refused.value)
    assert str(tmp_path) not in str(refused.value)
    assert list((tmp_path / "staging").iterdir()) == []


HARMLESS = [
    ("formulas", b"id,a\n=1+1,=cmd\n"),
    ("script in the header", b"id,<script>alert(1)</script>\n1,2\n"),
    ("quote in the header", b'id,"a ""b"" \'c\'; DROP"\n1,2\n'),
    ("line end in the header", b'id,"a\nb"\n1,2\n'),
    ("nameless column", b"id,,\n1,2,3\n"),
    ("names of sql", b"id,select,from,row,part,line,arm\n1,2,3,4,5,6,7\n"),
    ("separators of unicode", "id,a\n1,x\u2028y\x1cz\n".encode()),
    ("emoji", "id,a\n😀,🎉\n".encode()),
    ("one column", b"id\n1\n\n2\n"),
]


@pytest.mark.parametrize("content", [h[1] for h in HARMLESS], ids=[h[0] for h in HARMLESS])
def test_a_strange_file_that_can_be_read_is_read(take, content):
    report = take(content).report
    assert report.kept == report.read >= 1


def test_what_is_not_a_file_is_refused(tmp_path):
    request = ImportRequest("id", "x")
    with pytest.raises(FileInvalid, match="folder"):
        read_customers(tmp_path, request, tmp_path / "staging")
    with pytest.raises(FileInvalid, match="no such file"):
        read_customers(tmp_path / "absent.csv", request, tmp_path / "staging")


def test_a_folder_that_cannot_be_written_is_said(take, tmp_path):
    (tmp_path / "staging").write_text("a file where a folder should be")
    with pytest.raises(StorageUnavailable, match="Cannot write to"):
        take(PLAIN)


@pytest.mark.parametrize(
    "said",
    [
        {"permission_column": "nope"},
        {"choices": Choices(columns=(ColumnChoice("nope", ColumnRole.PERSONAL),))},
        {"permission_column": "spend"},
        {"choices": Choices(columns=(ColumnChoice("spend", ColumnRole.PERMISSION),))},
    ],
)
def test_roles_that_cannot_be_are_refused(take, said):
    with pytest.raises(OrchestratorError, match=r"nope|cannot be the permission"):
        take(PLAIN, **said)


def test_rejected_rows_are_written_so_that_no_spreadsheet_runs_them(take, tmp_path):
    staged = take(b'id,a\n1,x\n=2+3,"y",z\n')
    path = write_rejects(staged.report, tmp_path / "rejects.csv")
    with path.open(newline="") as file:
        found = list(csv.reader(file))
    assert found == [
        ["line", "reason", "row"],
        ["3", "it has 3 fields where the header has 2", '\'=2+3,"y",z'],
    ]
