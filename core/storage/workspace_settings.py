"""Small facts a workspace remembers, by key."""

from sqlalchemy import Connection, insert, select, update

from core.storage.schema import WORKSPACE_SETTINGS as SETTINGS


def get(tx: Connection, key: str) -> str | None:
    """What was put under the key, or None."""
    return tx.execute(select(SETTINGS.c.value).where(SETTINGS.c.key == key)).scalar_one_or_none()


def put(tx: Connection, key: str, value: str) -> None:
    """Remember the value under the key, in place of any before."""
    known = tx.execute(update(SETTINGS).where(SETTINGS.c.key == key).values(value=value))
    if known.rowcount == 0:
        tx.execute(insert(SETTINGS).values(key=key, value=value))
