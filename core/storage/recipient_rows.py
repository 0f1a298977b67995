"""The recipients of an export, drawn up: whom it names, and what is put into their messages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from core.errors import NotFound
from core.frames import CUSTOMER_ID
from core.models.merge_fields import MergeField
from core.models.suppression import SUPPRESSED
from core.storage.duck import column_names, identifier, literal, looking, parquet
from core.storage.merge_values import value_sql
from core.storage.suppression_tokens import NOBODY, Suppressed

NO_ADDRESS = "no e-mail address that can be written to"
SHARED_ADDRESS = "the same e-mail address as another customer"

_AT_ONCE = 50_000
# Before the sign at, senders take printable ASCII only (mailchimp.com/help: Format guidelines).
_ADDRESS = r"^[\x21-\x3f\x41-\x7e]+@[^@\s]+\.[^@\s]+$"


#: A column, and what is made of its values.
Made = tuple[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Words:
    """What one message puts into a column: the value of a field, or what is made of it.

    `filled` None puts a known value in as it is; `missing` is for whoever has none. Words of the
    same `mark` are made alike.
    """

    field: MergeField
    missing: str
    mark: tuple[object, ...] = ()
    filled: Callable[[str | None], str] | None = None


@dataclass(frozen=True, slots=True)
class Recipients:
    """What the files hold, under which names.

    `values` gives for each column what each variant puts there. With an `email` (a column of the
    data set, or the id itself) whoever has no address, or shares one, gets no line, for a sender
    finds people by it. Whoever is `suppressed` gets none either.
    """

    customer_id: str = CUSTOMER_ID
    group: str = "campaign_group"
    variant: str = "variant_id"
    email_name: str = ""
    email: str | None = None
    values: Mapping[str, Mapping[str, Words]] | None = None
    suppressed: Suppressed = NOBODY
    most_file_bytes: int = 10**12


def email_column(dataset_path: Path, personal: Sequence[str]) -> str | None:
    """The first of some columns that holds e-mail addresses, else the id where it does; or None."""
    with looking() as connection:
        for column in (*personal, CUSTOMER_ID):
            found = address_sql(f"CAST({identifier(column)} AS VARCHAR)")
            query = (
                f"SELECT count({found}) > 0 AND 2 * count({found}) > count({identifier(column)})"
            )
            rows = connection.execute(f"{query} FROM {parquet(dataset_path)}").fetchall()
            if rows[0][0]:
                return column
    return None


def draw(
    connection: duckdb.DuckDBPyConnection,
    tables: tuple[Path, Path],
    wanted: Recipients,
    fields: Sequence[MergeField],
) -> None:
    """Makes the table `drawn`: everybody assigned, what is known of them, and why they get none.

    Args:
        connection: gets the table.
        tables: the assignments, and the data set.
        wanted: what the files hold.
        fields: what the messages need of their readers.

    Raises:
        NotFound: the data set has no such column.
    """
    assignments, dataset = (parquet(path) for path in tables)
    known = column_names(connection, dataset)
    for column in (*(f.column for f in fields), *([wanted.email] if wanted.email else [])):
        if column not in known:
            raise NotFound("column", column, f"The data set has: {', '.join(known)}.")
    hidden = wanted.suppressed.matches(connection, f"a.{CUSTOMER_ID}")
    email = f"CAST(d.{identifier(wanted.email)} AS VARCHAR)" if wanted.email else "NULL"
    shown = [f"{value_sql(f, 'd')} AS {raw(f.column)}" for f in fields]
    own = [f"a.{CUSTOMER_ID} AS id", "a.segment", "a.arm", "a.variant_id"]
    own += [f"{hidden} AS hidden", f"{address_sql(email)} AS address", *shown]
    reasons = f"WHEN hidden THEN {literal(SUPPRESSED)} " + (
        f"WHEN address IS NULL THEN {literal(NO_ADDRESS)} WHEN count(*) OVER "
        f"(PARTITION BY lower(address)) > 1 THEN {literal(SHARED_ADDRESS)}"
        if wanted.email
        else ""
    )
    connection.execute(
        f"""CREATE TEMP TABLE drawn AS SELECT *, CASE {reasons} END AS reason FROM (
        SELECT {", ".join(own)} FROM {assignments} AS a
        LEFT JOIN {dataset} AS d ON a.{CUSTOMER_ID} = d.{CUSTOMER_ID})"""
    )


def worked_out(connection: duckdb.DuckDBPyConnection, every: Sequence[Words]) -> dict[Made, str]:
    """Makes a table of each known value and what is made of it; their names by column and mark."""
    made: dict[Made, str] = {}
    for words in every:
        key = (words.field.column, words.mark)
        if words.filled is None or key in made:
            continue
        made[key] = table = f"made_{len(made)}"
        connection.execute(f"CREATE TEMP TABLE {table} (raw VARCHAR, words VARCHAR)")
        found = connection.execute(
            f"SELECT DISTINCT {raw(words.field.column)} FROM drawn "
            f"WHERE {raw(words.field.column)} IS NOT NULL"
        ).fetchall()
        values = iter(row[0] for row in found)
        while some := list(islice(values, _AT_ONCE)):
            connection.execute(
                f"INSERT INTO {table} SELECT unnest($1), unnest($2)",
                [some, [words.filled(value) for value in some]],
            )
    return made


def case_of(by_variant: Mapping[str, Words], made: Mapping[Made, str]) -> str:
    """SQL for what stands in a column, by the customer's own variant; null for no message."""
    whens = []
    for variant, words in by_variant.items():
        table = made.get((words.field.column, words.mark))
        known = f"{table}.words" if table else raw(words.field.column)
        value = f"coalesce({known}, {literal(words.missing)})"
        whens.append(f"WHEN {literal(variant)} THEN {value}")
    return f"CASE variant_id {' '.join(whens)} END"


def raw(column: str) -> str:
    """SQL of a value of `drawn` as a message shows it."""
    return identifier(f"raw {column}")


def address_sql(text: str) -> str:
    """SQL of a text that is an e-mail address, without spaces around it; null for any other."""
    return f"CASE WHEN regexp_matches(trim({text}), {literal(_ADDRESS)}) THEN trim({text}) END"
