"""Which rows of a file have a usable id, which repeat one, and what to say of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from core.errors import FileInvalid
from core.models.customer_file import Duplicates
from core.models.customers import RejectedRow
from core.storage.broken_lines import MAX_LISTED, ROW_CHARACTERS
from core.storage.duck import literal
from core.storage.source_file import SOURCE, SourceFile
from core.storage.suppression_tokens import Suppressed

JUDGED = "judged"
"""The table of judged rows: row, id, reason (null: usable), suppressed, and the row that is kept
of all rows with the same id (null: none)."""

_KEPT = "j.reason IS NULL AND NOT j.suppressed AND j.chosen IS NOT DISTINCT FROM j.row"
_DUPLICATE = "j.reason IS NULL AND NOT j.suppressed AND j.chosen IS DISTINCT FROM j.row"
_ID_CHARACTERS = 200
_CHOSEN = {
    Duplicates.FIRST: "min(row) OVER same",
    Duplicates.LAST: "max(row) OVER same",
    Duplicates.REJECT: "CASE WHEN count(*) OVER same = 1 THEN row END",
}
_WORDS = {
    Duplicates.FIRST: "the id '{}' is already on line {}",
    Duplicates.LAST: "the id '{}' comes again on line {}, which is kept",
    Duplicates.REJECT: "the id '{}' comes more than once",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """How many rows are kept, rejected, suppressed or repeat an id, and the first listed."""

    kept: int
    rejected: int
    duplicate: int
    suppressed: int
    listed: tuple[RejectedRow, ...]
    notes: tuple[str, ...]


def judge(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    field: str,
    suppressed: Suppressed,
    duplicates: Duplicates,
) -> None:
    """Judges every row by its id."""
    without_stray_points(connection, field)
    hidden = suppressed.matches(connection, field)
    connection.execute(
        f"""CREATE TABLE {JUDGED} AS SELECT row, {field} AS id,
            {reason_sql(source, field)} AS reason, {hidden} AS suppressed,
            {_CHOSEN[duplicates]} AS chosen
        FROM {SOURCE} WINDOW same AS (PARTITION BY {field})"""
    )


def without_stray_points(connection: duckdb.DuckDBPyConnection, field: str) -> None:
    """Takes .0 from ids that passed through floating point: 13085.0 is customer 13085."""
    if connection.execute(
        f"SELECT bool_and(regexp_matches({field}, '^[0-9]+[.]0$')) FROM {SOURCE}"
    ).fetchall()[0][0]:
        connection.execute(f"UPDATE {SOURCE} SET {field} = regexp_replace({field}, '[.]0$', '')")


def reason_sql(source: SourceFile, field: str) -> str:
    """SQL for why a row cannot be a customer's, or null; its columns are those of the source."""
    header = " AND ".join(
        f"c{i} IS NOT DISTINCT FROM {literal(name)}" for i, name in enumerate(source.columns[:20])
    )
    return f"""CASE WHEN {field} IS NULL THEN 'it has no id'
        WHEN regexp_matches({field}, '[[:cntrl:]]') THEN 'its id holds a control character'
        WHEN length({field}) > {_ID_CHARACTERS} THEN
            'its id is longer than {_ID_CHARACTERS} characters'
        WHEN {field} = {literal(source.columns[int(field[1:])])} AND {header} THEN
            'it repeats the header' END"""


def kept_rows(source: SourceFile, kept: int) -> str:
    """The source with only the rows that are kept, in file order."""
    if kept == source.rows:
        return SOURCE
    others = f"SELECT row FROM {JUDGED} AS j WHERE NOT ({_KEPT})"
    return f"(FROM {SOURCE} WHERE row NOT IN ({others}) ORDER BY row)"


def judgement(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, duplicates: Duplicates
) -> Judgement:
    """What became of every row, in file order.

    Raises:
        FileInvalid: no row can be used; names the first line and why.
    """
    kept, rejected, duplicate, suppressed, only_by_case = connection.execute(
        f"""SELECT count(*) FILTER ({_KEPT}), count(*) FILTER (reason IS NOT NULL),
            count(*) FILTER ({_DUPLICATE}), count(*) FILTER (reason IS NULL AND suppressed),
            count(DISTINCT id) - count(DISTINCT lower(id)) FROM {JUDGED} AS j"""
    ).fetchall()[0]
    problems = _sorted(source, _listed(connection, source, duplicates))
    if not kept:
        _refuse(source, suppressed, problems)
    rejected += source.broken
    notes = []
    if rejected + duplicate > MAX_LISTED:
        notes.append(f"Of the rows that were not kept, the first {MAX_LISTED:,} are listed.")
    if only_by_case:
        notes.append(f"{only_by_case:,} ids differ from another one only by upper and lower case.")
    return Judgement(kept, rejected, duplicate, suppressed, problems[:MAX_LISTED], tuple(notes))


def _refuse(source: SourceFile, suppressed: int, problems: Sequence[RejectedRow]) -> None:
    if not problems:
        raise FileInvalid(
            source.path,
            f"all of its {suppressed:,} customers are on the list of people to leave out.",
        )
    raise FileInvalid(
        source.path,
        f"none of its {source.read:,} rows can be used; here {problems[0].reason}.",
        line=problems[0].line,
    )


def _sorted(source: SourceFile, listed: Sequence[RejectedRow]) -> tuple[RejectedRow, ...]:
    return tuple(sorted((*source.listed, *listed), key=lambda r: r.line))


def _listed(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, duplicates: Duplicates
) -> tuple[RejectedRow, ...]:
    rows = connection.execute(
        f"""SELECT j.row, j.reason, j.chosen, j.id, {row_text(source)}
        FROM {JUDGED} AS j JOIN {SOURCE} AS s ON s.row = j.row
        WHERE j.reason IS NOT NULL OR ({_DUPLICATE}) ORDER BY j.row LIMIT {MAX_LISTED}"""
    ).fetchall()
    words = _WORDS[duplicates]
    return tuple(
        RejectedRow(
            source.line_of(row),
            reason or words.format(customer, "" if other is None else source.line_of(other)),
            text,
        )
        for row, reason, other, customer, text in rows
    )


def row_text(source: SourceFile) -> str:
    """SQL of what a row of the source holds, cut to a length that can be shown."""
    fields = ", ".join(f"coalesce(c{i}, '')" for i in range(len(source.columns)))
    return f"concat_ws(',', {fields})[:{ROW_CHARACTERS}]"
