"""A real database for every test of state: SQLite always, PostgreSQL where one is installed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.storage import campaigns, datasets, segmentations
from core.storage.audit_log import AuditLog, Place
from core.storage.database import Database
from core.storage.schema import METADATA
from tests.servers import postgresql
from tests.storage import nouns
from tests.storage.audit_trails import KEY


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
    with postgresql.database_on(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with its tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "state.db"
    opened = Database.open(f"sqlite:///{path}")
    opened.migrate()
    opened.close()
    return path


@pytest.fixture(scope="session")
def postgresql_state(postgresql_server: str) -> Iterator[Database]:
    """A database with its tables on the server, for one test after the other."""
    opened = Database.open(f"{postgresql_server}/postgres")
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
