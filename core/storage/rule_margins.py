"""How firmly the rules put a customer into a segment, as SQL.

In words: *of all customers on the same side of the limit that decides, the share who are nearer
to it than this one, divided by the number of named rules that hold*. A customer whose spend is
just above a limit has a confidence near 0, the one who spends most near 1. The limit that decides
is the first that would change the assignment: the rule no longer holds, or an earlier one does.

- A number or a date is as far from a limit as the share of the customers on its side between the
  two; those with the very same value count half. So it needs no scale, and no column outweighs.
- A category, yes or no, and being missing do not change by degrees: they count as far away, 1.
- Where a rule cannot be told because a value is missing, the distance is 0: nobody knows.
- "and" breaks with its nearest part, "or" with its farthest true one, and the reverse for a rule
  to begin to hold. A rule for everyone never changes.
- When another named rule holds as well, only the order decides: two such rules halve the
  confidence, three leave a third. The cells of RFM exclude each other, so nothing is divided.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from core.models.customers import Column, ColumnKind
from core.rules import (
    Comparison,
    Conjunction,
    Disjunction,
    Everyone,
    Negation,
    Operator,
    Rule,
    columns_of,
)
from core.storage.duck import identifier, literal
from core.storage.sql_rules import predicate

_FAR, _LEAST = "1.0", 1e-12
_ORDERED = frozenset({Operator.AT_LEAST, Operator.ABOVE, Operator.AT_MOST, Operator.BELOW})


@dataclass(slots=True)
class Margins:
    """Builds the table of parts and confidences for an ordered list of rules.

    The SQL is made in three layers: the truth and distance of each comparison, of each rule, and
    of each customer. `columns` are those a rule may speak of.
    """

    connection: duckdb.DuckDBPyConnection
    source: str
    columns: Sequence[Column]
    leaves: list[tuple[str, str]] = field(default_factory=list)
    ranks: dict[str, tuple[str, str]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    one: str | None = None
    """A condition for the one customer who is asked about; then only theirs is ranked."""

    def of_one(
        self, rules: Sequence[Rule], id_column: str, customer_id: str
    ) -> tuple[tuple[bool | None, float], ...]:
        """For one customer the truth of each rule and how far it is from changing."""
        self.one = f"{id_column} = {literal(customer_id)}"
        found = [self._rule(rule) for rule in rules]
        both = ", ".join(f"{t}, CAST({d} AS DOUBLE)" for t, d in found)
        own = f"(SELECT * FROM {self.source} WHERE {self.one})"
        row = self.connection.execute(
            f"SELECT {both} FROM ({self._leaves('c.*', own)})"
        ).fetchall()[0]
        return tuple(zip(row[::2], row[1::2], strict=True))

    def table(self, rules: Sequence[Rule], kept: Sequence[str], *, exclusive: bool) -> str:
        """A SELECT of the kept columns, `part` (-1 for none) and `confidence`, in file order."""
        found = [self._rule(rule) for rule in rules]
        both = "".join(f', {t} AS "~rt{i}", {d} AS "~rd{i}"' for i, (t, d) in enumerate(found))
        part = " ".join(f'WHEN "~rt{i}" THEN {i}' for i in range(len(found)))
        distances = [f'"~rd{i}"' for i in range(len(found))]
        near = " ".join(
            f'WHEN "~rt{i}" THEN least({", ".join(distances[: i + 1])})' for i in range(len(found))
        )
        named = [i for i, rule in enumerate(rules) if rule != Everyone()]
        holding = " + ".join(f'CAST(coalesce("~rt{i}", false) AS INTEGER)' for i in named) or "0"
        shared = "1" if exclusive else f"greatest({holding}, 1)"
        names = ", ".join(kept)
        case = f"CASE {part} ELSE -1 END" if found else "-1"
        nearest = f"CASE {near} ELSE 0.0 END" if found else "0.0"
        spoken = sorted(frozenset().union(*(columns_of(rule) for rule in rules)) - set(kept))
        read = ", ".join([*kept, *map(identifier, spoken)])
        numbered = f'(SELECT {read}, row_number() OVER () AS "~place" FROM {self.source})'
        leaves = self._leaves(", ".join(f"c.{k}" for k in [*kept, '"~place"']), numbered)
        # A join may change the order of the rows, and the file keeps that of the customers.
        return f"""SELECT {names}, {case} AS part,
                round(CAST({nearest} AS DOUBLE) / {shared}, 6) AS confidence
            FROM (SELECT {names}, "~place"{both} FROM ({leaves})) ORDER BY "~place" """

    def _leaves(self, kept: str, customers: str) -> str:
        """The truth and the distance of every comparison, beside what is kept of a customer."""
        leaves = "".join(
            f', {t} AS "~t{i}", {d} AS "~d{i}"' for i, (t, d) in enumerate(self.leaves)
        )
        joins = " ".join(
            f"LEFT JOIN ({ranks}) AS {name} ON {value} = {name}.own_value"
            for name, (value, ranks) in self.ranks.items()
        )
        return f"SELECT {kept}{leaves} FROM {customers} AS c {joins}"

    def _rule(self, rule: Rule) -> tuple[str, str]:
        """The truth of a rule and how far it is from changing, over the leaves."""
        if isinstance(rule, Everyone):
            return "TRUE", _FAR
        if isinstance(rule, Negation):
            truth, distance = self._rule(rule.rule)
            return f"(NOT {truth})", distance
        if isinstance(rule, Conjunction):
            return self._together([self._rule(part) for part in rule.rules])
        if isinstance(rule, Disjunction):
            return self._either([self._rule(part) for part in rule.rules])
        return self._leaf(rule)

    def _together(self, parts: Sequence[tuple[str, str]]) -> tuple[str, str]:
        truth = f"({' AND '.join(t for t, _ in parts)})"
        nearest = f"least({', '.join(d for _, d in parts)})"
        missing = ", ".join(f"CASE WHEN {t} THEN 0.0 ELSE {d} END" for t, d in parts)
        return truth, f"(CASE WHEN {truth} THEN {nearest} ELSE greatest({missing}) END)"

    def _either(self, parts: Sequence[tuple[str, str]]) -> tuple[str, str]:
        truth = f"({' OR '.join(t for t, _ in parts)})"
        nearest = f"least({', '.join(d for _, d in parts)})"
        holding = ", ".join(f"CASE WHEN {t} THEN {d} ELSE 0.0 END" for t, d in parts)
        return truth, f"(CASE WHEN {truth} THEN greatest({holding}) ELSE {nearest} END)"

    def _leaf(self, rule: Rule) -> tuple[str, str]:
        truth = predicate(rule, self.columns)
        if truth not in self.places:
            self.places[truth] = len(self.leaves)
            distance = self._distance(rule) if isinstance(rule, Comparison) else _FAR
            self.leaves.append((truth, f"CASE WHEN ({truth}) IS NULL THEN 0.0 ELSE {distance} END"))
        place = self.places[truth]
        return f'"~t{place}"', f'"~d{place}"'

    def _distance(self, rule: Comparison) -> str:
        column = next(c for c in self.columns if c.name == rule.column)
        if rule.op not in _ORDERED or column.kind not in {ColumnKind.NUMBER, ColumnKind.DATE}:
            return _FAR
        limit = self._limit(predicate(rule, self.columns), rule.op)
        rank, above, below = self._rank(column), max(1 - limit, _LEAST), max(limit, _LEAST)
        return (
            f"(CASE WHEN {rank} >= {limit!r} THEN ({rank} - {limit!r}) / {above!r} "
            f"ELSE ({limit!r} - {rank}) / {below!r} END)"
        )

    def _limit(self, truth: str, sign: Operator) -> float:
        """The share of the known values on the lower side of a limit."""
        lower = f"NOT ({truth})" if sign in {Operator.AT_LEAST, Operator.ABOVE} else truth
        found = self.connection.execute(
            f"SELECT count(*) FILTER ({lower}) / greatest(count({truth}), 1) FROM {self.source}"
        ).fetchall()[0][0]
        return float(found)

    def _rank(self, column: Column) -> str:
        """The share of the known values below a customer's own, with half of those equal to it."""
        kind = "DOUBLE" if column.kind is ColumnKind.NUMBER else "DATE"
        value = f"CAST({identifier(column.name)} AS {kind})"
        if kind == "DOUBLE":
            value = f"nullif({value}, CAST('nan' AS DOUBLE))"
        name = f'"~rank{list(self.columns).index(column)}"'
        if self.one is not None:
            # The same share as below, without an order of everybody.
            self.ranks[name] = (
                value,
                f"""SELECT own_value, (count(*) FILTER (v < own_value)
                + count(*) FILTER (v = own_value) / 2.0) / count(v) AS own_rank
                FROM (SELECT {value} AS v FROM {self.source}),
                    (SELECT {value} AS own_value FROM {self.source} WHERE {self.one})
                GROUP BY own_value""",
            )
            return f"{name}.own_rank"
        self.ranks[name] = (
            value,
            f"""SELECT own_value, (sum(n) OVER (ORDER BY own_value) - n / 2.0)
            / sum(n) OVER () AS own_rank FROM (SELECT {value} AS own_value, count(*) AS n
            FROM {self.source} WHERE {value} IS NOT NULL GROUP BY own_value)""",
        )
        return f"{name}.own_rank"
