"""Who receives what, as a CSV file for the system that sends."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import NotFound
from core.frames import CUSTOMER_ID
from core.models.merge_fields import MergeField
from core.models.suppression import SUPPRESSED, LeftOut
from core.storage.customer_tokens import Named
from core.storage.duck import (
    column_names,
    copy,
    identifier,
    literal,
    number,
    parquet,
    session,
)
from core.storage.merge_values import value_sql
from core.storage.rejects import FORMULA_START
from core.storage.suppression_tokens import NOBODY, Suppressed, token_sql

_NAMES = {CUSTOMER_ID: CUSTOMER_ID, "campaign_group": "arm", "variant_id": "variant_id"}


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom a file is for: one arm, one variant, or everybody assigned.

    `columns` are columns of the dataset to add as they are; `fields` are merge fields, each in a
    column of its own name, empty where a value cannot be shown and the default is to stand.
    Whoever is `suppressed` gets no line. The `neutralised` form is the form for a spreadsheet: a
    text that could run as a formula gets an apostrophe in front; the exact form changes nothing.
    """

    arm: str | None = None
    variant_id: str | None = None
    columns: tuple[str, ...] = ()
    fields: tuple[MergeField, ...] = ()
    neutralised: bool = False
    suppressed: Suppressed = NOBODY


def recipients_csv(
    assignments_path: Path, dataset_path: Path, wanted: Recipients, out_path: Path
) -> int:
    """Writes customer_id, campaign_group, variant_id and the added columns; gives the rows.

    The order is that of the ids.

    Raises:
        NotFound: the dataset has no such column.
    """
    conditions = [
        f"a.{field} = {literal(value)}"
        for field, value in (("arm", wanted.arm), ("variant_id", wanted.variant_id))
        if value is not None
    ]
    with session() as connection:
        hidden = wanted.suppressed.matches(connection, f"a.{CUSTOMER_ID}")
        where = f"WHERE {' AND '.join([*conditions, f'NOT {hidden}'])}"
        known = column_names(connection, parquet(dataset_path))
        for column in (*wanted.columns, *(f.column for f in wanted.fields)):
            if column not in known or column in _NAMES:
                raise NotFound("column", column, f"The data set has: {', '.join(known)}.")
        own = [f"a.{field} AS {name}" for name, field in _NAMES.items()]
        added = [f"d.{identifier(column)}" for column in wanted.columns]
        added += [f"{value_sql(f, 'd')} AS {identifier(f.name)}" for f in wanted.fields]
        connection.execute(
            f"""CREATE TEMP TABLE recipients AS SELECT {", ".join([*own, *added])}
            FROM {parquet(assignments_path)} AS a
            LEFT JOIN {parquet(dataset_path)} AS d ON a.{CUSTOMER_ID} = d.{CUSTOMER_ID}
            {where} ORDER BY a.{CUSTOMER_ID}"""
        )
        shown = f"SELECT {_NEUTRAL} FROM recipients" if wanted.neutralised else "FROM recipients"
        copy(connection, shown, out_path, "FORMAT csv, HEADER true, DELIMITER ','")
        return number(connection, "SELECT count(*) FROM recipients")


def left_out(assignments_path: Path, suppressed: Suppressed) -> tuple[LeftOut, ...]:
    """How many assigned customers of each group are on the list of people to leave out."""
    with session() as connection:
        hidden = suppressed.matches(connection, CUSTOMER_ID)
        rows = connection.execute(
            f"SELECT arm, count(*) FROM {parquet(assignments_path)} WHERE {hidden} "
            "GROUP BY arm ORDER BY arm"
        ).fetchall()
    return tuple(LeftOut(SUPPRESSED, arm, count) for arm, count in rows)


def who_is_left_out(assignments_path: Path, suppressed: Suppressed) -> tuple[Named, ...]:
    """The assigned customers who are on the list of people to leave out, by id."""
    with session() as connection:
        hidden = suppressed.matches(connection, CUSTOMER_ID)
        mark = token_sql(suppressed.secret, CUSTOMER_ID)
        rows = connection.execute(
            f"SELECT {CUSTOMER_ID}, {mark} FROM {parquet(assignments_path)} WHERE {hidden} "
            f"ORDER BY {CUSTOMER_ID}"
        ).fetchall()
    return tuple(Named(*row) for row in rows)


_STARTS = ", ".join(literal(start) for start in FORMULA_START)
_NEUTRAL = (
    f"CASE WHEN left(CAST(COLUMNS(*) AS VARCHAR), 1) IN ({_STARTS}) "
    "AND TRY_CAST(COLUMNS(*) AS DOUBLE) IS NULL THEN '''' || COLUMNS(*) "
    "ELSE CAST(COLUMNS(*) AS VARCHAR) END"
)
