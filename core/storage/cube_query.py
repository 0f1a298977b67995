"""The text of the grouped query that turns rows into sufficient statistics."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import BadInput
from core.models.cube import CubeRequest
from core.models.experiment import AnalysisPlan, MetricKind, MetricSpec
from core.storage.duck import identifier, literal

MISSING = "(missing)"
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
NUMBERS = (*WHOLE, *(f"U{name}" for name in WHOLE), "DECIMAL")
FLOATS = ("DOUBLE", "FLOAT")


@dataclass(frozen=True, slots=True)
class Summed:
    """One metric as the outer query sums it: its variables about their shifts, and who counts.

    `binary` variables are their own squares.
    """

    name: str
    variables: tuple[str, ...]
    shifts: tuple[float, ...]
    known: str | None
    binary: bool = False


@dataclass(slots=True)
class Terms:
    """The aggregates of the outer query, each once, however many metrics need it."""

    texts: list[str] = field(default_factory=list)

    def place(self, text: str) -> int:
        """Where in a result row the aggregate stands."""
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the count, the sums and the products of one metric stand in a result row."""

    summed: Summed
    n: int
    sums: tuple[int, ...]
    products: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class CubeQuery:
    """The query, and where to find each metric in its rows.

    A row holds arm, slices, day and fold (`keys` in all), then the aggregates.
    """

    text: str
    keys: int
    rows: int
    places: tuple[Places, ...]


def number(column: str, column_type: str, *, complete: bool = False) -> str:
    """SQL that reads a column as a double: true and false as 1 and 0, what is none as null.

    A column that is known to be complete is not asked for NaN, which saves time.

    Raises:
        BadInput: the column holds dates or other things that are not numbers.
    """
    name = identifier(column)
    if column_type in FLOATS and not complete:
        return f"CASE WHEN isnan({name}) THEN NULL ELSE CAST({name} AS DOUBLE) END"
    if column_type == "BOOLEAN" or column_type.startswith((*NUMBERS, *FLOATS)):
        return f"CAST({name} AS DOUBLE)"
    if column_type == "VARCHAR":
        text = f"lower(trim({name}))"
        return (
            f"CASE {text} WHEN 'true' THEN 1.0 WHEN 'false' THEN 0.0 WHEN 'nan' THEN NULL "
            f"ELSE TRY_CAST({text} AS DOUBLE) END"
        )
    raise BadInput(f"Column '{column}' holds {column_type.lower()} values, not numbers.")


def day(column: str, column_type: str) -> str:
    """SQL for the day of a row: a date, or the whole number that stands for it.

    Raises:
        BadInput: the column holds neither.
    """
    name = identifier(column)
    if column_type.startswith(NUMBERS):
        return f"CAST({name} AS BIGINT)"
    if column_type in {"VARCHAR", "DATE"} or column_type.startswith("TIMESTAMP"):
        return f"CAST(TRY_CAST({name} AS TIMESTAMP) AS DATE)"
    raise BadInput(f"Column '{column}' holds {column_type.lower()} values, not days.")


def slice_value(column: str) -> str:
    """SQL for the slice a row is in; rows without a value are one of their own."""
    return f"coalesce(CAST({identifier(column)} AS VARCHAR), {literal(MISSING)})"


def wanted_rows(plan: AnalysisPlan) -> str:
    """SQL that is true for rows with an arm and, where one is named, a unit."""
    names = [plan.arm] if plan.unit is None else [plan.arm, plan.unit]
    return " AND ".join(f"{identifier(name)} IS NOT NULL" for name in names)


def double(value: float) -> str:
    """A number as SQL that is read as a double, not as a decimal."""
    text = repr(float(value))
    return f"({text if 'e' in text else text + 'e0'})"


