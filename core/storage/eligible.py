"""Who may be assigned: whoever agreed and is not left out, held out, or in a running test."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.frames import CUSTOMER_ID
from core.models.customers import Column
from core.models.send import Excluded
from core.models.suppression import SUPPRESSED
from core.rules import parse
from core.storage.duck import literal, parquet
from core.storage.sql_rules import predicate
from core.storage.suppression_tokens import NOBODY, Suppressed
from core.storage.tables import permission_sql

NO_PERMISSION = "no permission"
UNKNOWN_PERMISSION = "permission unknown"
OUTSIDE = "outside the campaign's audience"
GLOBAL_HOLDOUT = "global holdout"
"""The reason, and the key of the hash that decides it; no experiment has this key."""

_DIGITS, _SCALE = 13, float(2**52)


@dataclass(frozen=True, slots=True)
class Held:
    """Customers of another test, the not contacted included; `reason` as people read it."""

    reason: str
    assignments_path: Path


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages: the assignments of the mailings that count, each one message.

    Their not contacted do not count. Whoever has `most` already gets no more; `reason` as people
    read it.
    """

    reason: str
    most: int
    assignments_paths: Sequence[Path]


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides who may be assigned.

    `permission_column` None means nobody's permission is known. A `global_holdout` is the share
    of all customers whom no campaign ever contacts. Whom several tests hold counts for the first.
    Whoever is `suppressed` counts for that, whatever else holds. Only those of whom the rule
    `audience` over the `columns` is true take part; empty for everybody. Whoever got as many
    messages as the `cap` allows is left out, unless something else holds them already.
    """

    permission_column: str | None
    global_holdout: float = 0.0
    held: Sequence[Held] = ()
    suppressed: Suppressed = NOBODY
    audience: str = ""
    columns: tuple[Column, ...] = ()
    cap: Cap | None = None

    @property
    def inside(self) -> str:
        """SQL for whether a customer is in the campaign's audience; never null.

        Raises:
            BadInput: the audience is no rule, or does not fit the columns.
        """
        if not self.audience.strip():
            return "true"
        return f"coalesce({predicate(parse(self.audience), self.columns)}, false)"


def mark_eligible(
    connection: duckdb.DuckDBPyConnection,
    tables: tuple[Path, Path],
    segment_ids: Collection[str],
    rules: Rules,
) -> None:
    """Makes the table `customers` of these segments: id, segment and `reason`, null for eligible.

    Args:
        connection: gets the table.
        tables: the segments, and the data set that holds the permission.
        segment_ids: the segments to be assigned.
        rules: who may be assigned.
    """
    segments, dataset = tables
    wanted = ", ".join(literal(segment_id) for segment_id in segment_ids) or "NULL"
    hidden = rules.suppressed.matches(connection, f"s.{CUSTOMER_ID}")
    connection.execute(
        f"""CREATE TEMP TABLE customers AS
        SELECT s.{CUSTOMER_ID}, s.segment_id, CASE
            WHEN {hidden} THEN {literal(SUPPRESSED)}
            WHEN d.agreed IS NULL THEN {literal(UNKNOWN_PERMISSION)}
            WHEN NOT d.agreed THEN {literal(NO_PERMISSION)}
            WHEN NOT d.inside THEN {literal(OUTSIDE)}
            WHEN {_in_holdout(rules.global_holdout)} THEN {literal(GLOBAL_HOLDOUT)}
            WHEN h.reason IS NOT NULL THEN h.reason
            ELSE c.reason END AS reason
        FROM {parquet(segments)} AS s
        JOIN (SELECT {CUSTOMER_ID}, {permission_sql(rules.permission_column)} AS agreed,
                {rules.inside} AS inside
            FROM {parquet(dataset)}) AS d ON s.{CUSTOMER_ID} = d.{CUSTOMER_ID}
        LEFT JOIN ({_held(rules.held)}) AS h ON s.{CUSTOMER_ID} = h.{CUSTOMER_ID}
        LEFT JOIN ({_capped(rules.cap)}) AS c ON s.{CUSTOMER_ID} = c.{CUSTOMER_ID}
        WHERE s.segment_id IN ({wanted})"""
    )


def eligible(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many may be assigned in each segment where anybody may."""
    rows = connection.execute(
        "SELECT segment_id, count(*) FROM customers WHERE reason IS NULL GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return dict(rows)


def left_out(connection: duckdb.DuckDBPyConnection, rules: Rules) -> tuple[Excluded, ...]:
    """How many may not, by reason; every customer counts once."""
    counts = dict(
        connection.execute(
            "SELECT reason, count(*) FROM customers WHERE reason IS NOT NULL GROUP BY reason"
        ).fetchall()
    )
    ours = (NO_PERMISSION, UNKNOWN_PERMISSION, SUPPRESSED, OUTSIDE, GLOBAL_HOLDOUT)
    capped = [rules.cap.reason] if rules.cap else []
    order = (*ours, *(h.reason for h in rules.held), *capped)
    return tuple(Excluded(r, counts[r]) for r in dict.fromkeys(order) if r in counts)


def nobody(excluded: Iterable[Excluded]) -> str:
    """Why nobody is left."""
    why = " and ".join(f"{each.customers:,} customers: {each.reason}" for each in excluded)
    return f"Nobody may be contacted ({why or 'the segments are empty'}), so nothing was assigned."


def uniform(key: str, column: str) -> str:
    """SQL of `core.statistics.assignment.uniform`: the customer's own number under a key."""
    digest = f"sha256({literal(key + ':')} || {column})"
    return f"CAST('0x' || substr({digest}, 1, {_DIGITS}) AS BIGINT) / {_SCALE!r}"


def _in_holdout(share: float) -> str:
    if not share:
        return "false"
    return f"{uniform(GLOBAL_HOLDOUT, f's.{CUSTOMER_ID}')} < CAST('{share!r}' AS DOUBLE)"


def _held(tests: Sequence[Held]) -> str:
    """SQL of the customers other tests hold, each once, with the reason of the first."""
    every = " UNION ALL ".join(
        f"SELECT {CUSTOMER_ID}, {place} AS place, {literal(test.reason)} AS reason "
        f"FROM {parquet(test.assignments_path)}"
        for place, test in enumerate(tests)
    )
    nobody_held = f"SELECT CAST(NULL AS VARCHAR) AS {CUSTOMER_ID}, 0 AS place, '' AS reason"
    return (
        f"SELECT {CUSTOMER_ID}, arg_min(reason, place) AS reason FROM ({every or nobody_held}) "
        f"GROUP BY {CUSTOMER_ID}"
    )


def _capped(cap: Cap | None) -> str:
    """SQL of the customers who got as many messages as they may, each once."""
    if cap is None or not cap.assignments_paths:
        return f"SELECT CAST(NULL AS VARCHAR) AS {CUSTOMER_ID}, '' AS reason"
    every = " UNION ALL ".join(
        f"SELECT {CUSTOMER_ID} FROM {parquet(path)} WHERE variant_id IS NOT NULL"
        for path in cap.assignments_paths
    )
    return (
        f"SELECT {CUSTOMER_ID}, {literal(cap.reason)} AS reason FROM ({every}) "
        f"GROUP BY {CUSTOMER_ID} HAVING count(*) >= {cap.most:d}"
    )
