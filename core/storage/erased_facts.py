"""What is known about a table once somebody was erased from it: sizes, ranges, group counts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.frames import CUSTOMER_ID
from core.models.customers import Column, Dataset, Segment, Segmentation
from core.storage.duck import identifier, looking, number, parquet
from core.storage.tables import permission_sql


def of_dataset(path: Path, dataset: Dataset) -> Dataset:
    """The data set with its rows, missing values and ranges counted anew.

    A range names its lowest and highest value, which may have been that of who is erased.
    """
    ranged = [c for c in dataset.columns if c.minimum is not None or c.missing]
    with looking(threads=None) as connection:
        asked = [
            f"count(*) - count({c}), CAST(min({c}) AS VARCHAR), CAST(max({c}) AS VARCHAR)"
            for c in (identifier(each.name) for each in ranged)
        ]
        rows, *found = connection.execute(
            f"SELECT {', '.join(['count(*)', *asked])} FROM {parquet(path)}"
        ).fetchall()[0]
    facts = {each.name: found[3 * i : 3 * i + 3] for i, each in enumerate(ranged)}
    columns = tuple(_counted(c, *facts[c.name]) if c.name in facts else c for c in dataset.columns)
    return replace(dataset, rows=rows, columns=columns)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many customers each segment has and how many of them agreed, and how many there are."""

    counts: Mapping[str, tuple[int, int]]
    total: int

    def of(self, version: Segmentation) -> Segmentation:
        """The version with these sizes."""
        return replace(version, segments=tuple(self._sized(each) for each in version.segments))

    def _sized(self, segment: Segment) -> Segment:
        size, reached = self.counts.get(segment.segment_id, (0, 0))
        return replace(
            segment,
            size=size,
            share=size / self.total if self.total else 0.0,
            reachable=None if segment.reachable is None else reached,
        )


def sizes(path: Path, dataset_path: Path, permission: str | None) -> Sizes:
    """The sizes of the segments in a table of their members."""
    agreed = f"SELECT {CUSTOMER_ID}, {permission_sql(permission)} AS agreed"
    with looking(threads=None) as connection:
        rows = connection.execute(
            f"""SELECT s.segment_id, count(*), count(*) FILTER (d.agreed)
            FROM {parquet(path)} AS s LEFT JOIN ({agreed} FROM {parquet(dataset_path)}) AS d
            ON s.{CUSTOMER_ID} = d.{CUSTOMER_ID} GROUP BY 1"""
        ).fetchall()
        total = number(connection, f"SELECT count(*) FROM {parquet(dataset_path)}")
    return Sizes({segment: (size, reached) for segment, size, reached in rows}, total)


def arms_now(assignments_path: Path) -> Mapping[str, int]:
    """How many customers each arm of a test has now."""
    with looking(threads=None) as connection:
        rows = connection.execute(
            f"SELECT arm, count(*) FROM {parquet(assignments_path)} GROUP BY arm"
        ).fetchall()
    return dict(rows)


def _counted(column: Column, missing: int, low: str | None, high: str | None) -> Column:
    ranged = column.minimum is not None
    return replace(
        column,
        missing=missing,
        minimum=low if ranged else None,
        maximum=high if ranged else None,
    )
