"""How fast a million customers are imported, and how much memory that takes.

Usage: python benchmarks/import_speed.py [--customers N] [--rounds N] [--folder DIR]

Makes a CSV file and a file of purchases once, then measures in processes of their own: the import
of each beside DuckDB's own `read_csv` with a grouped aggregation of the same columns. The bare
query judges no id, keeps no table and says nothing. Exits 1 when a bar is missed.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import duckdb

from benchmarks.speed.lines import Line
from core.models.customer_file import Choices, Transactions
from core.storage.customer_import import ImportRequest, discard, read_customers

MOST_TIMES_BARE = 12
MOST_MEMORY_MB = 1_500

CUSTOMERS = """
    SELECT 'C' || lpad(CAST(i AS VARCHAR), 8, '0') AS customer_id,
        CASE WHEN hash(i, 1) % 10 < 8 THEN 'yes' ELSE 'no' END AS email_permission,
        hash(i, 2) % 24 AS recency_months, round(exp(hash(i, 3) % 600 / 100.0), 2) AS past_spend,
        hash(i, 4) % 30 AS orders,
        ['Urban', 'Suburban', 'Rural'][CAST(1 + hash(i, 5) % 3 AS BIGINT)] AS area,
        DATE '2020-01-01' + CAST(hash(i, 6) % 1800 AS INTEGER) AS first_order,
        'user' || i || '@example.org' AS email,
        CASE WHEN hash(i, 7) % 20 > 0 THEN hash(i, 8) % 90000 END AS income,
        ['Web', 'Phone', 'Shop'][CAST(1 + hash(i, 9) % 3 AS BIGINT)] AS channel
    FROM range({rows}) AS t(i)
"""
PURCHASES = """
    SELECT hash(i, 1) % ({rows} // 8 + 1) AS customer_id, 500000 + i // 3 AS invoice,
        DATE '2024-01-01' + CAST(hash(i, 2) % 600 AS INTEGER) AS day,
        round(CAST(hash(i, 3) % 20000 AS BIGINT) / 100.0 - 5, 2) AS amount,
        ['Norway', 'Spain', 'Chile'][CAST(1 + hash(i, 4) % 3 AS BIGINT)] AS country
    FROM range({rows}) AS t(i)
"""
BARE = {
    "customers": "SELECT area, channel, email_permission, count(*), avg(recency_months), "
    "avg(past_spend), sum(orders), min(first_order), avg(income), count(email), "
    "count(DISTINCT customer_id) FROM read_csv({file}) GROUP BY ALL",
    "purchases": "SELECT customer_id, count(DISTINCT invoice), min(day), max(day), sum(amount), "
    "mode(country) FROM read_csv({file}) GROUP BY ALL",
}
BOUGHT = Transactions(date="day", amount="amount", order="invoice")
REQUESTS = {
    "customers": ImportRequest("customer_id", "benchmark"),
    "purchases": ImportRequest("customer_id", "benchmark", choices=Choices(transactions=BOUGHT)),
}

Found = dict[str, float]


def made(folder: Path, what: str, rows: int) -> Path:
    """The CSV file of so many rows; written when it is not there."""
    path = folder / f"{what}-{rows}.csv"
    if not path.exists():
        query = {"customers": CUSTOMERS, "purchases": PURCHASES}[what].format(rows=rows)
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({query}) TO '{path}' (HEADER)")
    return path


def ours(what: str, path: Path) -> None:
    """The import, up to the staged data set with its report."""
    with tempfile.TemporaryDirectory() as folder:
        discard(read_customers(path, REQUESTS[what], Path(folder)))


def bare(what: str, path: Path) -> None:
    """The same columns read and added up by DuckDB alone."""
    with duckdb.connect() as connection:
        connection.execute(BARE[what].format(file=f"'{path}'")).fetchall()


def measured(how: str, what: str, path: Path) -> Found:
    """Seconds by the clock and of the processor, and peak memory, in a process of its own."""
    command = [sys.executable, __file__, "--measure", how, what, str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return dict(json.loads(done.stdout))


def report(folder: Path, rows: int, rounds: int) -> Iterator[Line]:
    """Every line of the table."""
    for what in REQUESTS:
        path = made(folder, what, rows)
        pairs = [
            (measured("ours", what, path), measured("bare", what, path)) for _ in range(rounds)
        ]
        mine, theirs = (min(p[i]["seconds"] for p in pairs) for i in (0, 1))
        times = median(a["processor"] / b["processor"] for a, b in pairs)
        clock = median(a["seconds"] / b["seconds"] for a, b in pairs)
        memory, other = (max(p[i]["memory_mb"] for p in pairs) for i in (0, 1))
        size = path.stat().st_size / 1e6
        yield Line(f"{rows:,} {what}, {size:.0f} MB; bare", f"{mine:.2f}; {theirs:.2f} s")
        yield Line("  times bare, by the clock", f"{clock:.1f}")
        bar = f"<= {MOST_TIMES_BARE}"
        yield Line("  times bare, processor time", f"{times:.1f}", bar, times <= MOST_TIMES_BARE)
        met = memory < MOST_MEMORY_MB
        words = f"{memory:.0f}; {other:.0f} MB"
        yield Line("  peak memory; of bare", words, f"< {MOST_MEMORY_MB}", met)


def main() -> int:
    """Prints the table; 1 when a bar is missed."""
    asked = _arguments()
    if asked.measure:
        how, what, file = asked.measure
        ways: dict[str, Callable[[str, Path], None]] = {"ours": ours, "bare": bare}
        _print_measure(ways[how], what, Path(file))
        return 0
    asked.folder.mkdir(parents=True, exist_ok=True)
    met = True
    for line in report(asked.folder, asked.customers, asked.rounds):
        print(line, flush=True)
        met = met and line.met
    return 0 if met else 1


def _print_measure(way: Callable[[str, Path], None], what: str, path: Path) -> None:
    clock, processor = time.perf_counter(), time.process_time()
    way(what, path)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    found = {
        "seconds": time.perf_counter() - clock,
        "processor": time.process_time() - processor,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
    }
    print(json.dumps(found))


def _arguments() -> argparse.Namespace:
    folder = Path(tempfile.gettempdir()) / "personalization-benchmarks"
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=folder)
    parser.add_argument("--measure", nargs=3, metavar="X", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
