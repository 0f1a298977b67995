"""The customers of a dataset, or of one segment, as questions to a Parquet file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import BadInput, NotFound
from core.frames import CUSTOMER_ID
from core.models.customers import EVERYONE, Column, ColumnRole, SegmentRule, Truth
from core.protocols.customer_table import SegmentCount
from core.rules import columns_of, parse
from core.storage.duck import identifier, literal, number, parquet, session
from core.storage.sql_rules import predicate
from core.storage.traits import standouts

_UNMATCHED = -1


@dataclass(frozen=True, slots=True)
class ParquetCustomers:
    """A `CustomerTable` over the Parquet file of a dataset.

    `where` is an SQL condition that keeps a part of the customers; `in_segment` makes one.
    """

    path: Path
    columns: tuple[Column, ...]
    where: str | None = None

    @property
    def attributes(self) -> tuple[Column, ...]:
        """The columns a rule may speak of."""
        return tuple(c for c in self.columns if c.role is ColumnRole.ATTRIBUTE)

    def in_segment(self, segments_path: Path, segment_id: str) -> "ParquetCustomers":
        """The same questions, asked of one segment only, or of everyone in any of them."""
        chosen = f"SELECT {CUSTOMER_ID} FROM {parquet(segments_path)}"
        members = f"{CUSTOMER_ID} IN ({chosen} WHERE {segment_sql(segment_id)})"
        return replace(self, where=members)

    def source(self) -> str:
        """The customers as an SQL table."""
        where = f" WHERE {self.where}" if self.where else ""
        return f"(SELECT * FROM {parquet(self.path)}{where})"

    def rows(self) -> int:
        """How many customers there are."""
        with session() as connection:
            return number(connection, f"SELECT count(*) FROM {self.source()}")

    def truth(self, rule: str) -> Truth:
        """For how many customers the rule is true, false or unknown.

        It is unknown for everybody when a column does not exist or holds values of another kind.

        Raises:
            BadInput: the text is not a rule.
        """
        parsed = parse(rule)
        try:
            sql = predicate(parsed, self.attributes)
        except BadInput:
            return Truth(0, 0, self.rows())
        with session() as connection:
            true, false, unknown = connection.execute(
                f"""SELECT count(*) FILTER (t), count(*) FILTER (NOT t),
                count(*) FILTER (t IS NULL) FROM (SELECT {sql} AS t FROM {self.source()})"""
            ).fetchall()[0]
        return Truth(true, false, unknown)

    def split(self, rules: Sequence[SegmentRule]) -> tuple[SegmentCount, ...]:
        """Sizes and standout traits when the first rule that holds decides, in rule order.

        Customers for whom no rule holds are in none of the counts.

        Raises:
            BadInput: a rule cannot be read, or does not fit the columns; names the segment.
        """
        permission = next((c for c in self.columns if c.role is ColumnRole.PERMISSION), None)
        agreed = permission_sql(permission.name if permission else None)
        fields = [f"{identifier(c.name)} AS c{i}" for i, c in enumerate(self.attributes)]
        names = ", ".join([f"{self.part(rules)} AS part", f"{agreed} AS agreed", *fields])
        reached = "NULL" if permission is None else "count(*) FILTER (agreed)"
        with session() as connection:
            connection.execute(f"CREATE TEMP TABLE split AS SELECT {names} FROM {self.source()}")
            counted = connection.execute(
                f"SELECT part, count(*), {reached} FROM split GROUP BY part"
            ).fetchall()
            traits = standouts(connection, "split", self.attributes)
        sizes = {part: (size, reachable) for part, size, reachable in counted}
        nobody = (0, None if permission is None else 0)
        return tuple(
            SegmentCount(rule.segment_id, *sizes.get(part, nobody), traits.get(part, ()))
            for part, rule in enumerate(rules)
        )

    def part(self, rules: Sequence[SegmentRule]) -> str:
        """SQL for the place of the first rule that holds, from 0, or -1 for none.

        Raises:
            BadInput: a rule cannot be read, or does not fit the columns; names the segment.
        """
        whens = [f"WHEN {self._condition(rule)} THEN {i}" for i, rule in enumerate(rules)]
        return f"CASE {' '.join(whens)} ELSE {_UNMATCHED} END" if whens else str(_UNMATCHED)

    def _condition(self, rule: SegmentRule) -> str:
        try:
            parsed = parse(rule.rule)
            self._refuse_private(columns_of(parsed))
            return predicate(parsed, self.attributes)
        except BadInput as error:
            raise BadInput(f"Segment '{rule.name}': {error}") from error

    def _refuse_private(self, names: frozenset[str]) -> None:
        for column in self.columns:
            if column.name in names and column.role is not ColumnRole.ATTRIBUTE:
                raise NotFound(
                    "attribute",
                    column.name,
                    f"That column is the customer's {column.role}; rules speak of "
                    f"{', '.join(c.name for c in self.attributes) or 'no column here'}.",
                )


def segment_sql(segment_id: str) -> str:
    """SQL for whether a row of a table of segments belongs to one of them, or to everyone."""
    return "true" if segment_id == EVERYONE else f"segment_id = {literal(segment_id)}"


def permission_sql(name: str | None) -> str:
    """SQL for whether a customer agreed: true, false, or null when nobody knows."""
    if name is None:
        return "CAST(NULL AS BOOLEAN)"
    text = f"lower({identifier(name)})"
    return f"CASE {text} WHEN 'yes' THEN true WHEN 'no' THEN false END"
