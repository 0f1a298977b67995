"""How far customers came on the way of a send, counted by arm in one grouped query."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import BadInput
from core.models.experiment import AnalysisPlan
from core.models.stages import ASSIGNED, MATCHED, StageCounts
from core.storage.cube import COLUMNS_NAMED, CubeTable
from core.storage.cube_query import number, wanted_rows
from core.storage.duck import identifier

# In the order of the fields of StageCounts; a condition that is not known counts nobody.
_COUNTED = (
    "{before} AND {value}",
    "{before} AND {value} IS NOT NULL",
    "{before} AND {value} IS NULL",
    "{value} AND NOT {before}",
)


@dataclass(frozen=True, slots=True)
class StageTable(CubeTable):
    """The rows of an experiment that also say how far each customer came."""

    def stages(self, plan: AnalysisPlan, *, clustered: bool = False) -> tuple[StageCounts, ...]:
        """Everybody assigned, then each stage of the plan; `clustered` counts units, not rows.

        Raises:
            BadInput: a column does not exist or holds something other than 0 and 1.
        """
        customers = _units(plan, self._rows(plan)) if clustered else self._rows(plan)
        arms, assigned, *rest = zip(*self.source.rows(_query(plan, customers)), strict=True)
        width = len(_COUNTED)
        found = [StageCounts(ASSIGNED, _by_arm(arms, assigned), {})]
        for place, column in enumerate(plan.stages):
            *counts, strange = rest[place * (width + 1) : (place + 1) * (width + 1)]
            _refuse_strange(column, strange)
            found.append(StageCounts(column, *(_by_arm(arms, numbers) for numbers in counts)))
        return tuple(found)

    def _rows(self, plan: AnalysisPlan) -> str:
        """One line a row: the arm, whether each stage was reached, and what cannot be read."""
        columns = [f"CAST({identifier(plan.arm)} AS VARCHAR) AS arm"]
        columns += [] if plan.unit is None else [f"{identifier(plan.unit)} AS unit"]
        for place, column in enumerate(plan.stages):
            columns += self._stage(place, column)
        return f"SELECT {', '.join(columns)} FROM {self.source.table} WHERE {wanted_rows(plan)}"

    def _stage(self, place: int, column: str) -> list[str]:
        """Whether the stage was reached, and a text that is neither 0 nor 1."""
        if column not in self.source.types:
            shown = ", ".join(list(self.source.types)[:COLUMNS_NAMED])
            raise BadInput(f"There is no column '{column}' (--stage). The columns are {shown}.")
        kind, name = self.source.types[column], identifier(column)
        if kind == "BOOLEAN":
            return [f"{name} AS v{place}", f"CAST(NULL AS VARCHAR) AS s{place}"]
        value = f"({number(column, kind)})"
        strange = f"{value} NOT IN (0, 1)"
        if kind == "VARCHAR":
            strange += f" OR ({value} IS NULL AND lower(trim({name})) <> 'nan')"
        text = f"CASE WHEN {strange} THEN CAST({name} AS VARCHAR) END"
        return [f"{value} = 1 AS v{place}", f"{text} AS s{place}"]


def _query(plan: AnalysisPlan, customers: str) -> str:
    """By arm: how many; and for each stage its counts and a text that is neither 0 nor 1."""
    counted, before = [], "true"
    for place, column in enumerate(plan.stages):
        value, earlier = f"v{place}", "true" if column == MATCHED else f"({before})"
        conditions = [text.format(before=earlier, value=value) for text in _COUNTED]
        counted += [f"coalesce(sum(n) FILTER (WHERE {each}), 0)" for each in conditions]
        counted.append(f"any_value(s{place})")
        before = before if column == MATCHED else f"{before} AND {value}"
    # First into the few ways a customer can go, so that the rows are counted once.
    values = [f"v{place}" for place in range(len(plan.stages))]
    strange = [f"any_value(s{place}) AS s{place}" for place in range(len(plan.stages))]
    ways = f"SELECT arm, {', '.join([*values, *strange])}, count(*) AS n FROM ({customers}) AS c"
    return (
        f"SELECT arm, sum(n), {', '.join(counted)} "
        f"FROM ({ways} GROUP BY {', '.join(['arm', *values])}) AS ways GROUP BY arm ORDER BY arm"
    )


def _units(plan: AnalysisPlan, rows: str) -> str:
    """One line a unit; those of several arms are left out, as in every estimate."""
    columns = [
        text.format(place)
        for place in range(len(plan.stages))
        for text in ("bool_or(v{0}) AS v{0}", "any_value(s{0}) AS s{0}")
    ]
    return (
        f"SELECT min(arm) AS arm, {', '.join(columns)} FROM ({rows}) AS stage_rows "
        "GROUP BY unit HAVING min(arm) = max(arm)"
    )


def _by_arm(arms: Sequence[object], numbers: Sequence[object]) -> dict[str, int]:
    return {str(arm): int(str(n)) for arm, n in zip(arms, numbers, strict=True)}


def _refuse_strange(column: str, texts: Sequence[object]) -> None:
    strange = next((text for text in texts if text is not None), None)
    if strange is not None:
        raise BadInput(
            f"Column '{column}' holds '{strange}'; a stage needs 0 and 1, or true and false, for "
            "whether a customer came as far."
        )
