"""A backup holds the whole workspace, from one moment; restoring gives it back or does nothing."""

import shutil
import stat
import threading
import zipfile
from pathlib import Path

import pytest

from core.errors import FileInvalid, StorageUnavailable
from core.models.people import Role
from core.models.runs import RunState
from core.orchestrator import config
from core.orchestrator.wiring import opened, restored
from core.storage import state_rows
from core.storage.database import Database
from tests.journeys.commands import run
from tests.servers.postgresql import database_on

NEXT = "dress-for-the-week"
# The restore itself is recorded, and a run that was under way is ended.
TOUCHED = {"audit", "audit_head"}


@pytest.fixture
def urls(request, tmp_path):
    """Makes the URL of an empty database of a kind."""

    def make(kind, name):
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/{name}/data/processed/state.db"
        server = request.getfixturevalue("postgresql_server")
        made = database_on(server)
        url = made.__enter__()
        request.addfinalizer(lambda: made.__exit__(None, None, None))
        return url

    return make


@pytest.fixture(scope="module")
def backup(sent, tmp_path_factory):
    """A backup of a workspace after a whole journey."""
    file = tmp_path_factory.mktemp("backup") / "cpo.zip"
    assert run(sent, "backup", "--out", file).code == 0
    return file


def rows(url):
    database = Database.open(url)
    with database.read() as tx:
        found = {t: list(state_rows.lines(tx, t)) for t in state_rows.tables() if t not in TOUCHED}
    database.close()
    return found


def state_of(workspace):
    return f"sqlite:///{workspace}/data/processed/state.db"


def files(workspace: Path):
    wanted = {".parquet", ".json", ".pdf", ".png", ".key"}
    # The note of where the audit log ends: the restore itself is recorded.
    kept = (p for p in workspace.rglob("*") if p.suffix in wanted and p.name != "audit_head.json")
    return {str(p.relative_to(workspace)): p.read_bytes() for p in kept}


def settings(workspace, url, **environment):
    return config.load(workspace, environment={"CPO_DATABASE_URL": url, **environment})


def application(workspace, url):
    return opened(settings(workspace, url))


def test_what_is_restored_is_what_was_there(sent, backup, tmp_path):
    empty = tmp_path / "empty"
    done = run(empty, "restore", backup, "--json")
    assert (done.code, done.document["rows"] > 100) == (0, True)
    assert rows(state_of(empty)) == rows(state_of(sent))
    assert files(empty) == files(sent)
    assert run(empty, "audit", "verify").code == 0
    key = empty / "data" / "processed" / "audit.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    for words in (
        ("results", "mens-and-womens-mailing", "--json"),
        ("campaign", "show", NEXT, "--json"),
    ):
        there, here = run(empty, *words).document, run(sent, *words).document
        # How long it took is the one thing that differs.
        assert there | {"timing": None} == here | {"timing": None}
    # The index was built anew. Not asked of the original: every search is kept.
    assert run(empty, "search", "delivery", "--json").document["results"]