def cube_query(
    plan: AnalysisPlan,
    request: CubeRequest,
    types: Mapping[str, str],
    source: tuple[str, str],
) -> CubeQuery:
    """The one grouped query of an experiment.

    Args:
        plan: which columns mean what.
        request: how the cells are split, and the profile: means for shifts that keep digits,
            what is missing, and caps.
        types: of the columns.
        source: the table, and the number of a row in it.
    """
    writer = _Writer(plan, request, types)
    table, row_number = source
    inner = writer.units(table) if request.clustered else writer.rows(table, row_number)
    terms = Terms()
    rows = terms.place("count(*)")
    places = tuple(_places(terms, summed) for summed in writer.summed())
    keys = ["arm", *(f"s{i}" for i in range(len(request.by))), "day", "fold"]
    key_list = ", ".join(keys)
    text = (
        f"SELECT {key_list}, {', '.join(terms.texts)} FROM ({inner}) AS experiment_rows "
        f"GROUP BY {key_list} ORDER BY {key_list}"
    )
    return CubeQuery(text, len(keys), rows, places)


def values_query(
    plan: AnalysisPlan,
    request: CubeRequest,
    types: Mapping[str, str],
    source: tuple[str, str],
) -> CubeQuery:
    """The variables of every metric, one row a unit; null where the outcome is missing.

    The places are those of the variables in a row; nothing is counted or multiplied.
    """
    writer = _Writer(plan, request, types)
    table, row_number = source
    inner = writer.units(table) if request.clustered else writer.rows(table, row_number)
    terms = Terms()
    places = []
    for summed in writer.summed():
        texts = [f"CASE WHEN {summed.known or 'true'} THEN {v} END" for v in summed.variables]
        places.append(Places(summed, 0, tuple(terms.place(text) for text in texts), ()))
    named = ", ".join(f"{text} AS v{i}" for i, text in enumerate(terms.texts))
    return CubeQuery(f"SELECT {named} FROM ({inner}) AS experiment_rows", 0, 0, tuple(places))


def _places(terms: Terms, summed: Summed) -> Places:
    only = "" if summed.known is None else f" FILTER (WHERE {summed.known})"
    variables = summed.variables
    sums = tuple(terms.place(f"sum({v}){only}") for v in variables)
    products = tuple(
        tuple(
            sums[0] if summed.binary else terms.place(f"sum({a} * {b}){only}")
            for b in variables[: i + 1]
        )
        for i, a in enumerate(variables)
    )
    return Places(summed, terms.place(f"count(*){only}"), sums, products)


