"""A file of events read and found good: staged, sorted by id, each event once."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import FileInvalid
from core.frames import CUSTOMER_ID
from core.models.outcome_events import IGNORED, OutcomesMapping
from core.storage.duck import bounded, copy_parquet, literal, number, parquet, session
from core.storage.event_columns import STORED, EventColumns
from core.storage.outcome_customers import (
    Assigned,
    LeftOut,
    leave_out_others,
    pass_over_left_out,
)
from core.storage.source_file import SOURCE, SourceFile, read_source
from core.storage.staging import staging

EVENTS, ROWS = "events.parquet", "rows.parquet"
_TABLE = "event_rows"


@dataclass(frozen=True, slots=True)
class EventsRequest:
    """For which campaign a file is, and what its columns mean.

    `leave_out_others` passes over the events of customers who are not in the test; those of who
    is `left_out` are passed over anyway.
    """

    assignments_path: Path
    campaign: str
    mapping: OutcomesMapping
    leave_out_others: bool = False
    left_out: LeftOut = LeftOut()


@dataclass(frozen=True, slots=True)
class StagedEvents:
    """Events that were read and found good, in a folder; `sha256` is that of their content.

    `rows` are those of the file, `others` of them of nobody in the test, `ignored` of no interest,
    and `passed_over` of customers who were erased or left out.
    """

    folder: Path
    source: str
    sha256: str
    rows: int
    others: int
    ignored: int
    line_of: Callable[[int], int]
    passed_over: int = 0

    @property
    def events(self) -> Path:
        """Each event once, sorted by id."""
        return self.folder / EVENTS

    def refuse(self, problem: str, row: int) -> FileInvalid:
        """The error that names the line of a row."""
        return FileInvalid(self.source, f"{problem}. Nothing was stored.", line=self.line_of(row))


def read_events(path: Path, request: EventsRequest, folder: Path) -> StagedEvents:
    """The events of a file with one row an event, staged inside `folder`.

    Raises:
        FileInvalid: the file cannot be read, or a row of it cannot be used; names the first such
            line. Nothing is kept.
    """
    with staging(folder, "events") as workspace, session(threads=None) as connection:
        bounded(connection, workspace)
        connection.execute("SET preserve_insertion_order = false")
        source = read_source(connection, path, workspace)
        if source.broken:
            first = source.listed[0]
            raise FileInvalid(path, f"this row cannot be read: {first.reason}.", line=first.line)
        columns = EventColumns.of(source, request.mapping)
        assigned = Assigned(request.assignments_path, request.campaign)
        allowed = request.leave_out_others
        customer = columns.fields[CUSTOMER_ID]
        passed = pass_over_left_out(connection, source, customer, assigned, request.left_out)
        others = leave_out_others(connection, source, customer, assigned, allowed=allowed)
        copy_parquet(connection, columns.select(connection), workspace / ROWS)
        _refuse_first(connection, columns, workspace / ROWS)
        connection.execute(f"DROP TABLE {SOURCE}")
        rows = parquet(workspace / ROWS)
        ignored = number(connection, f"SELECT count(*) FROM {rows} WHERE kind = '{IGNORED}'")
        source.line_of(0)  # the lines are found while the temporary files are there
        different = _all_different(connection, rows)
        if not different:
            _refuse_twice(connection, source, rows)
        _refuse_mixed(connection, source, rows)
        sha256 = _sorted(connection, rows, workspace / EVENTS, different=different)
        return StagedEvents(
            workspace, path.name, sha256, source.rows, others, ignored, source.line_of, passed
        )


def discard_events(staged: StagedEvents) -> None:
    """Removes what was staged."""
    shutil.rmtree(staged.folder, ignore_errors=True)


def differs(left: str, right: str) -> str:
    """SQL for whether two events of one id say different things."""
    return " OR ".join(
        f"{left}.{name} IS DISTINCT FROM {right}.{name}" for name in STORED if name != "event_id"
    )


def told(left: str, right: str) -> list[str]:
    """SQL of the name of the first column in which two events differ, and of both its values."""
    names = [name for name in STORED if name != "event_id"]
    unlike = {n: f"WHEN {left}.{n} IS DISTINCT FROM {right}.{n} THEN" for n in names}
    column = " ".join(f"{when} {literal(name)}" for name, when in unlike.items())
    values = (
        " ".join(
            f"{when} coalesce(CAST({side}.{name} AS VARCHAR), 'nothing')"
            for name, when in unlike.items()
        )
        for side in (left, right)
    )
    return [f"CASE {cases} END" for cases in (column, *values)]


def _sorted(connection: duckdb.DuckDBPyConnection, rows: str, out: Path, *, different: bool) -> str:
    """Each event once, by its id; the same whatever the order of the file."""
    # One thread, so that the same events are the same bytes.
    connection.execute("SET threads = 1")
    connection.execute("SET preserve_insertion_order = true")
    once = "" if different else "DISTINCT "
    kept = ", ".join(STORED)
    return copy_parquet(
        connection,
        f"SELECT {once}{kept} FROM {rows} WHERE kind <> '{IGNORED}' ORDER BY event_id",
        out,
    )


def _all_different(connection: duckdb.DuckDBPyConnection, rows: str) -> bool:
    return (
        number(
            connection,
            f"SELECT count(*) - count(DISTINCT event_id) FROM {rows} WHERE kind <> '{IGNORED}'",
        )
        == 0
    )


def _refuse_first(connection: duckdb.DuckDBPyConnection, columns: EventColumns, rows: Path) -> None:
    """The first row with which something is wrong."""
    found = connection.execute(
        f"SELECT row, problem FROM {parquet(rows)} WHERE problem IS NOT NULL ORDER BY row LIMIT 1"
    ).fetchall()
    for row, problem in found:
        names = list(columns.fields)
        texts = connection.execute(
            f"SELECT {', '.join(columns.fields[name] for name in names)} FROM {SOURCE} "
            "WHERE row = $1",
            [row],
        ).fetchall()[0]
        said = columns.sentence(problem, dict(zip(names, texts, strict=True)))
        source = columns.source
        raise FileInvalid(source.path, f"{said}. Nothing was stored.", line=source.line_of(row))


def _refuse_twice(connection: duckdb.DuckDBPyConnection, source: SourceFile, rows: str) -> None:
    """An id that comes again and says something else."""
    found = connection.execute(
        f"""SELECT n.row, n.event_id, k.row, {", ".join(told("k", "n"))}
        FROM {rows} AS n JOIN (SELECT event_id, min(row) AS first FROM {rows}
            WHERE kind <> '{IGNORED}' GROUP BY event_id HAVING count(*) > 1) AS f
            ON f.event_id = n.event_id AND n.row > f.first
        JOIN {rows} AS k ON k.row = f.first
        WHERE n.kind <> '{IGNORED}' AND ({differs("k", "n")}) ORDER BY n.row LIMIT 1"""
    ).fetchall()
    for row, event, first, column, before, now in found:
        raise FileInvalid(
            source.path,
            f"the event '{event}' is already on line {source.line_of(first)} with the {column} "
            f"{before}, here it is {now}. Nothing was stored.",
            line=source.line_of(row),
        )


def _refuse_mixed(connection: duckdb.DuckDBPyConnection, source: SourceFile, rows: str) -> None:
    """Amounts in two currencies, or one order under two events."""
    found = connection.execute(
        f"SELECT currency, min(row) FROM {rows} WHERE currency IS NOT NULL GROUP BY currency "
        "ORDER BY min(row)"
    ).fetchall()
    if len(found) > 1:
        (first, line), (other, row) = found[:2]
        raise FileInvalid(
            source.path,
            f"the currency is {other}, but {first} on line {source.line_of(line)}; a campaign has "
            "one currency, and nothing is converted. Nothing was stored.",
            line=source.line_of(row),
        )
    again = connection.execute(
        f"SELECT max(row), order_id FROM {rows} WHERE kind = 'ordered' GROUP BY order_id "
        "HAVING count(DISTINCT event_id) > 1 ORDER BY max(row) LIMIT 1"
    ).fetchall()
    for row, order in again:
        raise FileInvalid(
            source.path,
            f"the order '{order}' comes with two event ids and would count twice; keep one. "
            "Nothing was stored.",
            line=source.line_of(row),
        )
