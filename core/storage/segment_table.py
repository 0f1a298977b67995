"""Which customer is in which segment: one Parquet file for each version of the segments."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from core.errors import BadInput
from core.frames import CUSTOMER_ID
from core.models.customers import SegmentRule
from core.models.segment_models import Feature
from core.storage.customer_values import pieces_with_ids
from core.storage.duck import (
    copy_parquet,
    literal,
    looking,
    number,
    parquet,
    replacing,
    session,
    sha256_of,
)
from core.storage.rule_margins import Margins
from core.storage.tables import ParquetCustomers, segment_sql

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class SegmentTable:
    """A written table of members: where, how many, and the SHA-256 of the file."""

    path: Path
    rows: int
    sha256: str


def write_segments(
    customers: ParquetCustomers,
    rules: Sequence[SegmentRule],
    out_path: Path,
    *,
    exclusive: bool = False,
) -> SegmentTable:
    """Puts every customer into the segment of the first rule that holds, in the order of the file.

    `exclusive` says that no two rules mean the same customer, whatever their order. What the
    confidence means is told in `core.storage.rule_margins`.

    Raises:
        BadInput: a rule does not fit the columns, or a customer is left without a segment.
    """
    ids = [literal(rule.segment_id) for rule in rules]
    named = f"list_extract([{', '.join(ids)}], part + 1)" if ids else "NULL"
    parsed = [customers.parsed(rule) for rule in rules]
    with session() as connection:
        margins = Margins(connection, customers.source(), customers.attributes)
        split = margins.table(parsed, [CUSTOMER_ID], exclusive=exclusive)
        connection.execute(f"CREATE TEMP TABLE split AS {split}")
        left = number(connection, "SELECT count(*) FROM split WHERE part < 0")
        if left:
            raise BadInput(
                f"{left:,} customers are in no segment; end the list with a rule for everyone."
            )
        sha256 = copy_parquet(
            connection,
            f"SELECT {CUSTOMER_ID}, {named} AS segment_id, confidence FROM split",
            out_path,
        )
        return SegmentTable(out_path, number(connection, "SELECT count(*) FROM split"), sha256)


def write_placed(
    customers: ParquetCustomers,
    features: Sequence[Feature],
    place: Callable[[Values], tuple[Places, Values]],
    ids: Sequence[str],
    out_path: Path,
) -> SegmentTable:
    """Puts every customer where `place` says, piece by piece, in the order of the file.

    `place` gives for each row of values the place of a segment in the ids, and the confidence.
    """
    schema = pa.schema(
        [(CUSTOMER_ID, pa.string()), ("segment_id", pa.string()), ("confidence", pa.float64())]
    )
    named, rows = pa.array(list(ids), pa.string()), 0
    with (
        session() as connection,
        replacing(out_path) as unfinished,
        pq.ParquetWriter(unfinished, schema, compression="zstd") as writer,
    ):
        for piece in pieces_with_ids(connection, customers.source(), features):
            places, confidence = place(piece.values)
            columns = [
                pa.array(piece.ids).cast(pa.string()),
                named.take(pa.array(places)),
                pa.array(np.round(confidence, 6)),
            ]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            rows += len(places)
    return SegmentTable(out_path, rows, sha256_of(out_path))


def members(
    segments_path: Path, segment_id: str, *, offset: int = 0, limit: int = 50
) -> tuple[str, ...]:
    """A page of the ids of a segment, in the order of the customer file."""
    with looking() as connection:
        rows = connection.execute(
            f"""SELECT {CUSTOMER_ID} FROM {parquet(segments_path, numbered=True)}
            WHERE {segment_sql(segment_id)} ORDER BY file_row_number LIMIT ? OFFSET ?""",
            [limit, offset],
        ).fetchall()
    return tuple(row[0] for row in rows)


@dataclass(frozen=True, slots=True)
class Member:
    """A customer's segment, and how firmly they are in it."""

    segment_id: str
    confidence: float


def member(segments_path: Path, customer_id: str) -> Member | None:
    """The segment of a customer, or None for somebody who is not in the dataset."""
    with looking() as connection:
        rows = connection.execute(
            f"SELECT segment_id, confidence FROM {parquet(segments_path)} WHERE {CUSTOMER_ID} = ?",
            [customer_id],
        ).fetchall()
    return Member(rows[0][0], float(rows[0][1])) if rows else None


def segment_of(segments_path: Path, customer_id: str) -> str | None:
    """The segment of a customer, or None for somebody who is not in the dataset."""
    found = member(segments_path, customer_id)
    return None if found is None else found.segment_id


def audience_sha256(segments_path: Path, dataset_sha256: str, segment_id: str) -> str:
    """The SHA-256 of the dataset's own and of the sorted ids of a segment, one on each line.

    For everyone these are the ids of all segments.
    """
    digest = hashlib.sha256(f"{dataset_sha256}\n".encode())
    with looking() as connection:
        rows = connection.sql(
            f"SELECT {CUSTOMER_ID} || chr(10) AS line FROM {parquet(segments_path)} "
            f"WHERE {segment_sql(segment_id)} ORDER BY {CUSTOMER_ID}"
        )
        for batch in rows.to_arrow_reader(_BATCH):
            digest.update(_bytes(batch.column(0)))
    return digest.hexdigest()


def _bytes(lines: pa.Array) -> memoryview:
    """The texts one after the other, as Arrow keeps them: no row becomes a value of Python."""
    _, places, content = lines.cast(pa.large_string()).buffers()
    bounds = np.frombuffer(places, dtype=np.int64)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(content)[bounds[0] : bounds[-1]]
