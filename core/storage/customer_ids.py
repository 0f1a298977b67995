"""Which rows of a file have a usable id, which repeat one, and what to say of each."""

from dataclasses import dataclass

import duckdb

from core.errors import FileInvalid
from core.models.customers import RejectedRow
from core.storage.broken_lines import MAX_LISTED, ROW_CHARACTERS
from core.storage.duck import number
from core.storage.source_file import SOURCE, SourceFile

JUDGED = "judged"
"""The table of judged rows: row, id, reason (null: usable) and the first row with the same id."""

_KEPT = "j.reason IS NULL AND j.first = j.row"
_ID_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Judgement:
    """How many rows are kept, rejected or repeat an id, and the first of these in full."""

    kept: int
    rejected: int
    duplicate: int
    listed: tuple[RejectedRow, ...]
    notes: tuple[str, ...]


def judge(connection: duckdb.DuckDBPyConnection, source: SourceFile, field: str) -> None:
    """Judges every row by its id.

    Raises:
        FileInvalid: no row can be used; names the first line and why.
    """
    # Whole numbers that passed through floating point: 13085.0 is customer 13085.
    if connection.execute(
        f"SELECT bool_and(regexp_matches({field}, '^[0-9]+[.]0$')) FROM {SOURCE}"
    ).fetchall()[0][0]:
        connection.execute(f"UPDATE {SOURCE} SET {field} = regexp_replace({field}, '[.]0$', '')")
    connection.execute(
        f"""CREATE TABLE {JUDGED} AS SELECT row, {field} AS id, CASE
            WHEN {field} IS NULL THEN 'it has no id'
            WHEN regexp_matches({field}, '[[:cntrl:]]') THEN 'its id holds a control character'
            WHEN length({field}) > {_ID_CHARACTERS} THEN
                'its id is longer than {_ID_CHARACTERS} characters' END AS reason,
            min(row) OVER (PARTITION BY {field}) AS first
        FROM {SOURCE}"""
    )
    if not number(connection, f"SELECT count(*) FROM {JUDGED} WHERE reason IS NULL"):
        first = min((*source.listed, *_listed(connection, source)), key=lambda r: r.line)
        raise FileInvalid(
            source.path,
            f"none of its {source.read:,} rows can be used; here {first.reason}.",
            line=first.line,
        )


def kept_rows() -> str:
    """The source with only the rows that are kept, in file order on one thread."""
    return f"{SOURCE} WHERE row NOT IN (SELECT row FROM {JUDGED} AS j WHERE NOT ({_KEPT}))"


def judgement(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> Judgement:
    """What became of every row, in file order."""
    kept, rejected, duplicate, only_by_case = connection.execute(
        f"""SELECT count(*) FILTER ({_KEPT}), count(*) FILTER (reason IS NOT NULL),
            count(*) FILTER (reason IS NULL AND first < row),
            count(DISTINCT id) - count(DISTINCT lower(id)) FROM {JUDGED} AS j"""
    ).fetchall()[0]
    problems = sorted((*source.listed, *_listed(connection, source)), key=lambda r: r.line)
    rejected += source.broken
    notes = []
    if rejected + duplicate > MAX_LISTED:
        notes.append(f"Of the rows that were not kept, the first {MAX_LISTED:,} are listed.")
    if only_by_case:
        notes.append(f"{only_by_case:,} ids differ from another one only by upper and lower case.")
    return Judgement(kept, rejected, duplicate, tuple(problems[:MAX_LISTED]), tuple(notes))


def _listed(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> tuple[RejectedRow, ...]:
    fields = ", ".join(f"coalesce(c{i}, '')" for i in range(len(source.columns)))
    rows = connection.execute(
        f"""SELECT j.row, j.reason, j.first, j.id, concat_ws(',', {fields})[:{ROW_CHARACTERS}]
        FROM {JUDGED} AS j JOIN {SOURCE} AS s ON s.row = j.row
        WHERE NOT ({_KEPT}) ORDER BY j.row LIMIT {MAX_LISTED}"""
    ).fetchall()
    return tuple(
        RejectedRow(
            source.line_of(row),
            reason or f"the id '{customer}' is already on line {source.line_of(first)}",
            text,
        )
        for row, reason, first, customer, text in rows
    )
