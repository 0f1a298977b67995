"""What a file of outcomes says about the way of a message: sent, delivered, and the days."""

import duckdb

from core.errors import FileInvalid
from core.models.stages import DELIVERED, DELIVERY, OUTCOME_ON, SENT, SENT_ON
from core.storage.duck import identifier
from core.storage.source_file import SOURCE, SourceFile

_YES, _NO = ("'1'", "'1.0'", "'true'"), ("'0'", "'0.0'", "'false'")
_DAY = "'^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}'"
_STORED = {SENT: "BOOLEAN", DELIVERED: "BOOLEAN", SENT_ON: "DATE", OUTCOME_ON: "DATE"}


def value(name: str, field: str) -> str:
    """SQL that reads the text of a delivery column; null where it is none, or says nothing."""
    if _STORED[name] == "BOOLEAN":
        return (
            f"CASE WHEN lower({field}) IN ({', '.join(_YES)}) THEN true "
            f"WHEN lower({field}) IN ({', '.join(_NO)}) THEN false END"
        )
    # Only ISO dates: 01/02/2025 is two different days.
    return (
        f"CASE WHEN regexp_matches({field}, {_DAY}) "
        f"THEN CAST(TRY_CAST({field} AS TIMESTAMP) AS DATE) END"
    )


def stored(name: str, table: str) -> str:
    """SQL of a delivery column of stored outcomes, in its own type."""
    return f"CAST({table}.{identifier(name)} AS {_STORED[name]})"


def present(names: tuple[str, ...]) -> tuple[str, ...]:
    """The delivery columns among these, in their own order."""
    return tuple(name for name in DELIVERY if name in names)


def refuse_delivery(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, fields: dict[str, str]
) -> None:
    """Refuses what cannot be read, and what contradicts itself.

    Raises:
        FileInvalid: names the first line; a day may be left empty, whether it was sent may not.
    """
    for name in present(tuple(fields)):
        field = fields[name]
        may_be_empty = "" if _STORED[name] == "BOOLEAN" else f"AND {field} IS NOT NULL"
        rows = connection.execute(
            f"SELECT row, {field} FROM {SOURCE} WHERE {value(name, field)} IS NULL {may_be_empty} "
            "ORDER BY row"
        ).fetchmany(1)
        for row, text in rows:
            raise FileInvalid(source.path, _problem(name, text), line=source.line_of(row))
    if {SENT, DELIVERED} <= set(fields):
        _refuse_unsent(connection, source, fields)


def _problem(name: str, text: str | None) -> str:
    if text is None:
        return f"there is no value for {name}; write 0 where it was not. Nothing was stored."
    wanted = "0 or 1" if _STORED[name] == "BOOLEAN" else "a date such as 2025-01-31"
    return f"'{text}' in {name} is not {wanted}. Nothing was stored."


def _refuse_unsent(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, fields: dict[str, str]
) -> None:
    sent, delivered = value(SENT, fields[SENT]), value(DELIVERED, fields[DELIVERED])
    rows = connection.execute(
        f"SELECT row FROM {SOURCE} WHERE {delivered} AND NOT {sent} ORDER BY row"
    ).fetchmany(1)
    for (row,) in rows:
        raise FileInvalid(
            source.path,
            "the message was delivered but not sent; correct one of the two. Nothing was stored.",
            line=source.line_of(row),
        )
