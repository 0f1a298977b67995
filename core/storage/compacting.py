"""Tables written anew, so that nothing of what was deleted is left in their files.

SQLite's file is rewritten whole (`VACUUM`) and its log emptied. On PostgreSQL a plain `VACUUM`
only lets go of the space, and the bytes stay until something else is written there; `VACUUM
(FULL)` makes a new file of a table. What the server's own log and its backups hold stays there
for as long as they are kept.
"""

import time
from collections.abc import Sequence

from sqlalchemy import Connection

IN_USE = (
    "The log of {} is in use and could not be emptied; run `erase --again` when nothing else runs."
)
_WAIT_S = 10
_PAUSE_S = 0.05


def written_anew(tx: Connection, tables: Sequence[str]) -> bool:
    """Write tables anew, outside of any transaction; False while somebody reads on."""
    return _sqlite(tx) if tx.dialect.name == "sqlite" else _postgresql(tx, tables)


def _sqlite(tx: Connection) -> bool:
    tx.exec_driver_sql("VACUUM")
    for _ in range(int(_WAIT_S / _PAUSE_S)):
        if not tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]:
            return True
        time.sleep(_PAUSE_S)
    return False


def _postgresql(tx: Connection, tables: Sequence[str]) -> bool:
    alone = tx.execution_options(isolation_level="AUTOCOMMIT")
    # The table is locked meanwhile: better to give up than to make everybody wait for long.
    alone.exec_driver_sql(f"SET lock_timeout = '{_WAIT_S}s'")
    try:
        for name in tables:
            alone.exec_driver_sql(f'VACUUM (FULL) "{name}"')
    finally:
        alone.exec_driver_sql("RESET lock_timeout")
    return True
