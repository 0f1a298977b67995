"""Opening, sharing and losing a database."""

import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import ConfigInvalid, StorageUnavailable
from core.storage import workspace_settings
from core.storage.database import Database


def test_a_missing_folder_is_made_and_the_file_is_in_wal_mode(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "state.db"
    Database.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()


def test_a_write_is_kept_only_when_the_whole_transaction_is(database: Database) -> None:
    def write_and_fail() -> None:
        with database.begin() as tx:
            workspace_settings.put(tx, "colour", "red")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with database.read() as tx:
        assert workspace_settings.get(tx, "colour") is None
    for colour in ("red", "blue"):
        with database.begin() as tx:
            workspace_settings.put(tx, "colour", colour)
    with database.read() as tx:
        assert workspace_settings.get(tx, "colour") == "blue"


def test_nothing_is_written_through_a_read(database: Database) -> None:
    with pytest.raises(StorageUnavailable), database.read() as tx:
        workspace_settings.put(tx, "colour", "red")
    with database.begin() as tx:
        workspace_settings.put(tx, "colour", "blue")


def test_a_read_sees_one_moment_and_does_not_hinder_a_writer(database: Database) -> None:
    with database.read() as before:
        assert workspace_settings.get(before, "colour") is None
        with database.begin() as tx:
            workspace_settings.put(tx, "colour", "red")
        assert workspace_settings.get(before, "colour") is None
    with database.read() as after:
        assert workspace_settings.get(after, "colour") == "red"


def test_writers_take_turns_so_that_no_addition_is_lost(database: Database) -> None:
    def add_ten() -> None:
        for _ in range(10):
            with database.begin() as tx:
                seen = int(workspace_settings.get(tx, "count") or 0)
                workspace_settings.put(tx, "count", str(seen + 1))

    threads = [threading.Thread(target=add_ten) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        assert workspace_settings.get(tx, "count") == "40"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_rows_must_belong_to_something(database: Database) -> None:
    with database.begin() as tx:
        assert tx.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x", "postgresql+asyncpg://h/x", "nope"],
)
def test_another_kind_of_url_is_a_setting_to_correct(url: str) -> None:
    with pytest.raises(ConfigInvalid, match="CPO_DATABASE_URL"):
        Database.open(url)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageUnavailable, match=r"file.* cannot be made .*choose a workspace"):
        Database.open(f"sqlite:///{tmp_path}/file/state.db")


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.db").mkdir()
    with pytest.raises(StorageUnavailable, match=r"state\.db is a folder"):
        Database.open(f"sqlite:///{tmp_path}/state.db")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("These are not the bytes of a database. " * 50)
    with pytest.raises(StorageUnavailable, match=r"state\.db .*restore a backup"):
        Database.open(f"sqlite:///{tmp_path}/state.db")


_OPEN_AS_NOBODY = """
import os, sys
from core.errors import StorageUnavailable
from core.storage.database import Database
if os.geteuid() == 0:
    os.setuid(65534)
try:
    Database.open(sys.argv[1])
except StorageUnavailable as error:
    print(error)
"""


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_folder_nobody_may_write_to_is_named(mode: int) -> None:
    # Not pytest's folder, which is closed to everybody but its owner.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(mode)
        words = (sys.executable, "-c", _OPEN_AS_NOBODY, f"sqlite:///{folder}/state.db")
        said = subprocess.run(words, capture_output=True, text=True, check=True)
        folder.chmod(0o755)
    assert f"{folder} may not be read and written by you" in said.stdout


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StorageUnavailable, match=r"127\.0\.0\.1:1/cpo cannot be used") as seen:
        Database.open("postgresql+psycopg://app:hunter2@127.0.0.1:1/cpo")
    assert "hunter2" not in str(seen.value)


def test_a_database_that_was_not_prepared_says_so(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/state.db")
    with pytest.raises(StorageUnavailable, match="has not been prepared"), database.read() as tx:
        workspace_settings.get(tx, "colour")
    database.close()


def test_the_url_is_not_shown_by_accident(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/state.db")
    assert database.url == f"sqlite:///{tmp_path}/state.db"
    assert "sqlite:///" not in repr(database)
    database.close()
