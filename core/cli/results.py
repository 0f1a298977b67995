"""`import-outcomes`, `simulate-outcomes`, `results` and `decide`."""

import argparse
from dataclasses import asdict
from pathlib import Path

from core.cli.analyze import readout_text
from core.cli.console import Console
from core.cli.session import acting, application, deciding
from core.errors import FileInvalid
from core.models.placebo import PlaceboRequest
from core.models.readout import Decision
from core.models.send import OutcomesImport
from core.orchestrator.service.outcome_mappings import SaidMapping
from core.reports.events import event_lines


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the four commands."""
    _add_import(commands)
    invent = commands.add_parser(
        "simulate-outcomes", help="invented outcomes for a rehearsal, marked SIMULATED"
    )
    invent.add_argument("campaign", metavar="CAMPAIGN")
    invent.add_argument("--lift", type=float, required=True, metavar="REL")
    invent.add_argument("--seed", type=int, required=True, metavar="N")
    invent.set_defaults(handler=_simulate)
    read = commands.add_parser("results", help="the read-out of a campaign")
    read.add_argument("campaign", metavar="CAMPAIGN")
    read.add_argument(
        "--placebo", type=int, metavar="N", help="also deal the groups out by chance, N times"
    )
    read.add_argument("--seed", type=int, default=1, help="of the placebo (default: 1)")
    read.set_defaults(handler=_results)
    decide = commands.add_parser("decide", help="record what was decided about the results")
    decide.add_argument("campaign", metavar="CAMPAIGN")
    decide.add_argument("--decision", required=True, choices=[d.value for d in Decision])
    decide.add_argument("--reason", required=True, metavar="T")
    decide.set_defaults(handler=_decide)


def _add_import(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bring = commands.add_parser("import-outcomes", help="what customers did after the send")
    bring.add_argument("campaign", metavar="CAMPAIGN")
    bring.add_argument("file", type=Path, metavar="FILE")
    bring.add_argument(
        "--map",
        type=Path,
        metavar="FILE",
        help="YAML: our column: their column; kept for the next time",
    )
    bring.add_argument(
        "--for",
        dest="sender",
        metavar="SENDER",
        help="whose file it is: a sender with a mapping of its own (generic, braze, klaviyo, "
        "mailchimp, customerio, or one that was saved)",
    )
    bring.add_argument(
        "--leave-out-others",
        action="store_true",
        help="leave out rows of customers who are not in this test",
    )
    bring.set_defaults(handler=_import)


def _import(args: argparse.Namespace, console: Console) -> int:
    text = _text(args.map) if args.map else None
    with application(args) as app:
        imported = app.results.import_outcomes(
            args.campaign,
            args.file,
            by=acting(app, args),
            said=SaidMapping(text, args.sender),
            leave_out_others=args.leave_out_others,
        )
    _tell(console, imported)
    return 0


def _simulate(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        imported = app.results.simulate(
            args.campaign, lift=args.lift, seed=args.seed, by=acting(app, args)
        )
    _tell(console, imported)
    return 0


def _tell(console: Console, imported: OutcomesImport) -> None:
    document = {
        "campaign_id": imported.campaign_id,
        "rows": imported.rows,
        "matched": imported.matched,
        "others": imported.others,
        "passed_over": imported.passed_over,
        "repeated": imported.repeated,
        "simulated": imported.simulated,
        "events": None if imported.events is None else asdict(imported.events),
    }
    words = f"{imported.rows:,} rows, {imported.matched:,} matched to assigned customers"
    if imported.passed_over:
        words += f", {imported.passed_over:,} of customers who were erased or left out passed over"
    if imported.others:
        words += f", {imported.others:,} of nobody in this test left out"
    if imported.repeated:
        words += "; the same content was imported before, nothing changed"
    if imported.events is not None:
        words = "\n".join([words, *event_lines(imported.events)])
    if imported.simulated:
        words = f"SIMULATED: {words}"
    console.result(document, words)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileInvalid(path, f"cannot be read as YAML: {error}") from error


def _results(args: argparse.Namespace, console: Console) -> int:
    shuffles = None if args.placebo is None else PlaceboRequest(args.placebo, args.seed)
    with application(args) as app:
        readout = app.results.readout(args.campaign, shuffles=shuffles)
    console.result(readout.as_document(), readout_text(readout))
    return 0


def _decide(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        made = app.results.decide(
            args.campaign, Decision(args.decision), reason=args.reason, by=deciding(app, args)
        )
    document = {
        "campaign_id": made.campaign_id,
        "decision": made.decision,
        "conclusion": made.conclusion,
        "reason": made.reason,
        "by": made.by,
        "verified": made.verified,
        "at": made.at.isoformat(),
    }
    console.result(document, f"{made.campaign_id}: {made.decision} decided by {made.by}")
    return 0
