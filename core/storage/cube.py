"""Questions to the rows of an experiment, answered in counts and sums."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

import numpy as np

from core.errors import BadInput
from core.models.cube import (
    Block,
    ColumnFacts,
    Cube,
    CubeRequest,
    Profile,
    Ranks,
    Repeats,
    UnitValues,
)
from core.models.experiment import AnalysisPlan, MetricKind, MetricSpec
from core.storage.cube_query import CubeQuery, Places, cube_query, day, double, number, values_query
from core.storage.duck import identifier
from core.storage.experiment_file import ExperimentSource
from core.storage.order_statistics import order_statistics

MOST_ARMS = 50
MOST_VALUES = 200
COLUMNS_NAMED = 12
ROWS_AT_ONCE = 1_000_000
LARGEST = 1e60

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class CubeTable:
    """The rows of an experiment behind an ExperimentTable: a file or a SELECT in DuckDB."""

    source: ExperimentSource

    def columns(self) -> tuple[str, ...]:
        """The column names, in file order."""
        return tuple(self.source.types)

    def profile(self, plan: AnalysisPlan) -> Profile:
        """Rows, missing values and caps of the columns the plan reads.

        Raises:
            BadInput: a column does not exist or does not hold what the plan says it holds.
        """
        self._check_columns(plan)
        rows, with_arm, wanted, units = self._counts(plan)
        if not wanted:
            needed = f"'{plan.arm}'" if plan.unit is None else f"'{plan.arm}' and '{plan.unit}'"
            raise BadInput(f"No row has a value in {needed}, so nobody is in a group.")
        self._check_values(plan)
        self._check_days(plan)
        facts = {column: self._facts(plan, column) for column in _number_columns(plan)}
        return Profile(
            rows=rows,
            without_arm=rows - with_arm,
            without_unit=with_arm - wanted,
            columns={c: self._capped(plan, c, f) for c, f in facts.items()},
            rows_per_unit=wanted / max(units, 1),
        )

    def repeats(self, column: str, plan: AnalysisPlan) -> Repeats:
        """How often the values of a column come again within and across the plan's arms."""
        name, arm = identifier(column), identifier(plan.arm)
        totals = [0, 0, 0, 0]
        parts = 1 + self._whole(f"SELECT count(*) FROM {self.source.table}") // ROWS_AT_ONCE
        for part in range(parts):
            # In parts, so that ten million ids need no more memory than two.
            mine = f" AND hash({name}) % {parts} = {part}" if parts > 1 else ""
            counts = self._row(
                f"SELECT sum(n), count(*), count_if(n > 1), count_if(low <> high) FROM ("
                f"SELECT count(*) AS n, min({arm}) AS low, max({arm}) AS high "
                f"FROM {self.source.table} WHERE {arm} IS NOT NULL AND {name} IS NOT NULL{mine} "
                f"GROUP BY {name}) AS values_of_column"
            )
            totals = [total + _int(n) for total, n in zip(totals, counts, strict=True)]
        rows, distinct, repeating, crossing = totals
        return Repeats(column, rows, distinct, repeating, crossing)

    def cube(self, plan: AnalysisPlan, request: CubeRequest) -> Cube:
        """The plan's metrics as sufficient statistics, by one grouped query."""
        where = self.source.table, self.source.row_number
        query = cube_query(plan, request, self.source.types, where)
        return _cube(query, self.source.rows(query.text), request)

    def order_statistics(
        self,
        plan: AnalysisPlan,
        metric: MetricSpec,
        by: str | None,
        wanted: Mapping[tuple[str, str], Ranks],
    ) -> dict[tuple[str, str], tuple[float, ...]]:
        """The values at these ranks, by value of the column and arm; rows are the units."""
        return order_statistics(self.source, plan, metric, by, wanted)

    def values(self, plan: AnalysisPlan, request: CubeRequest) -> UnitValues:
        """The outcomes of the cube's units in no particular order, for shuffling them."""
        where = self.source.table, self.source.row_number
        query = values_query(plan, request, self.source.types, where)
        columns = self.source.arrays(query.text)
        return UnitValues(
            {
                p.summed.name: np.column_stack([columns[f"v{i}"] for i in p.sums])
                + np.array(p.summed.shifts)
                for p in query.places
            }
        )

    def _check_columns(self, plan: AnalysisPlan) -> None:
        roles = [("--arm", plan.arm), ("--covariate", plan.covariate), ("--unit", plan.unit)]
        roles += [("--time", plan.time)] + [("--by", column) for column in plan.by]
        roles += [(f"metric {m.name}", column) for m in plan.all_metrics for column in m.columns]
        for role, column in roles:
            if column is not None and column not in self.source.types:
                raise BadInput(self._unknown(column, role))

    def _unknown(self, column: str, role: str) -> str:
        names = list(self.source.types)
        near = get_close_matches(column, names, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        shown = ", ".join(names[:COLUMNS_NAMED])
        more = f" and {len(names) - COLUMNS_NAMED} more" if len(names) > COLUMNS_NAMED else ""
        return f"There is no column '{column}' ({role}).{hint} The columns are {shown}{more}."

    def _check_values(self, plan: AnalysisPlan) -> None:
        """Refuse ids and amounts where a handful of groups is meant."""
        limits = [(plan.arm, MOST_ARMS)] + [(column, MOST_VALUES) for column in plan.by]
        wanted = ", ".join(f"approx_count_distinct({identifier(c)})" for c, _ in limits)
        found = self._row(f"SELECT {wanted} FROM {self.source.table}")
        for (column, most), distinct in zip(limits, found, strict=True):
            if _int(distinct) > most:
                raise BadInput(
                    f"Column '{column}' holds about {_int(distinct):,} different values; at most "
                    f"{most} groups can be read. Put them into fewer groups first."
                )

    def _check_days(self, plan: AnalysisPlan) -> None:
        if plan.time is None:
            return
        name, parsed = identifier(plan.time), day(plan.time, self.source.types[plan.time])
        strange = self.source.rows(
            f"SELECT any_value(CAST({name} AS VARCHAR)) FROM {self.source.table} "
            f"WHERE {name} IS NOT NULL AND {parsed} IS NULL"
        )[0][0]
        if strange is not None:
            raise BadInput(
                f"Column '{plan.time}' holds '{strange}', which is no date (2025-01-31)."
            )

    def _counts(self, plan: AnalysisPlan) -> list[int]:
        """Rows; with an arm; with an arm and a unit; and how many units these are."""
        arm, unit = identifier(plan.arm), plan.unit
        both, distinct = f"count({arm})", f"count({arm})"
        if unit is not None:
            both = f"count({arm}) FILTER (WHERE {identifier(unit)} IS NOT NULL)"
            distinct = f"approx_count_distinct({identifier(unit)})"
        counts = self._row(f"SELECT count(*), count({arm}), {both}, {distinct} FROM {self._from}")
        return [_int(n) for n in counts]

    def _facts(self, plan: AnalysisPlan, column: str) -> ColumnFacts:
        value = number(column, self.source.types[column])
        name, some = identifier(column), f"WHERE {identifier(plan.arm)} IS NOT NULL"
        found = self._row(
            f"SELECT count(*) - count(value), count_if(value IS NULL AND written IS NOT NULL), "
            f"avg(value) FILTER (WHERE isfinite(value)), min(value), max(value), "
            f"count_if(value <> 0 AND value <> 1) "
            f"FROM (SELECT {value} AS value, {name} AS written FROM {self._from} {some}) AS v"
        )
        missing, unreadable, mean, low, high, other = found
        ends = [_float(end) for end in (low, high) if end is not None]
        if _int(unreadable) and self.source.types[column] == "VARCHAR":
            self._refuse_text(column, value)
        _check_size(column, max(map(abs, ends), default=0.0))
        if _int(other) and column in _binary_columns(plan):
            self._refuse_not_binary(column, value)
        mean_or_none = math.nan if mean is None else _float(mean)
        return ColumnFacts(_int(missing), mean_or_none, max(ends, default=math.nan))

    def _refuse_text(self, column: str, value: str) -> None:
        strange = self._row(
            f"SELECT any_value({identifier(column)}) FROM {self._from} WHERE {value} IS NULL "
            f"AND lower(trim({identifier(column)})) <> 'nan'"
        )[0]
        if strange is not None:
            raise BadInput(f"Column '{column}' holds '{strange}', which is not a number.")

    def _refuse_not_binary(self, column: str, value: str) -> None:
        strange = self._row(f"SELECT min({value}) FROM {self._from} WHERE {value} NOT IN (0, 1)")[0]
        raise BadInput(
            f"Column '{column}' holds {_float(strange):g}; a proportion needs 0 and 1 or true and "
            f"false. For amounts write {column}:mean."
        )

    def _capped(self, plan: AnalysisPlan, column: str, facts: ColumnFacts) -> ColumnFacts:
        """The facts with the cap of a winsorised column: one quantile over all arms.

        Where fewer customers than the quantile have any value at all, it is that of those.
        """
        if plan.winsorize is None or column not in _amounts(plan):
            return facts
        value, some = number(column, self.source.types[column]), identifier(plan.arm)
        rows = f"(SELECT {value} AS value FROM {self._from} WHERE {some} IS NOT NULL) AS v"
        quantile = f"quantile_cont(value, {double(plan.winsorize)})"
        overall, positive = self._row(
            f"SELECT {quantile}, {quantile} FILTER (WHERE value > 0) FROM {rows}"
        )
        cap = overall if overall is not None and _float(overall) > 0 else positive
        if cap is None:
            return facts
        above = f"SELECT count_if(value > {double(_float(cap))}) FROM {rows}"
        return replace(facts, cap=_float(cap), capped=self._whole(above))

    @property
    def _from(self) -> str:
        return self.source.table

    def _row(self, query: str) -> tuple[object, ...]:
        return self.source.rows(query)[0]

    def _whole(self, query: str) -> int:
        return _int(self._row(query)[0])


def _check_size(column: str, largest: float) -> None:
    """Refuse what squares to infinity or to nothing."""
    if math.isinf(largest):
        raise BadInput(f"Column '{column}' holds infinite values; correct or remove them.")
    if largest and not 1 / LARGEST < largest < LARGEST:
        raise BadInput(f"Column '{column}' reaches {largest:g}; use a unit nearer to 1.")


def _number_columns(plan: AnalysisPlan) -> list[str]:
    columns = [column for metric in plan.all_metrics for column in metric.columns]
    return list(dict.fromkeys([*columns, plan.covariate] if plan.covariate else columns))


def _binary_columns(plan: AnalysisPlan) -> set[str]:
    return {m.numerator for m in plan.all_metrics if m.kind is MetricKind.PROPORTION}


def _amounts(plan: AnalysisPlan) -> set[str]:
    """The columns a cap applies to: summed, and not of zeros and ones."""
    summed = [m for m in plan.all_metrics if m.kind is not MetricKind.QUANTILE]
    columns = {column for metric in summed for column in metric.columns}
    return (columns | {plan.covariate or ""}) - _binary_columns(plan)


def _cube(query: CubeQuery, rows: Sequence[Row], request: CubeRequest) -> Cube:
    days = [row[query.keys - 2] for row in rows]
    return Cube(
        arms=tuple(str(row[0]) for row in rows),
        slices={c: tuple(str(row[1 + i]) for row in rows) for i, c in enumerate(request.by)},
        days=tuple(d if isinstance(d, date) else None if d is None else _int(d) for d in days),
        folds=tuple(_int(row[query.keys - 1]) for row in rows),
        n=np.array([_float(row[query.keys + query.rows]) for row in rows], dtype=float),
        blocks={p.summed.name: _block(p, query.keys, rows) for p in query.places},
        clustered=request.clustered,
    )


def _block(places: Places, keys: int, rows: Sequence[Row]) -> Block:
    """Shifted sums to means and scatter; a cell without known customers is all zeros."""
    width = len(places.sums)
    n = np.array([_float(row[keys + places.n]) for row in rows], dtype=float)
    sums = np.array([[_float(row[keys + p]) for p in places.sums] for row in rows], dtype=float)
    products = np.zeros((len(rows), width, width))
    for i, line in enumerate(places.products):
        for j, place in enumerate(line):
            products[:, i, j] = products[:, j, i] = [_float(row[keys + place]) for row in rows]
    size = np.maximum(n, 1.0)[:, None]
    shifted = sums / size
    scatter = products - sums[:, :, None] * shifted[:, None, :]
    mean = np.where(n[:, None] > 0, shifted + np.array(places.summed.shifts), 0.0)
    diagonal = np.einsum("cii->ci", scatter)
    diagonal[diagonal < 0] = 0.0
    return Block(n, mean, scatter, shifted)


def _float(value: object) -> float:
    return 0.0 if value is None else float(str(value)) if not isinstance(value, float) else value


def _int(value: object) -> int:
    return value if isinstance(value, int) else int(_float(value))
