"""`audit`: verify the trail, look at it, write the report of the checks, forget a customer."""

import argparse
import json
from datetime import UTC, date, datetime, time

from core.cli.console import Console, table
from core.cli.session import acting, application
from core.errors import BadInput
from core.models.approval import AuditEntry
from core.orchestrator.service.audit_trail import Chain, Wanted
from core.reports.erasure_receipt import receipt_document, receipt_text


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    audit = commands.add_parser("audit", help="the trail of everything that was decided")
    actions = audit.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="whether the chain is whole; 1 if it is not")
    verify.add_argument(
        "--noted", metavar="NUMBER:HASH", help="an entry as an earlier check printed it"
    )
    verify.set_defaults(handler=_verify)
    log = actions.add_parser("log", help="the newest entries")
    log.add_argument("--action", dest="of_action", metavar="A", help="such as approve")
    log.add_argument("--actor", dest="of_actor", metavar="PERSON", help="whose entries")
    log.add_argument("--subject", metavar="ID", help="of a message, a campaign, a person")
    log.add_argument("--since", metavar="DAY", help="from this day on, such as 2026-11-02")
    log.add_argument("--until", metavar="DAY", help="before this day")
    log.add_argument("--limit", type=int, default=50, metavar="N")
    log.set_defaults(handler=_log)
    report = actions.add_parser("report", help="what was screened and decided, as CSV")
    report.add_argument("--campaign", metavar="ID", help="of one campaign only")
    report.set_defaults(handler=_report)
    forget = actions.add_parser("forget", help="the same as `erase`")
    forget.add_argument("customer", metavar="CUSTOMER", help="the id of the data set")
    forget.add_argument("--reason", default="", metavar="TEXT")
    forget.set_defaults(handler=_forget)


def _verify(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        chain = app.audit.verify(noted=args.noted)
    document = {
        "intact": chain.intact,
        "entries": chain.entries,
        "last_hash": chain.last_hash,
        "first_bad": chain.first_bad,
        "place": chain.place or None,
        "line": chain.line,
        "problem": chain.problem or None,
    }
    console.result(document, _words(chain))
    return 0 if chain.intact else 1


def _words(chain: Chain) -> str:
    if not chain.intact:
        line = f" line {chain.line}" if chain.line is not None else ""
        return (
            f"The audit trail is broken at entry {chain.first_bad} ({chain.place}{line}): "
            f"{chain.problem}"
        )
    return (
        f"The audit trail is whole: {chain.entries} entries, the same in table and log.\n"
        f"To note outside: {chain.entries}:{chain.last_hash}"
    )


def _log(args: argparse.Namespace, console: Console) -> int:
    wanted = Wanted(
        action=args.of_action,
        actor=args.of_actor,
        subject=args.subject,
        since=_day(args.since),
        until=_day(args.until),
    )
    if args.limit < 1:
        raise BadInput("--limit is at least 1.")
    with application(args) as app:
        found = app.audit.find(wanted, limit=args.limit)
    console.result(
        {"entries": [_entry(each) for each in found]}, table(_HEADER, [_row(e) for e in found])
    )
    return 0


_HEADER = ("entry", "when (UTC)", "who", "did", "about", "with")


def _row(entry: AuditEntry) -> tuple[str, ...]:
    who = entry.actor if entry.verified else f"{entry.actor} (not verified)"
    when = f"{entry.at:%Y-%m-%d %H:%M:%S}"
    return str(entry.sequence), when, who, entry.action, entry.subject, entry.detail


def _entry(entry: AuditEntry) -> dict[str, object]:
    return {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "verified": entry.verified,
        "action": entry.action,
        "subject": entry.subject,
        "detail": json.loads(entry.detail),
        "hash": entry.hash,
    }


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise BadInput(f"'{text}' is no day; write one such as 2026-11-02.") from error


def _report(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        built = app.screenings.build(args.campaign)
    files = [str(path) for path in built]
    console.result({"files": files}, "\n".join(files))
    return 0


def _forget(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        done = app.forgetting.forget(args.customer, reason=args.reason, by=acting(app, args))
    named = "is forgotten by" if done.had_token else "was never named in"
    words = (
        f"The customer {named} the audit trail and is left out of imports and exports from now on."
        f"\n\n{receipt_text(done.receipt)}"
    )
    document = {
        "had_token": done.had_token,
        "data_sets": list(done.data_sets),
        "receipt": receipt_document(done.receipt),
    }
    console.result(document, words)
    return 0
