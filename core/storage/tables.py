"""The customers of a dataset, or of one segment, as questions to a Parquet file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import BadInput, NotFound
from core.frames import CUSTOMER_ID
from core.models.customers import EVERYONE, Column, SegmentRule, Truth, email_permission
from core.models.segment_models import ColumnProfile, Feature, FeatureKind
from core.models.segmentation import feature_kind
from core.protocols.customer_table import SegmentCount
from core.rules import Rule, columns_of, parse
from core.storage import customer_values
from core.storage.duck import identifier, literal, looking, number, parquet
from core.storage.sql_rules import predicate
from core.storage.traits import standouts

_UNMATCHED = -1


@dataclass(frozen=True, slots=True)
class ParquetCustomers:
    """A `CustomerTable` over the Parquet file of a dataset.

    `where` is an SQL condition that keeps a part of the customers; `in_segment` makes one. The
    `edition` tells a table from the same one before somebody was erased from it, so that what was
    counted of one is never taken for the other.
    """

    path: Path
    columns: tuple[Column, ...]
    where: str | None = None
    edition: int = 0

    @property
    def attributes(self) -> tuple[Column, ...]:
        """The columns a rule may speak of."""
        return tuple(c for c in self.columns if c.in_rules)

    def in_segment(self, segments_path: Path, segment_id: str) -> "ParquetCustomers":
        """The same questions, asked of one segment only, or of everyone in any of them."""
        chosen = f"SELECT {CUSTOMER_ID} FROM {parquet(segments_path)}"
        members = f"{CUSTOMER_ID} IN ({chosen} WHERE {segment_sql(segment_id)})"
        return replace(self, where=members)

    def narrowed(self, rule: str) -> "ParquetCustomers":
        """The same questions, asked only of those of whom the rule is true.

        Raises:
            BadInput: the text is not a rule, or does not fit the columns.
        """
        if not rule.strip():
            return self
        holds = predicate(parse(rule), self.attributes)
        return replace(self, where=f"({self.where}) AND {holds}" if self.where else holds)

    def source(self) -> str:
        """The customers as an SQL table."""
        where = f" WHERE {self.where}" if self.where else ""
        return f"(SELECT * FROM {parquet(self.path)}{where})"

    def rows(self) -> int:
        """How many customers there are."""
        with looking() as connection:
            return number(connection, f"SELECT count(*) FROM {self.source()}")

    def with_permission(self, column: str) -> int:
        """How many have agreed, as a column of permissions says."""
        agreed = f"count(*) FILTER ({permission_sql(column)})"
        with looking() as connection:
            return number(connection, f"SELECT {agreed} FROM {self.source()}")

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
        with looking() as connection:
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
        permission = email_permission(self.columns)
        agreed = permission_sql(permission)
        fields = [f"{identifier(c.name)} AS c{i}" for i, c in enumerate(self.attributes)]
        names = ", ".join([f"{self.part(rules)} AS part", f"{agreed} AS agreed", *fields])
        reached = "NULL" if permission is None else "count(*) FILTER (agreed)"
        with looking() as connection:
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

    def quantiles(self, column: str, shares: Sequence[float]) -> tuple[float, ...]:
        """The values below which these shares of the known values lie, linear between two.

        Raises:
            NotFound: there is no such attribute.
            BadInput: its values have no order.
        """
        kind = feature_kind(self.attribute(column))
        if kind not in {FeatureKind.NUMBER, FeatureKind.DATE}:
            raise BadInput(f"{column} holds neither numbers nor dates, so it has no quantiles.")
        return customer_values.quantiles(self.source(), column, kind, shares)

    def profiles(self, names: Sequence[str]) -> tuple[ColumnProfile, ...]:
        """What the values of these attributes are like; raises NotFound for any other column."""
        kinds = {name: feature_kind(self.attribute(name)) for name in names}
        return tuple(customer_values.profile(self.source(), n, k) for n, k in kinds.items())

    def values(
        self, features: Sequence[Feature], *, most: int | None = None
    ) -> Iterator[npt.NDArray[np.float64]]:
        """The customers in pieces, in the order of the file: a row each, a column each feature."""
        return customer_values.pieces(self.source(), features, most=most)

    def parts(
        self, rules: Sequence[SegmentRule], *, most: int | None = None
    ) -> npt.NDArray[np.int64]:
        """For the customers that `values` gives, the place of the first rule that holds, or -1."""
        return customer_values.whole_numbers(self.source(), self.part(rules), most=most)

    def attribute(self, name: str) -> Column:
        """The attribute with this name.

        Raises:
            NotFound: there is no such column, or it is the id, permission or personal.
        """
        for column in self.attributes:
            if column.name == name:
                return column
        self._refuse_private(frozenset({name}))
        listed = ", ".join(c.name for c in self.attributes[:30]) or "none"
        raise NotFound("attribute", name, f"This data set has: {listed}.")

    def part(self, rules: Sequence[SegmentRule]) -> str:
        """SQL for the place of the first rule that holds, from 0, or -1 for none.

        Raises:
            BadInput: a rule cannot be read, or does not fit the columns; names the segment.
        """
        conditions = [predicate(self.parsed(rule), self.attributes) for rule in rules]
        whens = [f"WHEN {condition} THEN {i}" for i, condition in enumerate(conditions)]
        return f"CASE {' '.join(whens)} ELSE {_UNMATCHED} END" if whens else str(_UNMATCHED)

    def parsed(self, rule: SegmentRule) -> Rule:
        """The rule of a segment.

        Raises:
            BadInput: it cannot be read, or does not fit the columns; names the segment.
        """
        try:
            parsed = parse(rule.rule)
            self._refuse_private(columns_of(parsed))
            predicate(parsed, self.attributes)
        except BadInput as error:
            raise BadInput(f"Segment '{rule.name}': {error}") from error
        return parsed

    def _refuse_private(self, names: frozenset[str]) -> None:
        for column in self.columns:
            if column.name in names and not column.in_rules:
                raise NotFound(
                    "attribute",
                    column.name,
                    f"The column is the customer's {column.role.replace('_', ' ')}; rules speak of "
                    f"{', '.join(c.name for c in self.attributes) or 'no column here'}.",
                )


def edition(path: Path) -> int:
    """Another number whenever a table was written anew; 0 where it is missing."""
    return path.stat().st_mtime_ns if path.is_file() else 0


def segment_sql(segment_id: str) -> str:
    """SQL for whether a row of a table of segments belongs to one of them, or to everyone."""
    return "true" if segment_id == EVERYONE else f"segment_id = {literal(segment_id)}"


def permission_sql(name: str | None) -> str:
    """SQL for whether a customer agreed: true, false, or null when nobody knows."""
    if name is None:
        return "CAST(NULL AS BOOLEAN)"
    text = f"lower({identifier(name)})"
    return f"CASE {text} WHEN 'yes' THEN true WHEN 'no' THEN false END"
