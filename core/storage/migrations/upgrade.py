"""The way from any version of the tables to the present one; apart, for Alembic loads slowly."""

from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from core.errors import StorageUnavailable
from core.storage.migrations import ready, version
from core.storage.schema import HEAD

# Alembic keeps the migration it runs in module globals: one at a time in this process.
_ALEMBIC = Lock()


def upgrade(tx: Connection, place: str) -> None:
    """Bring the database to the version of this code, inside this write transaction.

    Raises:
        StorageUnavailable: a newer version of this product made the database.
    """
    with _ALEMBIC:
        if ready(tx):
            return
        found = version(tx)
        if found is not None and found not in known():
            raise StorageUnavailable(
                f"The database {place} was made by a newer version of this product (schema "
                f"{found}, this one knows {HEAD}); update the product or choose another workspace."
            )
        config = _config()
        config.attributes["connection"] = tx
        command.upgrade(config, "head")


def known() -> tuple[str, ...]:
    """Every version this code can come from, newest first."""
    scripts = ScriptDirectory.from_config(_config())
    return tuple(script.revision for script in scripts.walk_revisions())


def _config() -> Config:
    config = Config()
    # A "%" in the path would be read as an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
