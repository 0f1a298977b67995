"""Who gets what: a keyed, stratified, reproducible assignment as one Parquet file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import BadInput, Refused
from core.frames import CUSTOMER_ID
from core.models.send import ArmCount, ArmPlan, Excluded
from core.models.suppression import SUPPRESSED
from core.statistics.assignment import quotas
from core.storage.duck import copy_parquet, literal, mapping, parquet, session
from core.storage.suppression_tokens import NOBODY, Suppressed
from core.storage.tables import permission_sql

NO_PERMISSION = "no permission"
UNKNOWN_PERMISSION = "permission unknown"


@dataclass(frozen=True, slots=True)
class AssignmentPlan:
    """What decides an assignment besides the customers.

    `names` gives the name of each segment to be assigned, by id; `variants` the variant of each
    segment and tone. `permission_column` None means nobody's permission is known. Whoever is
    `suppressed` is not assigned.
    """

    arms: Sequence[ArmPlan]
    salt: str
    names: Mapping[str, str]
    variants: Mapping[tuple[str, str], str]
    permission_column: str | None
    suppressed: Suppressed = NOBODY


@dataclass(frozen=True, slots=True)
class AssignmentResult:
    """What came of it: customers by segment and arm, who was left out, the file's SHA-256."""

    counts: tuple[ArmCount, ...]
    excluded: tuple[Excluded, ...]
    sha256: str


def assign(
    segments_path: Path, dataset_path: Path, plan: AssignmentPlan, out_path: Path
) -> AssignmentResult:
    """Assigns all who agreed: each segment, ordered by SHA-256 of `salt:id`, is cut by quotas.

    Raises:
        BadInput: an arm has no variant for a segment, or the weights cannot be used.
        Refused: nobody may be contacted.
    """
    slots = _variant_slots(plan)
    with session() as connection:
        _eligible(connection, segments_path, dataset_path, plan)
        sizes = connection.execute(
            "SELECT segment_id, count(*) FROM customers WHERE agreed GROUP BY segment_id"
        ).fetchall()
        excluded = _excluded(connection)
        if not sizes:
            raise Refused(_nobody(excluded))
        connection.execute(f"CREATE TEMP TABLE quotas AS {_values(_cuts(sizes, plan, slots))}")
        sha256 = copy_parquet(
            connection, _ASSIGNED.format(mapping(plan.names, "segment_id")), out_path
        )
        return AssignmentResult(_counts(connection, plan, out_path), excluded, sha256)


_ASSIGNED = f"""
    SELECT {CUSTOMER_ID}, segment_id, {{}} AS segment, arm, variant_id
    FROM (SELECT *, row_number() OVER (PARTITION BY segment_id ORDER BY key, {CUSTOMER_ID}) AS place
        FROM customers WHERE agreed)
    JOIN quotas USING (segment_id)
    WHERE place > above AND place <= upto
    ORDER BY {CUSTOMER_ID}
"""


def _variant_slots(plan: AssignmentPlan) -> dict[tuple[str, str], str | None]:
    """The variant of each segment and arm; none for those who are not contacted."""
    slots: dict[tuple[str, str], str | None] = {}
    for segment_id, name in plan.names.items():
        for arm in plan.arms:
            if arm.tone is not None and (segment_id, arm.tone) not in plan.variants:
                raise BadInput(f"There is no {arm.tone} message for the segment '{name}'.")
            variant = None if arm.tone is None else plan.variants[segment_id, arm.tone]
            slots[segment_id, arm.name] = variant
    return slots


def _eligible(
    connection: duckdb.DuckDBPyConnection,
    segments_path: Path,
    dataset_path: Path,
    plan: AssignmentPlan,
) -> None:
    wanted = ", ".join(literal(segment_id) for segment_id in plan.names) or "NULL"
    hidden = plan.suppressed.matches(connection, f"s.{CUSTOMER_ID}")
    connection.execute(
        f"""CREATE TEMP TABLE customers AS
        SELECT s.{CUSTOMER_ID}, s.segment_id, {hidden} AS hidden, d.agreed AND NOT hidden AS agreed,
            sha256({literal(plan.salt + ":")} || s.{CUSTOMER_ID}) AS key
        FROM {parquet(segments_path)} AS s
        JOIN (SELECT {CUSTOMER_ID}, {permission_sql(plan.permission_column)} AS agreed
            FROM {parquet(dataset_path)}) AS d ON s.{CUSTOMER_ID} = d.{CUSTOMER_ID}
        WHERE s.segment_id IN ({wanted})"""
    )


def _excluded(connection: duckdb.DuckDBPyConnection) -> tuple[Excluded, ...]:
    hidden, no, unknown = connection.execute(
        "SELECT count(*) FILTER (hidden), count(*) FILTER (NOT hidden AND NOT agreed), "
        "count(*) FILTER (NOT hidden AND agreed IS NULL) FROM customers"
    ).fetchall()[0]
    found = (
        Excluded(NO_PERMISSION, no),
        Excluded(UNKNOWN_PERMISSION, unknown),
        Excluded(SUPPRESSED, hidden),
    )
    return tuple(each for each in found if each.customers)


def _nobody(excluded: Iterable[Excluded]) -> str:
    why = " and ".join(f"{each.customers:,} customers: {each.reason}" for each in excluded)
    return f"Nobody may be contacted ({why or 'the segments are empty'}), so nothing was assigned."


def _cuts(
    sizes: Iterable[tuple[str, int]],
    plan: AssignmentPlan,
    slots: Mapping[tuple[str, str], str | None],
) -> list[tuple[str, str, str | None, int, int]]:
    """For each segment and arm, the places above the first and up to the last of its customers."""
    weights = {arm.name: arm.weight for arm in plan.arms}
    cuts = []
    for segment_id, size in sorted(sizes):
        place = 0
        for arm, quota in quotas(size, weights, salt=plan.salt, stratum=segment_id).items():
            cuts.append((segment_id, arm, slots[segment_id, arm], place, place + quota))
            place += quota
    return cuts


def _values(cuts: Iterable[tuple[str, str, str | None, int, int]]) -> str:
    rows = ", ".join(
        f"({literal(segment)}, {literal(arm)}, "
        f"{'CAST(NULL AS VARCHAR)' if variant is None else literal(variant)}, {above}, {upto})"
        for segment, arm, variant, above, upto in cuts
    )
    return f"SELECT * FROM (VALUES {rows}) AS q(segment_id, arm, variant_id, above, upto)"


def _counts(
    connection: duckdb.DuckDBPyConnection, plan: AssignmentPlan, path: Path
) -> tuple[ArmCount, ...]:
    """Counted from the file itself, in the order of the segments and arms of the plan."""
    rows = connection.execute(
        f"SELECT segment_id, arm, count(*) FROM {parquet(path)} GROUP BY segment_id, arm"
    ).fetchall()
    found = {(segment_id, arm): count for segment_id, arm, count in rows}
    return tuple(
        ArmCount(segment_id, name, arm.name, found.get((segment_id, arm.name), 0))
        for segment_id, name in plan.names.items()
        for arm in plan.arms
    )
