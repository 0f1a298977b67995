"""The arms of a mailing made elsewhere, as an assignment like our own."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from core.errors import FileInvalid
from core.frames import CUSTOMER_ID
from core.models.send import ArmCount
from core.storage.assignment_table import AssignmentResult
from core.storage.duck import copy_parquet, mapping, parquet, session
from core.storage.source_file import SOURCE, SourceFile, read_source


@dataclass(frozen=True, slots=True)
class RecordedArms:
    """Where the arms stand in a file, and the names of the segments by id."""

    names: dict[str, str]
    id_column: str = CUSTOMER_ID
    arm_column: str = "arm"


def record_arms(
    path: Path, segments_path: Path, recorded: RecordedArms, out_path: Path
) -> AssignmentResult:
    """Writes the arm of each customer as a file says it; there are no variants.

    Raises:
        FileInvalid: a customer is unknown or comes twice, or a row has no arm; names the line.
    """
    with TemporaryDirectory() as workspace, session() as connection:
        source = read_source(connection, path, Path(workspace))
        absent = [c for c in (recorded.id_column, recorded.arm_column) if c not in source.columns]
        if absent:
            listed = ", ".join(source.columns[:30])
            raise FileInvalid(path, f"there is no column '{absent[0]}'; it has: {listed}.")
        customer, arm = source.field(recorded.id_column), source.field(recorded.arm_column)
        _join(connection, parquet(segments_path), customer, arm)
        _refuse_rows(connection, source)
        segment = mapping(recorded.names, "segment_id", "segment_id")
        sha256 = copy_parquet(
            connection,
            f"SELECT {CUSTOMER_ID}, segment_id, {segment} AS segment, arm, "
            f"CAST(NULL AS VARCHAR) AS variant_id FROM joined ORDER BY {CUSTOMER_ID}",
            out_path,
        )
        return AssignmentResult(_counts(connection, recorded.names), (), sha256)


def _join(connection: duckdb.DuckDBPyConnection, segments: str, customer: str, arm: str) -> None:
    connection.execute(
        f"""CREATE TEMP TABLE joined AS SELECT row, {customer} AS {CUSTOMER_ID}, {arm} AS arm,
            segment_id, min(row) OVER (PARTITION BY {customer}) AS first
        FROM {SOURCE} LEFT JOIN {segments} AS s ON {customer} = s.{CUSTOMER_ID}"""
    )


def _refuse_rows(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    if source.broken:
        first = source.listed[0]
        raise FileInvalid(source.path, f"a row cannot be read: {first.reason}.", line=first.line)
    rows = connection.execute(
        f"""SELECT row, CASE WHEN {CUSTOMER_ID} IS NULL THEN 'there is no customer id.'
            WHEN segment_id IS NULL THEN 'the customer ''' || {CUSTOMER_ID} || ''' is not known.'
            WHEN first < row THEN 'the customer ''' || {CUSTOMER_ID} || ''' comes twice.'
            WHEN arm IS NULL THEN 'there is no arm.' END AS problem
        FROM joined WHERE problem IS NOT NULL ORDER BY row"""
    ).fetchmany(1)
    for row, problem in rows:
        raise FileInvalid(source.path, problem, line=source.line_of(row))


def _counts(connection: duckdb.DuckDBPyConnection, names: dict[str, str]) -> tuple[ArmCount, ...]:
    rows = connection.execute(
        "SELECT segment_id, arm, count(*) FROM joined GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return tuple(ArmCount(s, names.get(s, s), arm, count) for s, arm, count in rows)
