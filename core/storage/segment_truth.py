"""For how many customers of each segment a rule holds, all segments in one question."""

from collections.abc import Mapping
from pathlib import Path

from core.errors import BadInput
from core.frames import CUSTOMER_ID
from core.models.customers import EVERYONE, Truth
from core.rules.parsing import parse
from core.storage.duck import looking, parquet
from core.storage.sql_rules import predicate
from core.storage.tables import ParquetCustomers


def truth_by_segment(
    customers: ParquetCustomers, segments_path: Path, rule: str
) -> Mapping[str, Truth]:
    """The truth of a rule for each segment that has anybody, and for everyone in any of them.

    It is unknown for everybody when a column does not exist or holds values of another kind.

    Raises:
        BadInput: the text is not a rule.
    """
    parsed = parse(rule)
    try:
        sql = predicate(parsed, customers.attributes)
    except BadInput:
        sql = "CAST(NULL AS BOOLEAN)"
    with looking() as connection:
        rows = connection.execute(
            f"""SELECT segment_id, count(*) FILTER (t), count(*) FILTER (NOT t),
            count(*) FILTER (t IS NULL) FROM (
                SELECT s.segment_id, d.t FROM (
                    SELECT {CUSTOMER_ID}, {sql} AS t FROM {customers.source()}
                ) AS d JOIN {parquet(segments_path)} AS s USING ({CUSTOMER_ID})
            ) GROUP BY segment_id"""
        ).fetchall()
    found = {str(name): Truth(*counts) for name, *counts in rows}
    every = [(t.true, t.false, t.unknown) for t in found.values()]
    totals = [sum(column) for column in zip(*every, strict=True)] or [0, 0, 0]
    return {**found, EVERYONE: Truth(*totals)}
