"""Who gets what: a keyed, stratified, reproducible assignment as one Parquet file."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import BadInput, Refused
from core.frames import CUSTOMER_ID
from core.models.customers import EVERYONE, Column
from core.models.send import ArmCount, ArmPlan, Excluded
from core.statistics.assignment import quotas
from core.storage.duck import copy_parquet, literal, looking, mapping, parquet, session
from core.storage.eligible import Cap, Held, Rules, eligible, left_out, mark_eligible, nobody
from core.storage.suppression_tokens import NOBODY, Suppressed


@dataclass(frozen=True, slots=True)
class AssignmentPlan:
    """What decides an assignment besides the customers.

    `names` gives the name of each segment to be assigned, by id; `variants` the variant of each
    segment and tone, and of everyone and the tone of the arm in which all get the same message.
    `permission_column` None means nobody's permission is known; `global_holdout` is the share of
    all customers whom no campaign contacts, `held` are those of other running tests. Whoever is
    `suppressed` is not assigned, and neither is anybody of whom the rule `audience` over the
    `columns` is not true. Whoever is at the `cap` of messages is not assigned either.
    """

    arms: Sequence[ArmPlan]
    salt: str
    names: Mapping[str, str]
    variants: Mapping[tuple[str, str], str]
    permission_column: str | None
    global_holdout: float = 0.0
    held: Sequence[Held] = ()
    suppressed: Suppressed = NOBODY
    audience: str = ""
    columns: tuple[Column, ...] = ()
    cap: Cap | None = None

    @property
    def rules(self) -> Rules:
        """Who may be assigned."""
        return Rules(
            self.permission_column,
            self.global_holdout,
            self.held,
            self.suppressed,
            self.audience,
            self.columns,
            self.cap,
        )


@dataclass(frozen=True, slots=True)
class AssignmentResult:
    """What came of it: customers by segment and arm, who was left out, the file's SHA-256."""

    counts: tuple[ArmCount, ...]
    excluded: tuple[Excluded, ...]
    sha256: str


def assign(
    segments_path: Path, dataset_path: Path, plan: AssignmentPlan, out_path: Path
) -> AssignmentResult:
    """Assigns all eligible: each segment, ordered by SHA-256 of `salt:id`, is cut by quotas.

    Who is left out is decided before, by permission, the global holdout and other tests.

    Raises:
        BadInput: an arm has no variant for a segment, or the weights cannot be used.
        Refused: nobody may be contacted.
    """
    slots = _variant_slots(plan)
    with session() as connection:
        mark_eligible(connection, (segments_path, dataset_path), plan.names, plan.rules)
        sizes, excluded = eligible(connection), left_out(connection, plan.rules)
        if not sizes:
            raise Refused(nobody(excluded))
        cuts = _cuts(sizes.items(), plan, slots)
        connection.execute(f"CREATE TEMP TABLE quotas AS {_values(cuts)}")
        query = _ASSIGNED.format(
            name=mapping(plan.names, "segment_id"), salt=literal(plan.salt + ":")
        )
        sha256 = copy_parquet(connection, query, out_path)
        return AssignmentResult(_counts(connection, plan, out_path), excluded, sha256)


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom an assignment would take, by segment id, and whom it would leave out."""

    eligible: Mapping[str, int]
    excluded: tuple[Excluded, ...]


def preview(
    segments_path: Path, dataset_path: Path, segment_ids: Collection[str], rules: Rules
) -> Preview:
    """What `assign` would count, without assigning anybody."""
    with looking() as connection:
        mark_eligible(connection, (segments_path, dataset_path), segment_ids, rules)
        return Preview(eligible(connection), left_out(connection, rules))


_ASSIGNED = f"""
    SELECT {CUSTOMER_ID}, segment_id, {{name}} AS segment, arm, variant_id
    FROM (SELECT *, row_number() OVER (
            PARTITION BY segment_id ORDER BY sha256({{salt}} || {CUSTOMER_ID}), {CUSTOMER_ID}
        ) AS place
        FROM customers WHERE reason IS NULL)
    JOIN quotas USING (segment_id)
    WHERE place > above AND place <= upto
    ORDER BY {CUSTOMER_ID}
"""


def _variant_slots(plan: AssignmentPlan) -> dict[tuple[str, str], str | None]:
    """The variant of each segment and arm; none for those who are not contacted."""
    slots: dict[tuple[str, str], str | None] = {}
    for segment_id, name in plan.names.items():
        for arm in plan.arms:
            readers = EVERYONE if arm.everyone else segment_id
            if arm.tone is not None and (readers, arm.tone) not in plan.variants:
                whom = EVERYONE if arm.everyone else f"the segment '{name}'"
                raise BadInput(f"There is no {arm.tone} message for {whom}.")
            variant = None if arm.tone is None else plan.variants[readers, arm.tone]
            slots[segment_id, arm.name] = variant
    return slots


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
