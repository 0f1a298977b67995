"""Files nobody would wish for: each is read as what it is, or refused in one sentence."""

import gzip
import os
from pathlib import Path

import duckdb
import pytest

from core.errors import BadInput, FileInvalid
from core.models.customers import ColumnKind
from core.storage import text_encoding, unpacked
from core.storage.customer_import import ImportRequest, StagedImport, read_customers
from tests.storage import files

WIDE = b",".join(b"c%d" % i for i in range(10_000))

# Each: what it is, its bytes, and a part of the sentence that refuses it.
REFUSED: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "the file is empty"),
    ("blank lines", b"\n\n \n", "the file is empty"),
    ("a mark and nothing", b"\xef\xbb\xbf", "the file is empty"),
    ("header only", b"id,a\n", "no rows under it"),
    ("header only, no line end", b"id,a", "no rows under it"),
    ("header only in a workbook", files.workbook([("id", "a")]), "no rows under it"),
    ("no id column", b"nr,a\n1,2\n", "no id column 'id'; the columns are nr, a"),
    ("no ids", b"id,a\n,1\n,2\n", "line 2: none of its 2 rows can be used; here it has no id"),
    ("duplicate header", b"id,a,a\n1,2,3\n", "names a column twice"),
    ("duplicate header by case", b"id,Spend,SPEND\n1,2,3\n", "names a column twice"),
    ("duplicate header by spaces", b"id,a b,a  b\n1,2,3\n", "names a column twice"),
    ("10,000 columns", WIDE + b"\n" + WIDE + b"\n", "10,000 columns; at most 1,000"),
    ("all rows ragged", b"id,a\n1\n2,3,4\n", "line 2: none of its 2 rows can be used"),
    ("an unclosed quote", b'id,a\n1,"x\n2,y\n3,z\n', "3 lines were taken for one row"),
    ("a broken header", b'"id"x,a\n1,2\n', "line 1: the header is not well formed"),
    ("a NUL", b"id,a\n1,2\n3,\x00\n", "line 3: this holds a NUL"),
    ("a NUL in the header", b"id\x00,a\n1,2\n", "line 1: this holds a NUL"),
    ("no text", b"id,a\n1,\x81\x8d\n", "line 2: this is not text"),
    ("half a UTF-16", b"\xff\xfei\x00d\x00\n", "not text in utf-16"),
    ("random bytes", bytes(range(128, 256)) * 20, "not text|no id column"),
    ("a program", b"\x7fELF\x02\x01\x01", "a program"),
    ("a picture", b"\x89PNG\r\n\x1a\n", "a picture"),
    ("a PDF", b"%PDF-1.7", "a PDF"),
    ("a database", b"SQLite format 3\x00", "a database"),
    ("HTML called xls", b"<html><table><tr><td>id</td></tr></table></html>", r"HTML.*save .* CSV"),
    ("XML", b'<?xml version="1.0"?><Workbook/>', "XML"),
    ("JSON", b'[{"id": 1}]', "JSON"),
    ("RTF", b"{\\rtf1 id}", "RTF"),
    ("bzip2", b"BZh91AY", "bzip2"),
    ("xz", b"\xfd7zXZ\x00", "xz"),
    ("zstd", b"\x28\xb5\x2f\xfd", "zstd"),
    ("7-Zip", b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    ("RAR", b"Rar!\x1a\x07", "RAR"),
    ("half a gzip", files.half_gzip(), "gzip file is damaged or incomplete"),
    ("a gzip with a wrong sum", files.bad_gzip(), "gzip file is damaged or incomplete"),
    ("only the magic of gzip", b"\x1f\x8brest", "gzip file is damaged or incomplete"),
    ("an empty gzip", gzip.compress(b""), "the file is empty"),
    ("a gzip in a gzip", gzip.compress(gzip.compress(b"id\n1\n")), "gzip file inside another"),
    ("a gzip of no text", gzip.compress(b"id,a\n1,\x81\x8d\n"), "line 2: this is not text"),
    ("a gzip of a PDF", gzip.compress(b"%PDF-1.7"), "a PDF"),
    ("a gzip bomb", files.gzip_bomb(), "unpacks to more than"),
    ("a workbook bomb", files.sheet_bomb(), "unpacks to more than|too much for a workbook"),
    (
        "a workbook of two far cells",
        files.changed_sheet(b'r="A2"', b'r="XFD1048576"'),
        "too many to hold; save the sheet as CSV",
    ),
    ("a workbook that is none", b"PK\x03\x04rest", "not a whole Excel workbook"),
    ("half a workbook", files.workbook()[:900], "not a whole Excel workbook"),
    ("a zip archive", files.other_archive("customers.csv"), "a zip archive, not an Excel workbook"),
    ("an OpenDocument", files.other_archive("content.xml"), "a workbook of another kind"),
    ("a binary workbook", files.other_archive("xl/workbook.bin"), "a workbook of another kind"),
    ("an empty workbook inside", files.other_archive("xl/workbook.xml"), "workbook is damaged"),
    ("a workbook with a password", files.locked(), "locked by a password"),
    ("an old workbook that is none", b"\xd0\xcf\x11\xe0rest", "Excel workbook is damaged"),
    ("an empty sheet", files.workbook([]), "sheet 'Customers' is empty"),
    ("a sheet of blanks", files.workbook([("", ""), ("", "")]), "sheet 'Customers' is empty"),
    ("a false Parquet", b"PAR1 and nothing more", "cannot be read as a table"),
    ("a cut Parquet", b"PAR1" + bytes(40) + b"PAR1", "cannot be read as a table"),
    ("a cell of a million", b"id,a\n1," + b"x" * 1_000_000 + b"\n", "line 2: a field is too long"),
    ("a row of three million", b"id,a\n" + b"x" * 3_000_000 + b"\n", "too long|longer than 2 MB"),
    ("long ids", b"id,a\n" + b"x" * 300 + b",1\n", "longer than 200 characters"),
    ("control characters", b"id,a\n1\x07,1\n", "control character"),
    ("two ids", b"id,customer_id\n1,2\n", "has a column customer_id that is not the id"),
    ("the header again and again", b"id,a\nid,a\nid,a\n", "it repeats the header"),
]

