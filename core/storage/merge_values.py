"""The values of merge fields: of how many customers they are known, and what they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.frames import CUSTOMER_ID
from core.models.customers import EVERYONE, ColumnKind
from core.models.merge_fields import LONGEST_VALUE, UNUSABLE, MergeField
from core.storage.duck import identifier, literal, looking, parquet
from core.storage.suppression_tokens import Suppressed
from core.storage.tables import segment_sql


@dataclass(frozen=True, slots=True)
class Sample:
    """One customer of a segment and what the fields are for them; None where nothing is known."""

    customer_id: str
    values: tuple[tuple[str, str | None], ...]


def value_sql(field: MergeField, table: str) -> str:
    """SQL for a value as a message shows it, null where it cannot be shown.

    The same as `core.models.merge_fields.usable`.
    """
    raw = f"CAST({table}.{identifier(field.column)} AS VARCHAR)"
    if field.kind is ColumnKind.NUMBER:
        raw = f"regexp_replace({raw}, '[.]0$', '')"
    text = rf"trim(regexp_replace({raw}, '[ \t\r\n\f\v]+', ' ', 'g'))"
    return (
        f"CASE WHEN length({text}) BETWEEN 1 AND {LONGEST_VALUE} "
        f"AND NOT regexp_matches({text}, {literal(UNUSABLE)}) THEN {text} END"
    )


def counted(
    segments_path: Path, dataset_path: Path, fields: Sequence[MergeField]
) -> Mapping[str, tuple[MergeField, ...]]:
    """For each segment, and for everyone, how many customers it has and lacks the fields of."""
    if not fields:
        return {}
    missing = ", ".join(f"count(*) FILTER (({value_sql(f, 'd')}) IS NULL)" for f in fields)
    everyone = _members(segments_path, dataset_path, EVERYONE)
    with looking() as connection:
        rows = connection.execute(
            f"SELECT s.segment_id, count(*), {missing} FROM {everyone} GROUP BY s.segment_id"
        ).fetchall()
    found = {str(name): counts for name, *counts in rows}
    totals = [sum(column) for column in zip(*found.values(), strict=True)]
    every = found | {EVERYONE: totals or [0] * (1 + len(fields))}
    return {name: _with_counts(fields, counts) for name, counts in every.items()}


def _with_counts(fields: Sequence[MergeField], counts: Sequence[int]) -> tuple[MergeField, ...]:
    return tuple(
        replace(field, customers=counts[0], missing=number)
        for field, number in zip(fields, counts[1:], strict=True)
    )


def samples(
    segments_path: Path,
    dataset_path: Path,
    segment_id: str,
    fields: Sequence[MergeField],
    *,
    most: int,
) -> tuple[Sample, ...]:
    """So many customers of a segment, always the same ones, with their values."""
    columns = [f"s.{CUSTOMER_ID}", *(value_sql(f, "d") for f in fields)]
    with looking() as connection:
        rows = connection.execute(
            f"SELECT {', '.join(columns)} "
            f"FROM {_members(segments_path, dataset_path, segment_id)} "
            f"ORDER BY sha256(s.{CUSTOMER_ID}), s.{CUSTOMER_ID} LIMIT {int(most)}"
        ).fetchall()
    names = [f.name for f in fields]
    return tuple(Sample(str(row[0]), tuple(zip(names, row[1:], strict=True))) for row in rows)


def of_customer(
    dataset_path: Path, customer_id: str, fields: Sequence[MergeField], hidden: Suppressed
) -> Mapping[str, str | None] | None:
    """What the fields are for one customer; None for whom there is no row, or who is left out."""
    values = ", ".join(["1", *(value_sql(f, "d") for f in fields)])
    with looking() as connection:
        left_out = hidden.matches(connection, f"d.{CUSTOMER_ID}")
        row = connection.execute(
            f"SELECT {values} FROM {parquet(dataset_path)} AS d "
            f"WHERE CAST(d.{CUSTOMER_ID} AS VARCHAR) = {literal(customer_id)} AND NOT {left_out}"
        ).fetchone()
    return None if row is None else dict(zip([f.name for f in fields], row[1:], strict=True))


def _members(segments_path: Path, dataset_path: Path, segment_id: str) -> str:
    belongs = segment_sql(segment_id)
    return (
        f"(SELECT {CUSTOMER_ID}, segment_id FROM {parquet(segments_path)} WHERE {belongs}) "
        f"AS s JOIN {parquet(dataset_path)} AS d USING ({CUSTOMER_ID})"
    )
