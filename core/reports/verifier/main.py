"""The verifier of an evidence pack: what it checks, in order, and what it says in the end."""

from __future__ import annotations

import argparse
import sys
import zipfile
from pathlib import Path
from typing import Any, Callable, Sequence

from core.reports.verifier.arms import ASSIGNMENTS, EXPERIMENT, OUTCOMES, Assigned, Walk
from core.reports.verifier.brief import CAMPAIGN, check_brief
from core.reports.verifier.itself import MANIFEST, VERIFIER
from core.reports.verifier.moments import STATISTICS, Cells, differ, listed
from core.reports.verifier.pack import (
    BROKEN,
    Pack,
    Report,
    Wrong,
    check_manifest,
    check_zip,
    opened,
)
from core.reports.verifier.readout import READOUT, Numbers
from core.reports.verifier.seals import DECISIONS, SEALS, check_seals
from core.reports.verifier.trail import check_recorded, check_trail

ROWS = (ASSIGNMENTS, OUTCOMES, STATISTICS, READOUT, EXPERIMENT, "erasures.json")
APPROVAL = (
    SEALS,
    DECISIONS,
    "variants.jsonl",
    "documents.jsonl",
    "segments.json",
    "mails/",
    "policy/",
)
LIMITS = (
    "Not proved by this file alone: that nobody wrote the whole pack anew, this verifier included."
    " Compare the hash of the pack with the one noted when it was built (the audit trail of the"
    " workspace has it)."
)


def main(arguments: Sequence[str]) -> int:
    """Check a pack; 0 when everything holds, 1 with the names of the files that do not."""
    parser = argparse.ArgumentParser(
        description="Check an evidence pack; needs nothing but Python."
    )
    parser.add_argument("pack", nargs="?", type=Path, help="the folder or zip (default: beside)")
    parser.add_argument("--noted", metavar="NUMBER:HASH", help="an audit entry noted outside")
    asked = parser.parse_args(arguments)
    report = Report()
    path = asked.pack or Path(__file__).resolve().parent
    verify(path, report, asked.noted)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    out = [*report.said, ""]
    if report.problems:
        out += ["NOT OK", *report.problems]
    else:
        out += ["OK: every file is as it was built, and what can be derived again agrees.", LIMITS]
    sys.stdout.write("\n".join(out) + "\n")
    return 1 if report.problems else 0


def verify(path: Path, report: Report, noted: str | None = None) -> None:
    """Check the pack at a path, a folder or a zip; everything found goes into the report."""
    try:
        pack = opened(path)
    except BROKEN as error:
        report.bad(path.name, f"is no pack that can be opened ({error}).")
        return
    if pack.zip is not None:
        _step(report, path.name, lambda: check_zip(path, report))
    try:
        _checked(pack, report, noted)
    finally:
        pack.close()


def _checked(pack: Pack, report: Report, noted: str | None) -> None:
    hashes: dict[str, str] = {}
    _step(report, MANIFEST, lambda: hashes.update(check_manifest(pack, report)))
    report.say(f"Files: {len(hashes)} listed; {VERIFIER} {hashes.get(VERIFIER, 'missing')}.")
    plan: Any = {}
    _step(report, EXPERIMENT, lambda: plan.update(pack.json(EXPERIMENT)))
    entries: list[Any] = []
    steps: list[tuple[str, tuple[str, ...], Callable[[], None]]] = [
        ("audit.jsonl", ("audit",), lambda: entries.extend(check_trail(pack, report, noted))),
        (SEALS, APPROVAL, lambda: check_seals(pack, report)),
        (DECISIONS, (DECISIONS,), lambda: check_recorded(pack, report, entries, plan)),
        (CAMPAIGN, (CAMPAIGN,), lambda: check_brief(pack, report, entries, plan)),
        (ASSIGNMENTS, ROWS, lambda: _rows(pack, report, plan)),
    ]
    broken = list(report.problems)
    for name, files, check in steps:
        # What is broken is looked into for its line; the rest cannot make it whole again.
        if not broken or any(each.startswith(files) for each in broken):
            _step(report, name, check)


def _step(report: Report, name: str, check: Callable[[], None]) -> None:
    """One check; a file that cannot be read in the middle of it is a problem like any other."""
    try:
        check()
    except Wrong as wrong:
        where, _, problem = str(wrong).partition(": ")
        report.bad(where, problem)
    except (*BROKEN, zipfile.LargeZipFile) as error:
        report.bad(name, f"cannot be checked ({type(error).__name__}: {error}).")


def _rows(pack: Pack, report: Report, plan: Any) -> None:  # noqa: ANN401 - the plan as it is
    erasures = pack.json("erasures.json")
    found = Walk(pack, report, plan, plan["ids"], erasures["rows"]).through()
    report.say(_assigned(found, plan))
    if found.erased and found.erased == erasures["rows"]:
        rows = "1 row" if found.erased == 1 else f"{found.erased} rows"
        report.say(f"Erasure: {rows} erased on request, the rest intact.")
    cells = _cells(pack, report, found)
    if cells is None:
        report.say("Outcomes: none in this pack.")
        return
    _step(report, READOUT, lambda: _numbers(pack, report, plan, cells))


def _assigned(found: Assigned, plan: Any) -> str:  # noqa: ANN401 - the plan as it is
    if not plan["assigned_here"]:
        return f"Assignment: {found.rows} rows as recorded elsewhere; there is no key to derive it."
    how = "from the ids" if plan["ids"] == "clear" else "from the hashes of the ids"
    return f"Assignment: {found.rows} rows derived again from the key, {how}."


def _cells(pack: Pack, report: Report, found: Assigned) -> Cells | None:
    if STATISTICS not in pack.names():
        return None
    cells = listed(pack.table(STATISTICS))
    if found.sums is not None:
        made = found.sums.done()
        report.say(f"Outcomes: {found.outcomes} rows of {OUTCOMES} summed.")
        wrong = differ(cells, made, found.erased)
        if wrong is not None:
            report.bad(STATISTICS, f"{wrong} ({OUTCOMES}).")
        if not found.erased:
            return made
        # What was read before an erasure stays as it was read.
        return cells
    report.say(f"Outcomes: sufficient statistics only ({STATISTICS}), no rows.")
    return cells


def _numbers(pack: Pack, report: Report, plan: Any, cells: Cells) -> None:  # noqa: ANN401
    readout = pack.json(READOUT)
    numbers = Numbers(report, plan, readout, cells)
    lines = numbers.check()
    said = f"Read-out: {numbers.checked} estimates computed again"
    if numbers.others:
        said += f"; {numbers.others} of other methods (quantiles) are not"
    report.say(said + ".")
    for line in lines:
        report.say(f"  {line}")
    conclusion = readout["conclusion"]
    report.say(f"Conclusion as the pack says it: {conclusion['decision']}. {conclusion['reason']}")
    if readout["health"]["simulated"]:
        report.say("SIMULATED: these outcomes were invented for a rehearsal.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
