"""A real database for every test of state: SQLite always, PostgreSQL where one is installed."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from core.storage import campaigns, datasets, segmentations
from core.storage.audit_log import AuditLog, Place
from core.storage.database import Database
from core.storage.schema import METADATA
from tests.storage import nouns
from tests.storage.audit_trails import KEY

_DEBIAN = Path("/usr/lib/postgresql")


def _programs() -> Path | None:
    found = shutil.which("pg_ctl")
    if found is not None:
        return Path(found).parent
    newest = sorted(_DEBIAN.glob("*/bin/pg_ctl"), key=lambda p: int(p.parts[-3]))
    return newest[-1].parent if newest else None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _as_server(folder: Path) -> tuple[str, ...]:
    """The words before a command of the server, which refuses to be run by root."""
    if os.geteuid() != 0:
        return ()
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL refuses root, and there is no user 'postgres' to run it as")
    shutil.chown(folder, "postgres")
    return ("runuser", "-u", "postgres", "--")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A server of its own for this test run, as a URL without a database."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here (no pg_ctl): `apt-get install postgresql`")
    # Not pytest's folder: the server's user may not look into it.
    folder = Path(tempfile.mkdtemp(prefix="cpo-pg-"))
    who, port, data = _as_server(folder), _free_port(), str(folder / "data")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    control = (*who, str(programs / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"))

    def call(*words: str) -> None:
        subprocess.run(words, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    try:
        call(*who, str(programs / "initdb"), "-D", data, "-U", "app", "--auth=trust", "-N")
        call(*control, "-o", options, "start")
        yield f"postgresql://app@127.0.0.1:{port}"
        call(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Which engine a test runs on: each test on both."""
    return str(request.param)


@pytest.fixture
def empty_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of this test's own without any table."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path}/new/state.db"
        return
    server, name = request.getfixturevalue("postgresql"), f"t{uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        yield f"{server}/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def sqlite_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with its tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "state.db"
    opened = Database.open(f"sqlite:///{path}")
    opened.migrate()
    opened.close()
    return path


@pytest.fixture(scope="session")
def postgresql_state(postgresql: str) -> Iterator[Database]:
    """A database with its tables on the server, for one test after the other."""
    opened = Database.open(f"{postgresql}/postgres")
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with its tables and no row."""
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_state"), tmp_path / "state.db")
        opened = Database.open(f"sqlite:///{tmp_path}/state.db")
        yield opened
        opened.close()
        return
    shared: Database = request.getfixturevalue("postgresql_state")
    yield shared
    with shared.begin() as tx:
        # Past the triggers that keep history: the role of a replica, for this one transaction.
        tx.exec_driver_sql("SET LOCAL session_replication_role = replica")
        tx.exec_driver_sql("; ".join(f"DELETE FROM {name}" for name in METADATA.tables))  # noqa: S608


@pytest.fixture
def workspace(database: Database) -> Database:
    """A database with a dataset, two segments and a campaign."""
    with database.begin() as tx:
        datasets.add(tx, nouns.dataset())
        segmentations.add(tx, nouns.segmentation())
        campaigns.add(tx, nouns.campaign())
    return database


@pytest.fixture
def log(database: Database, tmp_path: Path) -> AuditLog:
    """The audit log of a workspace whose key is the one of `audit_trails`."""
    place = Place(tmp_path / "logs", tmp_path / "processed")
    environment = {"CPO_AUDIT_KEY": KEY.secret.decode()}
    return AuditLog.opened(database, place, environment, nouns.NOON)