@pytest.mark.parametrize(("here", "there"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_a_workspace_moves_between_databases_and_goes_on_there(
    backup, tmp_path, urls, sent, here, there
):
    first, second = urls(here, "first"), urls(there, "second")
    restored(settings(tmp_path / "first", first), backup)
    with application(tmp_path / "first", first) as app:
        app.backups.make(tmp_path / "again.zip")
    restored(settings(tmp_path / "second", second), tmp_path / "again.zip")
    with application(tmp_path / "second", second) as app:
        assert rows(second) == rows(first) == rows(state_of(sent))
        assert app.audit.verify().intact
        # Numbers go on after the last one, on either engine.
        app.people.add("newcomer", app.people.get("marketer").roles, by=app.people.get("admin"))
        assert app.people.get("newcomer").name == "newcomer"


def test_it_is_one_moment_however_much_is_written_meanwhile(workspace, tmp_path, open_application):
    stopped = threading.Event()

    def keep_writing():
        with open_application(workspace) as app:
            marketer = app.people.get("marketer")
            while not stopped.is_set():
                started = app.messages.generate(NEXT, by=marketer)
                app.messages.cancel(started.run_id, by=marketer)

    writing = threading.Thread(target=keep_writing)
    writing.start()
    try:
        made = [run(workspace, "backup", "--out", tmp_path / f"{n}.zip") for n in range(3)]
    finally:
        stopped.set()
        writing.join()
    assert [m.code for m in made] == [0, 0, 0]
    for number in range(3):
        empty = tmp_path / f"empty{number}"
        assert run(empty, "restore", tmp_path / f"{number}.zip").code == 0
        assert run(empty, "audit", "verify").code == 0


def test_a_run_under_way_is_over_after_a_restore(workspace, tmp_path, open_application):
    with open_application(workspace) as app:
        started = app.messages.generate(NEXT, by=app.people.get("marketer"))
        app.backups.make(tmp_path / "b.zip")
    assert run(tmp_path / "empty", "restore", tmp_path / "b.zip").code == 0
    with open_application(tmp_path / "empty") as app:
        report = app.messages.run_report(started.run_id)
        again = app.messages.retry_missing(NEXT, by=app.people.get("marketer"))
    assert report.run.state is RunState.CANCELLED
    assert "restored from a backup" in report.run.problem
    assert again.total == started.total


def test_a_workspace_in_use_and_an_existing_file_are_left_alone(sent, backup, tmp_path, demo):
    copy = shutil.copytree(demo, tmp_path / "used")
    before = rows(state_of(copy))
    done = run(copy, "restore", backup)
    assert (done.code, "is in use; nothing was restored" in done.err) == (1, True)
    assert rows(state_of(copy)) == before
    bytes_before = backup.read_bytes()
    done = run(sent, "backup", "--out", backup)
    assert (done.code, "exists already" in done.err) == (1, True)
    assert backup.read_bytes() == bytes_before


def test_a_backup_is_for_its_owner_only_and_holds_no_secret(backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with zipfile.ZipFile(backup) as archive:
        assert not [n for n in archive.namelist() if ".env" in n or n.endswith((".db", ".lock"))]


def _cut(backup, file):
    file.write_bytes(backup.read_bytes()[:-4000])


def _rewritten(backup, file, change):
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)


def _row_changed(backup, file):
    _rewritten(
        backup,
        file,
        lambda n, b: b.replace(b"approver", b"marketer") if n == "state/reviews.jsonl" else b,
    )


def _row_file_gone(backup, file):
    _rewritten(backup, file, lambda n, b: None if n == "state/audit.jsonl" else b)


def _something_added(backup, file):
    shutil.copy(backup, file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("files/../../outside.txt", "x")


def _of_another_version(backup, file):
    _rewritten(
        backup,
        file,
        lambda n, b: b.replace(b'"schema": "', b'"schema": "9') if n == "manifest.json" else b,
    )


DAMAGES = {
    "cut off": (_cut, "this is no backup, or it is damaged"),
    "a row changed": (_row_changed, "was changed or damaged"),
    "a table gone": (_row_file_gone, "something was added to it or taken out"),
    "a file added": (_something_added, "something was added to it or taken out"),
    "of another version": (_of_another_version, "its tables have version 9"),
    "no zip at all": (lambda _, file: file.write_text("hello"), "this is no backup"),
    "not there": (lambda *_: None, "there is no such file"),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_backup_changes_nothing(backup, tmp_path, how):
    damage, words = DAMAGES[how]
    file, empty = tmp_path / "damaged.zip", tmp_path / "empty"
    damage(backup, file)
    done = run(empty, "restore", file)
    assert done.code == 2
    assert words in done.err
    assert done.err.count("\n") == 1
    assert not [each for each in rows(state_of(empty)).values() if each]
    assert files(empty) == {}
    assert not (tmp_path / "outside.txt").exists()


KEY = "k" * 40


def test_a_trail_signed_by_a_key_of_the_environment_comes_back_with_that_key_only(demo, tmp_path):
    there = settings(tmp_path / "there", state_of(tmp_path / "there"), CPO_AUDIT_KEY=KEY)
    with opened(there) as app:
        app.people.add("ada", {Role.ADMIN}, by=None)
        app.backups.make(tmp_path / "b.zip")
    here = tmp_path / "here"
    for wrong in ({}, {"CPO_AUDIT_KEY": "x" * 40}):
        with pytest.raises(FileInvalid, match="signed with another key than the one here"):
            restored(settings(here, state_of(here), **wrong), tmp_path / "b.zip")
        assert files(here) == {}
    right = settings(here, state_of(here), CPO_AUDIT_KEY=KEY)
    restored(right, tmp_path / "b.zip")
    with opened(right) as app:
        assert app.audit.verify().intact
    assert not (here / "data" / "processed" / "audit.key").exists()


def test_a_missing_table_of_customers_is_said_and_leaves_no_half_backup(sent_workspace, tmp_path):
    for path in (sent_workspace / "data" / "processed" / "tables").glob("dataset-*"):
        path.unlink()
    done = run(sent_workspace, "backup", "--out", tmp_path / "b" / "x.zip")
    assert done.code == 1
    (tmp_path / "c").mkdir()
    done = run(sent_workspace, "backup", "--out", tmp_path / "c" / "x.zip")
    assert (done.code, "is missing, so no backup was made" in done.err) == (1, True)
    assert list((tmp_path / "c").iterdir()) == []


def test_a_process_that_finds_another_folder_does_not_begin(tmp_path, urls):
    url = urls("postgresql", "any")
    with application(tmp_path / "shared", url) as app:
        assert "0 tables of customers, shared; workers: none" in _files_line(app)
    with application(tmp_path / "shared", url):
        pass
    with (
        pytest.raises(StorageUnavailable, match="mount the volume that the other processes use"),
        application(tmp_path / "elsewhere", url),
    ):
        pass


def _files_line(app):
    return next(each.detail for each in app.health.check() if each.job == "files")