@dataclass(frozen=True, slots=True)
class _Writer:
    """The inner query and its variables, for rows or for the units their rows are summed to."""

    plan: AnalysisPlan
    request: CubeRequest
    types: Mapping[str, str]

    def rows(self, table: str, row_number: str) -> str:
        """One line a row: keys, and every number column once."""
        seed = row_number if self.plan.unit is None else identifier(self.plan.unit)
        columns = [f"{self._value(c)} AS {self._alias(c)}" for c in self._columns()]
        chosen = ", ".join([*self._keys(self._fold(seed)), *columns])
        return f"SELECT {chosen} FROM {table} WHERE {self._wanted()}"

    def units(self, table: str) -> str:
        """One line a unit: keys, and for each metric the sums over its rows that are known."""
        unit = identifier(str(self.plan.unit))
        columns = [f"{self._value(c)} AS {self._alias(c)}" for c in self._columns()]
        chosen = ", ".join([*self._keys(self._fold(unit)), f"{unit} AS unit", *columns])
        crossing = (
            f"SELECT {unit} FROM {table} WHERE {self._wanted()} GROUP BY {unit} "
            f"HAVING min({identifier(self.plan.arm)}) <> max({identifier(self.plan.arm)})"
        )
        lines = (
            f"SELECT {chosen} FROM {table} WHERE {self._wanted()} AND {unit} NOT IN ({crossing})"
        )
        slices = [f"s{i}" for i in range(len(self.request.by))]
        keys = ", ".join(["arm", *slices, "fold", "unit"])
        sums = ", ".join(text for m in self.plan.all_metrics for text in self._unit_sums(m))
        return f"SELECT {keys}, min(day) AS day, {sums} FROM ({lines}) AS lines GROUP BY {keys}"

    def summed(self) -> list[Summed]:
        """Every metric as the outer query sums it."""
        of = self._summed_units if self.request.clustered else self._summed_rows
        return [of(metric) for metric in self.plan.all_metrics]

    def _summed_rows(self, metric: MetricSpec) -> Summed:
        binary = metric.kind is MetricKind.PROPORTION
        columns = metric.columns
        shifts = tuple(0.0 if binary else self._mean(c) for c in columns)
        variables = tuple(
            self._alias(c) if binary else f"({self._alias(c)} - {double(shift)})"
            for c, shift in zip(columns, shifts, strict=True)
        )
        missing = [c for c in columns if self.request.profile.columns[c].missing]
        known = " AND ".join(f"{self._alias(c)} IS NOT NULL" for c in missing) or None
        if metric.kind is MetricKind.MEAN and self.plan.covariate is not None:
            shift = self._mean(self.plan.covariate)
            shifts += (shift,)
            # A missing covariate counts as its average, which is 0 after the shift.
            variables += (f"coalesce({self._alias(self.plan.covariate)} - {double(shift)}, 0e0)",)
        return Summed(metric.name, variables, shifts, known, binary)

    def _summed_units(self, metric: MetricSpec) -> Summed:
        place, width = self.plan.all_metrics.index(metric), len(self._unit_sums(metric)) - 1
        rows = self.request.profile.rows_per_unit
        means = [self._mean(metric.numerator) * rows]
        means.append(rows if metric.denominator is None else self._mean(metric.denominator) * rows)
        if len(means) < width and self.plan.covariate is not None:
            means.append(self._mean(self.plan.covariate) * rows)
        variables = tuple(f"(m{place}_{i} - {double(shift)})" for i, shift in enumerate(means))
        return Summed(metric.name, variables, tuple(means), f"m{place}_rows > 0")

    def _unit_sums(self, metric: MetricSpec) -> list[str]:
        place = self.plan.all_metrics.index(metric)
        known = " AND ".join(f"{self._alias(c)} IS NOT NULL" for c in metric.columns)
        only = f"FILTER (WHERE {known})"
        sums = [f"sum({self._alias(c)}) {only}" for c in metric.columns]
        if metric.denominator is None:
            sums.append(f"CAST(count(*) {only} AS DOUBLE)")
        if metric.kind is MetricKind.MEAN and self.plan.covariate is not None:
            average = double(self._mean(self.plan.covariate))
            sums.append(f"sum(coalesce({self._alias(self.plan.covariate)}, {average})) {only}")
        named = [f"{text} AS m{place}_{i}" for i, text in enumerate(sums)]
        return [*named, f"count(*) {only} AS m{place}_rows"]

    def _columns(self) -> list[str]:
        columns = [c for m in self.plan.all_metrics for c in m.columns]
        if self.plan.covariate is not None:
            columns.append(self.plan.covariate)
        return list(dict.fromkeys(columns))

    def _alias(self, column: str) -> str:
        return f"c{self._columns().index(column)}"

    def _value(self, column: str) -> str:
        facts = self.request.profile.columns[column]
        value, cap = number(column, self.types[column], complete=not facts.missing), facts.cap
        # least() would turn a missing value into the cap.
        return (
            value
            if cap is None
            else f"CASE WHEN {value} > {double(cap)} THEN {double(cap)} ELSE {value} END"
        )

    def _keys(self, fold: str) -> list[str]:
        names = [f"CAST({identifier(self.plan.arm)} AS VARCHAR) AS arm"]
        for i, column in enumerate(self.request.by):
            names.append(f"{slice_value(column)} AS s{i}")
        time = self.plan.time
        names.append(f"{'0' if time is None else day(time, self.types[time])} AS day")
        return [*names, f"{fold} AS fold"]

    def _fold(self, seed: str) -> str:
        return f"hash({seed}) % {self.request.folds}" if self.request.folds > 1 else "0"

    def _wanted(self) -> str:
        return wanted_rows(self.plan)

    def _mean(self, column: str) -> float:
        mean = self.request.profile.columns[column].mean
        return mean if math.isfinite(mean) else 0.0
