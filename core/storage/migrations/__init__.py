"""The history of the tables: which version a database has, and whether it is the present one."""

from sqlalchemy import Connection, inspect, text

from core.storage.schema import HEAD, VERSION_TABLE


def version(tx: Connection) -> str | None:
    """The version the database has; None when it has no table of ours."""
    if not inspect(tx).has_table(VERSION_TABLE):
        return None
    found: str | None = tx.execute(
        text(f"SELECT version_num FROM {VERSION_TABLE}")
    ).scalar_one_or_none()
    return found


def ready(tx: Connection) -> bool:
    """Whether the database has the version this code reads and writes."""
    return version(tx) == HEAD
