"""Outcomes that are kept and outcomes that are new, as one: what is known is never replaced."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.frames import CUSTOMER_ID
from core.models.stages import DELIVERY
from core.storage import delivery_columns
from core.storage.duck import column_names, identifier, parquet


@dataclass(frozen=True, slots=True)
class Conflict:
    """The first value that is not the one kept; `row` is that of the file."""

    row: int
    customer: str
    column: str
    kept: str
    new: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Two tables of one row a customer with the same metrics, perhaps other delivery columns.

    `kept` and `new` are the columns of each by their SQL.
    """

    joined: str
    kept: dict[str, str]
    new: dict[str, str]

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, kept: Path, new: Path) -> "Merge":
        """The tables of two files."""
        joined = (
            f"{parquet(kept)} AS k {{}} JOIN {parquet(new)} AS n "
            f"ON k.{CUSTOMER_ID} = n.{CUSTOMER_ID}"
        )
        return cls(joined, _columns(connection, kept, "k"), _columns(connection, new, "n"))

    @property
    def merged(self) -> str:
        """SELECT of every customer of both, with whatever is known of them."""
        values = [f"coalesce({k}, {n}) AS {identifier(name)}" for name, k, n in self._sides()]
        ids = f"coalesce(k.{CUSTOMER_ID}, n.{CUSTOMER_ID}) AS {CUSTOMER_ID}"
        return f"SELECT {', '.join([ids, *values])} FROM {self.joined.format('FULL')}"

    @property
    def completed(self) -> str:
        """SELECT of how many customers were kept already and are better known now."""
        more = " OR ".join(f"({k} IS NULL AND {n} IS NOT NULL)" for _, k, n in self._sides())
        return f"SELECT count(*) FROM {self.joined.format('INNER')} WHERE {more}"

    def conflict(self, connection: duckdb.DuckDBPyConnection, lines: Path) -> Conflict | None:
        """The first value that is not the one kept; `lines` gives the row of each customer."""
        for name, kept, new in self._sides():
            rows = connection.execute(
                f"SELECT l.row, n.{CUSTOMER_ID}, {kept}, {new} FROM {self.joined.format('INNER')} "
                f"JOIN {parquet(lines)} AS l ON l.{CUSTOMER_ID} = n.{CUSTOMER_ID} "
                f"WHERE {kept} <> {new} ORDER BY l.row"
            ).fetchmany(1)
            for row, customer, before, now in rows:
                return Conflict(row, customer, name, _words(before), _words(now))
        return None

    def _sides(self) -> list[tuple[str, str, str]]:
        """Each column with its SQL on both sides: metrics, then what is said of the delivery."""
        names = dict.fromkeys([*self.kept, *self.new])
        metrics = [name for name in names if name not in DELIVERY]
        ordered = [*metrics, *delivery_columns.present(tuple(names))]
        return [(name, self.kept.get(name, "NULL"), self.new.get(name, "NULL")) for name in ordered]


def _columns(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> dict[str, str]:
    names = column_names(connection, parquet(path))
    return {
        name: delivery_columns.stored(name, table)
        if name in DELIVERY
        else f"{table}.{identifier(name)}"
        for name in names
        if name != CUSTOMER_ID
    }


def _words(value: object) -> str:
    return f"{value:g}" if isinstance(value, bool | float) else str(value)
