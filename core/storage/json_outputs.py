"""The segments and assignments of a campaign as the JSON documents that other systems read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.frames import CUSTOMER_ID
from core.models.customers import Column
from core.storage.duck import (
    copy,
    copy_parquet,
    identifier,
    literal,
    looking,
    mapping,
    number,
    parquet,
    replacing,
)

MOST_JSON_ROWS = 100_000
"""Above this many rows the JSON only names a Parquet file beside it."""


@dataclass(frozen=True, slots=True)
class Output:
    """What was written: the JSON, the Parquet beside it when the rows are there, and how many."""

    path: Path
    twin: Path | None
    rows: int


def export_segments_json(
    segments_path: Path,
    dataset_path: Path,
    names: Mapping[str, str],
    columns: Sequence[Column],
    out_path: Path,
) -> Output:
    """Writes the segment of each customer, with their attributes and nothing personal.

    `names` gives the name of each segment by id; the order is that of the customer file.
    """
    attributes = [c.name for c in columns if c.in_rules]
    fields = ", ".join(f"{identifier(name)} := d.{identifier(name)}" for name in attributes)
    features = f"struct_pack({fields})" if fields else "CAST('{}' AS JSON)"
    return _written(
        f"""SELECT s.{CUSTOMER_ID}, {mapping(names, "s.segment_id", "s.segment_id")} AS segment,
            s.segment_id, s.confidence, {features} AS features
        FROM {parquet(segments_path, numbered=True)} AS s
        JOIN {parquet(dataset_path)} AS d ON s.{CUSTOMER_ID} = d.{CUSTOMER_ID}
        ORDER BY s.file_row_number""",
        out_path,
    )


def export_assignments_json(
    assignments_path: Path, assigned_at: datetime, out_path: Path
) -> Output:
    """Writes the arm and variant of each assigned customer, in the order of their ids."""
    return _written(
        f"""SELECT {CUSTOMER_ID}, segment, arm, variant_id,
            {literal(assigned_at.isoformat())} AS assigned_at
        FROM {parquet(assignments_path)} ORDER BY {CUSTOMER_ID}""",
        out_path,
    )


def _written(query: str, path: Path) -> Output:
    """The rows as one JSON array, or as Parquet with a JSON that names it."""
    # Never the name of a table of ours: an assignments.parquet may lie in the same folder.
    twin = path.with_name(f"{path.name}.parquet")
    with looking() as connection:
        connection.execute(f"CREATE TEMP TABLE output AS {query}")
        rows = number(connection, "SELECT count(*) FROM output")
        if rows <= MOST_JSON_ROWS:
            copy(connection, "FROM output", path, "FORMAT json, ARRAY true")
            twin.unlink(missing_ok=True)
            return Output(path, None, rows)
        copy_parquet(connection, "FROM output", twin)
    with replacing(path) as unfinished:
        document = json.dumps({"parquet": twin.name, "rows": rows}, indent=2)
        unfinished.write_text(f"{document}\n", encoding="utf-8")
    return Output(path, twin, rows)
