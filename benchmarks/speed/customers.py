"""The file that is read: made by DuckDB once, the same on every machine."""

from pathlib import Path

import duckdb

# Uniform numbers come from hashes of the row, so that neither threads nor a seed matter.
SELECT = """
WITH numbers AS (
  SELECT i, hash(i * 7 + 1) % 4 AS a, hash(i * 7 + 2) % 8 AS s,
    (hash(i * 7 + 3) >> 11) / 9007199254740992.0 AS u1,
    (hash(i * 7 + 4) >> 11) / 9007199254740992.0 AS u2,
    (hash(i * 7 + 5) >> 11) / 9007199254740992.0 AS u3,
    (hash(i * 7 + 6) >> 11) / 9007199254740992.0 AS u4
  FROM range({customers}) AS r(i)
), people AS (
  SELECT *, -ln(1 - u1) * 200 AS history, u2 < 0.1 * (1 + 0.05 * a) AS bought,
    1 + CAST(floor(u3 * 6) AS INTEGER) AS opens,
    0.8 * sqrt(-2 * ln(1 - u3)) * cos(2 * pi() * u4) AS taste
  FROM numbers
)
SELECT i AS {identity}, CASE a WHEN 0 THEN 'control' ELSE 'message ' || a END AS arm,
  'segment ' || s AS segment, history, CAST(bought AS INTEGER) AS conversion,
  CASE WHEN bought THEN round(exp(3 + taste + history / 800), 2) ELSE 0 END AS revenue,
  opens, CAST(floor(opens * u4 * u4) AS INTEGER) AS clicks,
  DATE '2025-01-01' + CAST(hash(i * 7 + 8) % 28 AS INTEGER) AS day
FROM people
"""


def made(folder: Path, customers: int, identity: str) -> Path:
    """The Parquet file of this many customers, numbered in the column `identity`.

    It has 4 arms, 8 segments, a conversion of about 10 %, revenue with 90 % zeros, clicks and
    opens for a ratio, a history that revenue follows, and 28 days on which customers came in.
    """
    path = folder / f"customers-{customers}-{identity}-28-days.parquet"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        query = SELECT.format(customers=customers, identity=identity)
        duckdb.execute(f"COPY ({query}) TO '{unfinished}' (FORMAT parquet, COMPRESSION zstd)")
        unfinished.rename(path)
    return path
