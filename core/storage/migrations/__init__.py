"""The history of the tables: which version a database has, and the way to the present one."""

from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from core.errors import StorageUnavailable
from core.storage.schema import HEAD, VERSION_TABLE

# Alembic keeps the migration it runs in module globals: one at a time in this process.
_ALEMBIC = Lock()


def ready(tx: Connection, place: str) -> bool:
    """Whether the database has the version of this code.

    Raises:
        StorageUnavailable: a newer version of this product made the database.
    """
    found = version(tx)
    if found == HEAD:
        return True
    if found is not None and found not in known():
        raise StorageUnavailable(
            f"The database {place} was made by a newer version of this product (schema {found}, "
            f"this one knows {HEAD}); update the product or choose another workspace."
        )
    return False


def version(tx: Connection) -> str | None:
    """The version the database has; None when it is empty."""
    if not inspect(tx).has_table(VERSION_TABLE):
        return None
    return tx.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one_or_none()


def known() -> frozenset[str]:
    """Every version this code can come from."""
    scripts = ScriptDirectory.from_config(_config())
    return frozenset(script.revision for script in scripts.walk_revisions())


def upgrade(tx: Connection, place: str) -> None:
    """Bring the database to the version of this code inside this write transaction.

    Raises:
        StorageUnavailable: a newer version of this product made the database.
    """
    with _ALEMBIC:
        if ready(tx, place):
            return
        config = _config()
        config.attributes["connection"] = tx
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    # A "%" in the path would be read as an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
