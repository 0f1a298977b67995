"""How fast a million events come home, and how much memory that takes.

Usage: python benchmarks/outcome_events.py [--events N] [--rounds N] [--folder DIR]

Makes a CSV file of events once, then measures in processes of their own: reading, checking, keeping
and summing them up by customer, and pandas reading the same file and making the same sums (clicks
of people, orders with their refunds within the window, sends and deliveries). pandas judges no
row, keeps no file and knows no repetition. Both sums of revenue have to agree. Exits 1 when a bar
is missed.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import duckdb
import pandas as pd

from benchmarks.speed.lines import Line
from core.models.outcome_events import OutcomesMapping
from core.storage.event_file import EventsRequest, discard_events, read_events
from core.storage.event_outcomes import Window, derive_outcomes
from core.storage.event_store import merge_events

MOST_SECONDS, MOST_MEMORY_MB = 10, 500
DAYS, REFUND_DAYS = 14, 30
EXPORTED = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = (
    "event_id",
    "customer_id",
    "event",
    "time",
    "amount",
    "currency",
    "order_id",
    "bot",
)

EVENTS = """
    WITH drawn AS (
        SELECT i, hash(i, 1) % ({rows} // 5) AS customer, hash(i, 2) % 100 AS kind,
            TIMESTAMP '2026-03-01' + to_seconds(CAST(hash(i, 3) % 2592000 AS BIGINT)) AS moment
        FROM range({rows}) AS t(i)),
    named AS (
        SELECT *, CASE WHEN kind < 20 THEN 'sent' WHEN kind < 40 THEN 'delivered'
            WHEN kind < 60 THEN 'opened' WHEN kind < 75 THEN 'clicked' WHEN kind < 85 THEN 'ordered'
            WHEN kind < 90 THEN 'refunded' ELSE 'visited' END AS event FROM drawn)
    SELECT 'e' || sha256(CAST(i AS VARCHAR))[:16] AS event_id, 'C' || customer AS customer_id,
        event,
        strftime(moment, '%Y-%m-%dT%H:%M:%S+00:00') AS time,
        CASE WHEN event IN ('ordered', 'refunded')
            THEN printf('%.2f', (hash(i, 4) % 20000 + 1) / 100.0) END AS amount,
        CASE WHEN event IN ('ordered', 'refunded') THEN 'EUR' END AS currency,
        CASE event WHEN 'ordered' THEN 'o' || i
            WHEN 'refunded' THEN 'o' || hash(i, 5) % {rows} END AS order_id,
        CASE WHEN event = 'clicked' THEN hash(i, 6) % 10 = 0 END AS bot
    FROM named ORDER BY hash(i, 7)
"""
ASSIGNED = """
    SELECT 'C' || i AS customer_id, 's' AS segment_id, 'S' AS segment,
        ['a', 'b'][CAST(1 + hash(i, 8) % 2 AS BIGINT)] AS arm, 'v' AS variant_id
    FROM range({rows} // 5) AS t(i)
"""

Found = dict[str, float]


def made(folder: Path, rows: int) -> Path:
    """The CSV file of so many events beside who was assigned; written when it is not there."""
    path = folder / f"events-{rows}.csv"
    if not path.exists():
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({ASSIGNED.format(rows=rows)}) TO '{assigned(path)}'")
            connection.execute(f"COPY ({EVENTS.format(rows=rows)}) TO '{path}' (HEADER)")
    return path


def assigned(path: Path) -> Path:
    """The assignments that belong to a file of events."""
    return path.with_suffix(".assignments.parquet")


def ours(path: Path) -> float:
    """Everything an import does but the database; gives the revenue of all customers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mapping = OutcomesMapping({column: column for column in COLUMNS})
        request = EventsRequest(assigned(path), "benchmark", mapping)
        staged = read_events(path, request, folder)
        merged = merge_events(staged, folder / "events.parquet")
        window = Window(DAYS, REFUND_DAYS, EXPORTED)
        out = folder / "outcomes.parquet"
        derive_outcomes(merged.path, assigned(path), window, out)
        discard_events(staged)
        with duckdb.connect() as connection:
            found = connection.execute("SELECT sum(revenue) FROM read_parquet($1)", [str(out)])
            return float(found.fetchall()[0][0])


def peer(path: Path) -> float:
    """pandas: the same sums by customer; gives the revenue of all."""
    events = pd.read_csv(path, dtype={"bot": "string"}, parse_dates=["time"])
    customers = pd.read_parquet(assigned(path), columns=["customer_id"])
    sent = events[events.event == "sent"].groupby("customer_id").time.min()
    start = customers.customer_id.map(sent).fillna(sent.min())
    window = pd.Series(start.array, index=customers.customer_id)
    events["start"] = events.customer_id.map(window)
    since = events.time - events.start
    events["inside"] = (since >= pd.Timedelta(0)) & (since < pd.Timedelta(days=DAYS))
    orders = events[events.event == "ordered"].set_index("order_id")
    back = events[events.event == "refunded"].merge(
        orders[["time", "amount"]], left_on="order_id", right_index=True, suffixes=("", "_ordered")
    )
    back = back[back.time - back.time_ordered < pd.Timedelta(days=REFUND_DAYS)]
    refunded = back.groupby("order_id").amount.sum()
    orders["rest"] = (orders.amount - refunded.reindex(orders.index).fillna(0).to_numpy()).clip(
        lower=0
    )
    inside = orders[orders.inside]
    revenue = inside.groupby("customer_id").rest.agg(["sum", "count"])
    clicked = events[events.inside & (events.event == "clicked")]
    clicks = clicked.groupby(["customer_id", "bot"]).size().unstack()
    flags = events.groupby(["customer_id", "event"]).size().unstack()
    whole = customers.set_index("customer_id").join([revenue, clicks, flags])
    return float(whole["sum"].sum())


def measured(how: str, path: Path) -> Found:
    """Seconds, peak memory and the revenue, in a process of its own."""
    command = [sys.executable, __file__, "--measure", how, str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return dict(json.loads(done.stdout))


def report(folder: Path, rows: int, rounds: int) -> Iterator[Line]:
    """Every line of the table."""
    path = made(folder, rows)
    pairs = [(measured("ours", path), measured("pandas", path)) for _ in range(rounds)]
    mine, theirs = (min(p[i]["seconds"] for p in pairs) for i in (0, 1))
    busy, other_busy = (min(p[i]["processor"] for p in pairs) for i in (0, 1))
    memory, other = (max(p[i]["memory_mb"] for p in pairs) for i in (0, 1))
    revenue = [p[i]["revenue"] for p in pairs for i in (0, 1)]
    times = median(a["processor"] / b["processor"] for a, b in pairs)
    size = path.stat().st_size / 1e6
    yield Line(f"{rows:,} events, {size:.0f} MB; pandas", f"{mine:.2f}; {theirs:.2f} s")
    # Others may keep the cores busy; what one idle core would take is the promise.
    words, met = f"{busy:.2f}; {other_busy:.2f} s", busy <= MOST_SECONDS
    yield Line("  processor time; of pandas", words, f"<= {MOST_SECONDS}", met)
    yield Line("  times pandas, processor time", f"{times:.2f}")
    met = memory < MOST_MEMORY_MB
    yield Line(
        "  peak memory; of pandas", f"{memory:.0f}; {other:.0f} MB", f"< {MOST_MEMORY_MB}", met
    )
    same = max(revenue) - min(revenue) < 1e-6 * max(revenue)
    yield Line("  revenue, both ways", f"{revenue[0]:,.2f}; {revenue[1]:,.2f}", "the same", same)


def main() -> int:
    """Prints the table; 1 when a bar is missed."""
    asked = _arguments()
    if asked.measure:
        how, file = asked.measure
        ways: dict[str, Callable[[Path], float]] = {"ours": ours, "pandas": peer}
        _print_measure(ways[how], Path(file))
        return 0
    asked.folder.mkdir(parents=True, exist_ok=True)
    met = True
    for line in report(asked.folder, asked.events, asked.rounds):
        print(line, flush=True)
        met = met and line.met
    return 0 if met else 1


def _print_measure(way: Callable[[Path], float], path: Path) -> None:
    clock, processor = time.perf_counter(), time.process_time()
    revenue = way(path)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    found = {
        "seconds": time.perf_counter() - clock,
        "processor": time.process_time() - processor,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
        "revenue": revenue,
    }
    print(json.dumps(found))


def _arguments() -> argparse.Namespace:
    folder = Path(tempfile.gettempdir()) / "personalization-benchmarks"
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=folder)
    parser.add_argument("--measure", nargs=2, metavar="X", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
