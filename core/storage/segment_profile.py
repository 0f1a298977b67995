"""What a written table of members says about each segment: sizes, traits, differences."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from core.frames import CUSTOMER_ID
from core.models.customers import ColumnKind, email_permission
from core.models.segment_quality import Difference
from core.protocols.customer_table import SegmentCount
from core.storage.duck import identifier, literal, looking, parquet
from core.storage.tables import ParquetCustomers, permission_sql
from core.storage.traits import every_standout, standouts


def counted(
    customers: ParquetCustomers, segments_path: Path, ids: Sequence[str]
) -> tuple[SegmentCount, ...]:
    """Sizes, permission and standout traits of the segments, in the order of the ids."""
    known = email_permission(customers.columns) is not None
    with looking() as connection:
        _split(connection, customers, segments_path, ids)
        reached = "count(*) FILTER (agreed)" if known else "NULL"
        rows = connection.execute(
            f"SELECT part, count(*), {reached} FROM split GROUP BY part"
        ).fetchall()
        traits = standouts(connection, "split", customers.attributes)
    sizes = {part: (size, reachable) for part, size, reachable in rows}
    return tuple(
        SegmentCount(name, *sizes.get(part, (0, 0 if known else None)), traits.get(part, ()))
        for part, name in enumerate(ids)
    )


def differences(
    customers: ParquetCustomers, segments_path: Path, ids: Sequence[str]
) -> tuple[Difference, ...]:
    """How each segment differs from everybody in each attribute, the strongest first."""
    flags = {c.name for c in customers.attributes if c.kind is ColumnKind.YES_NO}
    with looking() as connection:
        _split(connection, customers, segments_path, ids)
        found = every_standout(connection, "split", customers.attributes)
    return tuple(
        Difference(
            ids[part],
            each.trait.column,
            each.trait.category,
            each.trait.value,
            each.trait.overall,
            each.z,
            each.customers,
            each.trait.column in flags,
        )
        for part, every in sorted(found.items())
        for each in sorted(every, key=lambda s: (-round(s.strength, 9), s.trait.column))
    )


def mean_confidences(segments_path: Path) -> dict[str, float]:
    """The mean confidence of each segment."""
    with looking() as connection:
        rows = connection.execute(
            f"SELECT segment_id, avg(confidence) FROM {parquet(segments_path)} GROUP BY segment_id"
        ).fetchall()
    return {name: float(mean) for name, mean in rows}


def _split(
    connection: duckdb.DuckDBPyConnection,
    customers: ParquetCustomers,
    segments_path: Path,
    ids: Sequence[str],
) -> None:
    """The customers with the place of their segment as `part`, their attributes as c0, c1 ..."""
    agreed = permission_sql(email_permission(customers.columns))
    fields = [f"d.{identifier(c.name)} AS c{i}" for i, c in enumerate(customers.attributes)]
    places = " ".join(f"WHEN {literal(name)} THEN {i}" for i, name in enumerate(ids))
    part = f"CASE m.segment_id {places} ELSE -1 END" if ids else "-1"
    named = ", ".join([f"{part} AS part", f"{agreed} AS agreed", *fields])
    connection.execute(
        f"""CREATE TEMP TABLE split AS SELECT {named} FROM {customers.source()} AS d
        JOIN (SELECT {CUSTOMER_ID}, segment_id FROM {parquet(segments_path)}) AS m
        ON d.{CUSTOMER_ID} = m.{CUSTOMER_ID}"""
    )