# Each: what it is, its bytes, and how many rows are kept of it.
READ: list[tuple[str, bytes, int]] = [
    ("formulas", b"id,a\n=1+1,=cmd|' /C calc'!A0\n+2,@SUM(A1)\n", 2),
    ("a script in the header", b"id,<script>alert(1)</script>\n1,2\n", 1),
    ("quotes and SQL in the header", b'id,"a ""b"" \'c\'; DROP TABLE x --"\n1,2\n', 1),
    ("a line end in the header", b'id,"a\nb"\n1,2\n', 1),
    ("columns without a name", b"id,,\n1,2,3\n", 1),
    ("words of SQL", b"id,select,from,row,chosen,suppressed,purchase\n1,2,3,4,5,6,7\n", 1),
    ("separators of Unicode", "id,a\n1,x\u2028y\x1cz\n".encode(), 1),
    ("ids of emoji", "id,a\n😀,🎉\n👩‍👩‍👧,x\n".encode(), 2),
    (
        "names from right to left",
        "id,\u05e9\u05dd\n1,\u202e\u05d3\u05d5\u05d3\n2,محمد\n".encode(),
        2,
    ),
    ("one column", b"id\n1\n\n2\n", 2),
    ("some rows ragged", b"id,a\n1,2\n3\n4,5,6\n7,8\n", 2),
    ("old Mac line ends", b"id,a\r1,2\r3,4\r", 2),
    ("mixed line ends", b"id,a\r\n1,2\n3,4\r5,6\r\n", 3),
    ("no last line end", b"id,a\n1,2", 1),
    ("two marks", b"\xef\xbb\xbfid,a\n\xef\xbb\xbf1,2\n3,4\n", 2),
    ("two files joined", b"\xef\xbb\xbfid,a\n1,2\n\xef\xbb\xbfid,a\n3,4\n", 2),
    ("a line that names the separator", b"sep=;\nid;a\n1;2\n", 1),
    ("huge integers", b"id,a\n123456789012345678901234567890,9" + b"9" * 40 + b"\n", 1),
    ("not a number", b"id,a\n1,NaN\n2,inf\n3,-inf\n", 3),
    ("negative zero", b"id,a\n1,-0\n2,-0.0\n3,1.5\n", 3),
    ("spaces around ids", b"id,a\n 1 ,x\n\t2,y\n\xc2\xa03\xc2\xa0,z\n", 3),
    ("ids that differ by case", b"id,a\nab,1\nAB,2\n", 2),
    ("an id twice", b"id,a\n1,x\n1,y\n", 1),
    ("UTF-16 without a mark", "id,name\n1,Zoe\n2,Max\n".encode("utf-16-le"), 2),
    ("UTF-16 from the other end", b"\xfe\xff" + "id,name\n1,Zoé\n".encode("utf-16-be"), 1),
    ("Windows-1252", "id,name\n1,Zoé €\n".encode("cp1252"), 1),
    ("a gzip", gzip.compress(b"id,a\n1,2\n"), 1),
    ("a gzip of a workbook", gzip.compress(files.workbook()), 2),
    ("a workbook", files.workbook(), 2),
    ("a workbook with a title", files.workbook([("All customers",), (), *files.ROWS]), 2),
    ("merged cells", files.workbook(merged="B2:B3"), 2),
    ("formulas in a workbook", files.workbook([("id", "a"), ("1", "=1+1"), ("2", "=A1")]), 2),
    ("a workbook of errors", files.workbook([("id", "a"), ("1", "#N/A"), ("2", 3)]), 2),
    ("columns by spaces", b" 0001  12  19970101\n 0002   3  19970102\n", 2),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "staging"


def take(path: Path, folder: Path, id_column: str = "id") -> StagedImport:
    return read_customers(path, ImportRequest(id_column, "test"), folder)


def test_there_are_enough_of_them() -> None:
    assert len(REFUSED) + len(READ) >= 60


@pytest.mark.parametrize(("content", "said"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_file_that_cannot_be_read_is_one_sentence_and_leaves_nothing(
    content: bytes, said: str, tmp_path: Path, folder: Path
) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=said) as refused:
        take(path, folder)
    sentence = str(refused.value)
    assert sentence.startswith("customers.csv")
    assert "\n" not in sentence
    assert len(sentence) < 400
    assert str(tmp_path) not in sentence
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("content", "kept"), [r[1:] for r in READ], ids=[r[0] for r in READ])
def test_a_strange_file_that_can_be_read_is_read(
    content: bytes, kept: int, tmp_path: Path, folder: Path
) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(content)
    report = take(path, folder, "column_1" if content.startswith(b" ") else "id").report
    counted = report.kept + report.rejected + report.duplicate + report.suppressed
    assert (report.kept, counted) == (kept, report.read)


def test_a_line_without_an_end_is_refused_before_it_is_held(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "customers.csv"
    with path.open("wb") as file:
        file.write(b"id,a\n")
        file.truncate(1 << 30)  # a gigabyte, of which the disk holds a few bytes
    with pytest.raises(FileInvalid, match="longer than 64 MB"):
        take(path, folder)
    monkeypatch.setattr(text_encoding, "MAX_LINE_BYTES", 1 << 21)
    path.write_bytes(b"id,a\n1,2\n" + b"x" * (6 << 20))
    with pytest.raises(FileInvalid, match=r"line 3: this line is longer than 2 MB"):
        take(path, folder)


def test_what_is_packed_well_but_is_small_is_no_bomb(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "customers.csv.gz"
    path.write_bytes(gzip.compress(b"id,a\n1,2\n" + b"1,2\n" * 100_000))
    assert take(path, folder).report.duplicate == 100_000
    monkeypatch.setattr(unpacked, "SAFE_BYTES", 1000)
    monkeypatch.setattr(unpacked, "MAX_TIMES", 2)
    with pytest.raises(FileInvalid, match="unpacks to more than"):
        take(path, folder)


def test_a_parquet_with_nested_columns_is_read_and_said(tmp_path: Path, folder: Path) -> None:
    query = "SELECT '1' AS id, [1, 2] AS list, {'a': 1, 'b': 'x'} AS pair, 'x'::BLOB AS raw"
    path = tmp_path / "customers.parquet"
    path.write_bytes(files.parquet(query, str(tmp_path)))
    staged = take(path, folder)
    assert [c.kind for c in staged.columns] == [ColumnKind.TEXT] * 4
    assert sum("lists or groups of values" in note for note in staged.report.notes) == 2


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.mkdir(), "this is a folder; name a file"),
        (lambda path: None, "there is no such file"),
        (lambda path: path.symlink_to(path.with_name("absent")), "there is no such file"),
        (lambda path: path.symlink_to(path), "there is no such file"),
        (lambda path: path.symlink_to("/dev/zero"), "not an ordinary file"),
        (os.mkfifo, "not an ordinary file"),
    ],
    ids=["folder", "absent", "dead link", "link to itself", "device", "pipe"],
)
def test_what_is_not_a_file_is_refused(make, said, tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "customers.csv"
    make(path)
    with pytest.raises(FileInvalid, match=said):
        take(path, folder)


def test_a_link_to_a_file_is_the_file(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "real.csv").write_bytes(b"id,a\n1,2\n")
    link = tmp_path / "link.csv"
    link.symlink_to("real.csv")
    assert take(link, folder).rows == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_one_may_not_read_is_said(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(b"id,a\n1,2\n")
    path.chmod(0)
    with pytest.raises(FileInvalid, match=r"cannot be read .Permission denied"):
        take(path, folder)


def test_minus_zero_is_zero_and_infinity_is_no_number(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(b"id,z,i,n\n1,-0.0,inf,NaN\n2,1.5,1,2\n")
    staged = take(path, folder)
    with duckdb.connect() as connection:
        found = connection.execute(f"FROM '{staged.path}'").fetchall()
    assert repr(found) == "[('1', 0.0, 'inf', None), ('2', 1.5, '1', 2)]"
