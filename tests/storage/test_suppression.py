"""People to leave out: known by tokens, left out of imports, assignments and exports."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect

from core.errors import FileInvalid
from core.models.suppression import LeftOut
from core.storage import suppressions
from core.storage.customer_import import ImportRequest, read_customers
from core.storage.database import Database
from core.storage.recipient_rows import Recipients
from core.storage.recipients import recipient_files
from core.storage.suppression_tokens import Suppressed, tokens_of_file
from core.storage.suppressions import Addition
from tests.storage import files
from tests.storage.versions import as_of

SECRET = "secret of this workspace"  # noqa: S105
LETTER = Addition("asked by letter", datetime(2026, 1, 2, tzinfo=UTC), "marketer")


def listed(tmp_path: Path, *ids: str, secret: str = SECRET) -> Suppressed:
    path = tmp_path / "out.csv"
    path.write_text("\n".join(["id", *ids]) + "\n")
    return Suppressed(secret, tokens_of_file(path, "id", secret, tmp_path))


def test_a_token_is_neither_the_id_nor_the_same_in_another_workspace(tmp_path: Path) -> None:
    here = listed(tmp_path, "C1", "C2").tokens
    there = listed(tmp_path, "C1", "C2", secret="another").tokens  # noqa: S106
    assert len(here) == 2
    assert not set(here) & set(there)
    assert all(len(token) == 64 and "C1" not in token for token in here)


def test_the_same_person_has_one_token_however_the_id_is_written(tmp_path: Path) -> None:
    assert len(listed(tmp_path, "13085", "13085.0", " 13085 ").tokens) == 1
    assert len(listed(tmp_path, "Ann@x.org", "ann@X.ORG").tokens) == 1


@pytest.mark.parametrize(
    ("content", "said"), [("nr\n1\n", "no column 'id'"), ("id,a\n,1\n", "names nobody")]
)
def test_a_list_that_names_nobody_is_refused(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text(content)
    with pytest.raises(FileInvalid, match=said):
        tokens_of_file(path, "id", SECRET, tmp_path)


def test_an_import_leaves_them_out_and_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("id,a\nC1,1\nc2,2\nC3,3\nC1,4\n,5\n")
    hidden = listed(tmp_path, "C1", "C2", "C9")
    staged = read_customers(path, ImportRequest("id", "x", suppressed=hidden), tmp_path / "s")
    report = staged.report
    assert (report.read, report.kept, report.rejected, report.duplicate, report.suppressed) == (
        *(5, 1, 1, 0),
        3,
    )
    assert "C1" not in str(report)
    everyone = listed(tmp_path, "C1", "C2", "C3")
    path.write_text("id,a\nC1,1\nC2,2\n")
    with pytest.raises(FileInvalid, match="all of its 2 customers are on the list of people"):
        read_customers(path, ImportRequest("id", "x", suppressed=everyone), tmp_path / "s")


def test_the_recipient_files_have_no_line_for_them(tmp_path: Path) -> None:
    assigned, customers = tmp_path / "a.parquet", tmp_path / "d.parquet"
    assigned.write_bytes(
        files.parquet(
            "SELECT 'C' || i AS customer_id, 's' AS segment_id, 'S' AS segment, 'v' AS variant_id, "
            "CASE WHEN i % 2 = 0 THEN 'friendly' ELSE 'urgent' END AS arm FROM range(10) AS t(i)",
            str(tmp_path),
        )
    )
    customers.write_bytes(
        files.parquet("SELECT 'C' || i AS customer_id FROM range(10) AS t(i)", str(tmp_path))
    )
    hidden = listed(tmp_path, "c1", "C2", "C4")
    with recipient_files(assigned, customers, Recipients(suppressed=hidden), tmp_path) as drawn:
        out, _ = drawn.write(tmp_path / "recipients.csv")
        assert drawn.rows() == 7
        without = drawn.left_out()
    lines = out.read_text().splitlines()[1:]
    assert {line.partition(",")[0] for line in lines} == {f"C{i}" for i in (0, 3, 5, 6, 7, 8, 9)}
    assert without == (
        LeftOut("on the list of people to leave out", "friendly", 2),
        LeftOut("on the list of people to leave out", "urgent", 1),
    )
    with recipient_files(assigned, customers, Recipients(), tmp_path) as drawn:
        assert drawn.left_out() == ()


def test_the_list_keeps_each_person_once_with_the_first_reason(database: Database) -> None:
    with database.begin() as tx:
        assert suppressions.add(tx, ["a", "b", "a"], LETTER) == 2
        later = Addition("by phone", datetime(2026, 2, 2, tzinfo=UTC), "admin")
        assert suppressions.add(tx, ["b", "c"], later) == 1
    with database.read() as tx:
        assert suppressions.tokens(tx) == ("a", "b", "c")
        found = {c.reason: c.people for c in suppressions.counts(tx)}
    assert found == {"asked by letter": 2, "by phone": 1}


def test_a_database_of_the_first_version_gets_the_list(empty_url: str) -> None:
    opened = Database.open(empty_url)
    as_of(opened, "0001")
    opened.migrate()
    with opened.read() as tx:
        assert {c["name"] for c in inspect(tx).get_columns("suppressions")} == {
            *("number", "token", "reason", "added_at", "added_by")
        }
    opened.close()
