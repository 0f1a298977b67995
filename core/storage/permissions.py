"""Who may be written to by which channel, counted from a table of customers."""

from collections.abc import Sequence

import duckdb

from core.models.customers import Column, ColumnRole, PermissionCount
from core.storage.duck import identifier


def permission_counts(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[Column]
) -> tuple[PermissionCount, ...]:
    """How many customers said yes, no or nothing, for each permission column.

    A source or date that names the same channel belongs to the permission; one that names none
    belongs to the only permission there is.
    """
    asked = [c for c in columns if c.role is ColumnRole.PERMISSION]
    found = []
    for column in asked:
        name = identifier(column.name)
        yes, no, rest = connection.execute(
            f"""SELECT count(*) FILTER ({name} = 'yes'), count(*) FILTER ({name} = 'no'),
                count(*) FILTER ({name} IS NULL) FROM {table}"""
        ).fetchall()[0]
        source, at = (
            _beside(columns, role, column, only=len(asked) == 1)
            for role in (ColumnRole.PERMISSION_SOURCE, ColumnRole.PERMISSION_DATE)
        )
        found.append(PermissionCount(column.name, column.channel, yes, no, rest, source, at))
    return tuple(found)


def _beside(
    columns: Sequence[Column], role: ColumnRole, permission: Column, *, only: bool
) -> str | None:
    fitting = {c.channel: c.name for c in columns if c.role is role}
    return fitting.get(permission.channel) or (fitting.get("") if only else None)
