"""How fast and in how much memory a long audit trail is verified, and what an entry costs.

Usage: python benchmarks/audit_speed.py [--entries N] [--rounds N] [--folder DIR]

Makes a workspace with so many signed entries in table and log once, then verifies it in processes
of their own, beside one that takes the bare SHA-256 of each line of the log. Then entries are
written one by one, each with its own transaction and its line on disk, beside transactions that
write a row and mirror nothing. Exits 1 when a bar is missed.
"""

import argparse
import hashlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sqlalchemy import insert, text

from benchmarks.speed.lines import Line
from core.storage import audit
from core.storage.audit_check import verify
from core.storage.audit_log import AuditLog, Place
from core.storage.codec import canonical
from core.storage.database import Database
from core.storage.schema import AUDIT, AUDIT_HEAD

SECONDS_PER_100_000 = 10
MOST_GROWTH_MB = 50
WRITTEN = 200
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
DETAIL = {"revision": 3, "reason": "Reads well, and the offer is right.", "engine": "local"}

Found = dict[str, float]


def opened(folder: Path) -> tuple[Database, AuditLog]:
    """The database and the log of a workspace."""
    database = Database.open(f"sqlite:///{folder}/processed/state.db")
    database.migrate()
    place = Place(folder / "logs", folder / "processed")
    return database, AuditLog.opened(database, place, {}, BEGAN)


def made(folder: Path, entries: int) -> Path:
    """A workspace with so many entries; written when it is not there."""
    workspace = folder / f"audit-{entries}"
    if (workspace / "done").exists():
        return workspace
    shutil.rmtree(workspace, ignore_errors=True)
    database, log = opened(workspace)
    rows, previous = [], audit.GENESIS
    for number in range(1, entries + 1):
        rows.append(_row(log, number, previous))
        previous = str(rows[-1]["hash"])
    with database.begin() as tx:
        tx.execute(insert(AUDIT), rows)
        tx.execute(insert(AUDIT_HEAD).values(only=1, sequence=entries, hash=previous))
    log.catch_up(database)
    database.close()
    (workspace / "done").touch()
    return workspace


def _row(log: AuditLog, number: int, previous: str) -> dict[str, object]:
    parts: dict[str, object] = {
        "sequence": number,
        "at": (BEGAN + timedelta(seconds=number)).isoformat(timespec="microseconds"),
        "actor": f"person {number % 7}",
        "verified": number % 2 == 0,
        "action": "approve" if number % 3 else "block",
        "subject": f"spring-sale-{number % 500}-friendly",
        "detail": canonical(DETAIL | {"number": number}),
        "previous": previous,
    }
    digest = audit.digest(parts)
    return parts | {"hash": digest, "mac": log.key.signed(audit.ENTRY, digest)}


def ours(workspace: Path) -> None:
    """The whole check: table, hashes, signatures, log, note."""
    database, log = opened(workspace)
    with database.read() as tx:
        chain = verify(tx, log)
    if not chain.intact:
        raise SystemExit(f"The trail of the benchmark is broken: {chain.problem}")


def bare(workspace: Path) -> None:
    """SHA-256 of each line of the log, and nothing else."""
    with (workspace / "logs" / "safety_audit.log").open("rb") as file:
        for line in file:
            hashlib.sha256(line).digest()


def written(workspace: Path, *, mirrored: bool) -> float:
    """Milliseconds an entry takes, the mean of many, each in its own transaction."""
    database, log = opened(workspace)
    began = time.perf_counter()
    for number in range(WRITTEN):
        with database.begin() as tx:
            if mirrored:
                audit.append(
                    tx, at=BEGAN, actor="ann", verified=True, action="approve",
                    subject=str(number), detail=DETAIL, key=log.key,
                )  # fmt: skip
            else:
                row = {"key": f"{began}-{number}", "value": json.dumps(DETAIL)}
                tx.execute(text("INSERT INTO workspace_settings VALUES (:key, :value)"), row)
        if mirrored:
            log.catch_up(database)
    database.close()
    return 1000 * (time.perf_counter() - began) / WRITTEN


def measured(how: str, workspace: Path) -> Found:
    """Seconds of the processor and by the clock, and peak memory, in a process of its own."""
    command = [sys.executable, __file__, "--measure", how, str(workspace)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return dict(json.loads(done.stdout))


def report(folder: Path, entries: int, rounds: int) -> Iterator[Line]:
    """Every line of the table."""
    workspace = made(folder, entries)
    pairs = [(measured("ours", workspace), measured("bare", workspace)) for _ in range(rounds)]
    mine, theirs = (min(p[i]["seconds"] for p in pairs) for i in (0, 1))
    processor = min(p[0]["processor"] for p in pairs)
    memory = max(p[0]["memory_mb"] for p in pairs)
    few = measured("ours", made(folder, 1_000))
    size = (workspace / "logs" / "safety_audit.log").stat().st_size / 1e6
    yield Line(f"{entries:,} entries, {size:.0f} MB; bare SHA-256", f"{mine:.2f}; {theirs:.2f} s")
    yield Line("  times bare, by the clock", f"{mine / theirs:.0f}")
    bar = SECONDS_PER_100_000 * entries / 100_000
    yield Line("  seconds of the processor", f"{processor:.2f}", f"<= {bar:g} s", processor <= bar)
    growth = memory - few["memory_mb"]
    met = growth < MOST_GROWTH_MB
    yield Line("  peak memory", f"{memory:.0f} MB")
    yield Line(
        "  more than a thousand entries take", f"{growth:.0f} MB", f"< {MOST_GROWTH_MB} MB", met
    )
    with tempfile.TemporaryDirectory(dir=folder) as own:
        times = [
            (written(Path(own), mirrored=True), written(Path(own), mirrored=False))
            for _ in range(rounds)
        ]
    entry, row = (median(t[i] for t in times) for i in (0, 1))
    yield Line("an entry with its line on disk; a bare row", f"{entry:.1f}; {row:.1f} ms")


def main() -> int:
    """Prints the table; 1 when a bar is missed."""
    asked = _arguments()
    if asked.measure:
        how, workspace = asked.measure
        ways: dict[str, Callable[[Path], None]] = {"ours": ours, "bare": bare}
        _print_measure(ways[how], Path(workspace))
        return 0
    asked.folder.mkdir(parents=True, exist_ok=True)
    met = True
    for line in report(asked.folder, asked.entries, asked.rounds):
        print(line, flush=True)
        met = met and line.met
    return 0 if met else 1


def _print_measure(way: Callable[[Path], None], workspace: Path) -> None:
    clock, processor = time.perf_counter(), time.process_time()
    way(workspace)
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
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=folder)
    parser.add_argument("--measure", nargs=2, metavar="X", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
