"""Databases as earlier versions of the product left them."""

from alembic import command

from core.storage.database import Database
from core.storage.migrations import upgrade


def as_of(database: Database, version: str) -> None:
    """Bring an empty database to a version of the tables, and no further."""
    config = upgrade._config()
    with database.begin() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, version)
