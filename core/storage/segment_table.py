"""Which customer is in which segment: one Parquet file for each version of the segments."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadInput
from core.frames import CUSTOMER_ID
from core.models.customers import SegmentRule
from core.storage.duck import copy_parquet, literal, number, parquet, session
from core.storage.tables import ParquetCustomers, segment_sql

_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class SegmentTable:
    """A written table of members: where, how many, and the SHA-256 of the file."""

    path: Path
    rows: int
    sha256: str


def write_segments(
    customers: ParquetCustomers, rules: Sequence[SegmentRule], out_path: Path
) -> SegmentTable:
    """Puts every customer into the segment of the first rule that holds, in the order of the file.

    Raises:
        BadInput: a rule does not fit the columns, or a customer is left without a segment.
    """
    ids = [literal(rule.segment_id) for rule in rules]
    named = f"list_extract([{', '.join(ids)}], part + 1)" if ids else "NULL"
    split = f"SELECT {CUSTOMER_ID}, {customers.part(rules)} AS part FROM {customers.source()}"
    with session() as connection:
        connection.execute(f"CREATE TEMP TABLE split AS {split}")
        left = number(connection, "SELECT count(*) FROM split WHERE part < 0")
        if left:
            raise BadInput(
                f"{left:,} customers are in no segment; end the list with a rule for everyone."
            )
        sha256 = copy_parquet(
            connection,
            f"SELECT {CUSTOMER_ID}, {named} AS segment_id, CAST(1 AS DOUBLE) AS confidence "
            "FROM split",
            out_path,
        )
        return SegmentTable(out_path, number(connection, "SELECT count(*) FROM split"), sha256)


def members(
    segments_path: Path, segment_id: str, *, offset: int = 0, limit: int = 50
) -> tuple[str, ...]:
    """A page of the ids of a segment, in the order of the customer file."""
    with session() as connection:
        rows = connection.execute(
            f"""SELECT {CUSTOMER_ID} FROM {parquet(segments_path, numbered=True)}
            WHERE {segment_sql(segment_id)} ORDER BY file_row_number LIMIT ? OFFSET ?""",
            [limit, offset],
        ).fetchall()
    return tuple(row[0] for row in rows)


def segment_of(segments_path: Path, customer_id: str) -> str | None:
    """The segment of a customer, or None for somebody who is not in the dataset."""
    with session() as connection:
        rows = connection.execute(
            f"SELECT segment_id FROM {parquet(segments_path)} WHERE {CUSTOMER_ID} = ?",
            [customer_id],
        ).fetchall()
    return rows[0][0] if rows else None


def audience_sha256(segments_path: Path, dataset_sha256: str, segment_id: str) -> str:
    """The SHA-256 of the dataset's own and of the sorted ids of a segment, one on each line.

    For everyone these are the ids of all segments.
    """
    digest = hashlib.sha256(f"{dataset_sha256}\n".encode())
    with session() as connection:
        rows = connection.execute(
            f"SELECT {CUSTOMER_ID} FROM {parquet(segments_path)} WHERE {segment_sql(segment_id)} "
            f"ORDER BY {CUSTOMER_ID}"
        )
        while batch := rows.fetchmany(_BATCH):
            digest.update("".join(f"{row[0]}\n" for row in batch).encode())
    return digest.hexdigest()
