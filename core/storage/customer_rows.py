"""A file with one row a customer: the rows that are kept, and each column in its own type."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from core.frames import CUSTOMER_ID
from core.models.customer_file import Choices
from core.models.customers import ColumnKind, ColumnRole
from core.storage.column_kinds import Asked, Typed, kinds
from core.storage.column_words import looks_like_permission
from core.storage.customer_ids import Judgement, judge, judgement, kept_rows
from core.storage.duck import identifier
from core.storage.source_file import SOURCE, SourceFile
from core.storage.suppression_tokens import Suppressed


@dataclass(frozen=True, slots=True)
class Prepared:
    """Customers ready to be written: their columns as SQL over `table`, and what was judged.

    `customers` is how many there are when they were made from purchases.
    """

    source: SourceFile
    columns: Mapping[str, Typed]
    table: str
    judged: Judgement
    notes: tuple[str, ...] = ()
    customers: int | None = None

    def query(self, columns: Mapping[str, Typed]) -> str:
        """SQL of the customers with these columns."""
        values = ", ".join(f"{each.sql} AS {identifier(name)}" for name, each in columns.items())
        return f"SELECT {values} FROM {self.table}"


def customer_rows(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    fields: Mapping[str, str],
    choices: Choices,
    suppressed: Suppressed,
) -> Prepared:
    """The rows of a source that are kept.

    Raises:
        FileInvalid: not one row can be used.
    """
    judge(connection, source, fields[CUSTOMER_ID], suppressed, choices.duplicates)
    judged = judgement(connection, source, choices.duplicates)
    others = {name: field for name, field in fields.items() if name != CUSTOMER_ID}
    found = kinds(connection, SOURCE, asked_of(source, others, choices))
    typed = {name: found.get(name, Typed(ColumnKind.TEXT, field)) for name, field in fields.items()}
    return Prepared(source, typed, kept_rows(source, judged.kept), judged)


def asked_of(source: SourceFile, fields: Mapping[str, str], choices: Choices) -> Asked:
    """What is to be judged of the columns of a file."""
    told = {c.name for c in choices.columns if c.role is ColumnRole.PERMISSION}
    flags = {name for name in fields if name in told or looks_like_permission(name)}
    # Where a comma is a decimal, fields are parted by semicolons.
    hint = "," if source.reading.delimiter == ";" else None
    return Asked(fields, frozenset(flags), choices.reading.decimal, hint)
