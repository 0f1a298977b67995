"""Any database becomes one of the present version, once."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from core.errors import StorageUnavailable
from core.storage import migrations, schema
from core.storage.database import Database
from core.storage.migrations import upgrade


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    opened = Database.open(empty_url)
    yield opened
    opened.close()


def test_the_head_of_the_code_is_the_newest_migration() -> None:
    assert upgrade.known()[0] == schema.HEAD


def test_the_migrations_make_exactly_the_tables_of_the_schema(database: Database) -> None:
    ours = {*schema.METADATA.tables, schema.VERSION_TABLE}
    with database.begin() as tx:
        assert set(inspect(tx).get_table_names()) == ours
        context = MigrationContext.configure(tx, opts={"version_table": schema.VERSION_TABLE})
        assert compare_metadata(context, schema.METADATA) == []


def test_a_second_time_changes_nothing(database: Database) -> None:
    database.migrate()
    with database.read() as tx:
        assert migrations.version(tx) == schema.HEAD


def test_two_threads_may_start_at_once(empty: Database) -> None:
    problems: list[BaseException] = []
    gate = threading.Barrier(4)

    def start() -> None:
        gate.wait()
        try:
            empty.migrate()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            problems.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with empty.read() as tx:
        assert migrations.ready(tx)


def test_two_processes_may_start_at_once(empty_url: str) -> None:
    code = (
        "import sys; from core.storage.database import Database; "
        "database = Database.open(sys.argv[1]); database.migrate(); database.close()"
    )
    words = (sys.executable, "-c", code, empty_url)
    started = [subprocess.Popen(words, stderr=subprocess.PIPE, cwd=Path.cwd()) for _ in range(2)]
    said = [process.communicate()[1] for process in started]
    assert said == [b"", b""]
    assert [process.returncode for process in started] == [0, 0]


def test_a_newer_database_is_left_alone(empty: Database) -> None:
    empty.migrate()
    with empty.begin() as tx:
        tx.execute(text("UPDATE alembic_version_cpo SET version_num = '9999'"))
    with pytest.raises(StorageUnavailable, match=r"newer version .*schema 9999"):
        empty.migrate()
    with empty.read() as tx:
        assert migrations.version(tx) == "9999"


def test_tables_of_others_in_the_same_database_are_left_alone(empty: Database) -> None:
    with empty.begin() as tx:
        tx.execute(text("CREATE TABLE workflow_status (id INTEGER)"))
        tx.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        tx.execute(text("INSERT INTO alembic_version VALUES ('theirs')"))
    empty.migrate()
    with empty.read() as tx:
        assert tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "theirs"
        assert inspect(tx).has_table("workflow_status")


def test_a_migration_that_fails_leaves_nothing_behind(empty: Database) -> None:
    with empty.begin() as tx:
        tx.execute(text("CREATE TABLE runs (mine INTEGER)"))
    with pytest.raises(Exception, match="already exists"):
        empty.migrate()
    with empty.read() as tx:
        assert inspect(tx).get_table_names() == ["runs"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_it_works_from_any_folder(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    empty.migrate()
