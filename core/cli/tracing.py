"""`trace`: the whole story of one customer, and copies of it to hand out."""

import argparse
from pathlib import Path

from core.cli.console import Console, json_text
from core.cli.session import acting, application
from core.errors import BadInput, StorageUnavailable
from core.models.history import History
from core.models.people import Person
from core.orchestrator.application import Application
from core.reports.customer_history import FULL, MASKED, OWN, history_document, history_text
from core.reports.files import write_whole
from core.reports.history_pdf import history_pdf

_KINDS = (".pdf", ".json", ".txt")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    trace = commands.add_parser("trace", help="why one customer got what they got; masked")
    trace.add_argument("customer", metavar="CUSTOMER", help="the id of the data set, or a token")
    trace.add_argument(
        "--reveal", action="store_true", help="with id, name and every value; recorded"
    )
    trace.add_argument(
        "--for-customer",
        action="store_true",
        help="the copy for the customer: all their data, no names of staff; recorded",
    )
    trace.add_argument(
        "--reason", default="", metavar="TEXT", help="why, such as 'asked by letter'"
    )
    trace.add_argument("--out", metavar="FILE", type=Path, help="write .pdf, .json or .txt instead")
    trace.set_defaults(handler=_trace)


def _trace(args: argparse.Namespace, console: Console) -> int:
    if args.reveal and args.for_customer:
        raise BadInput("Give --reveal or --for-customer, not both: they are different copies.")
    if args.reason and not (args.reveal or args.for_customer):
        raise BadInput("A reason belongs to --reveal or --for-customer; without them it is masked.")
    if args.out is not None and args.out.suffix not in _KINDS:
        raise BadInput(f"{args.out} has to end in one of {', '.join(_KINDS)}.")
    purpose = FULL if args.reveal else OWN if args.for_customer else MASKED
    with application(args) as app:
        story = _story(app, args, purpose, acting(app, args))
    if args.out is None:
        words = history_text(story, purpose=purpose)
        console.result(history_document(story, purpose=purpose), words)
        return 0
    _write(args.out, story, purpose)
    console.result({"file": str(args.out)}, f"Written: {args.out}")
    return 0


def _story(app: Application, args: argparse.Namespace, purpose: str, by: Person) -> History:
    if purpose == MASKED:
        return app.history.of(args.customer, by=by)
    ask = app.history.reveal if purpose == FULL else app.history.own_copy
    return ask(args.customer, reason=args.reason, by=by)


def _write(path: Path, story: History, purpose: str) -> None:
    if path.suffix == ".pdf":
        content = history_pdf(story, purpose=purpose)
    elif path.suffix == ".json":
        content = (json_text(history_document(story, purpose=purpose)) + "\n").encode()
    else:
        content = history_text(story, purpose=purpose).encode()
    try:
        write_whole(path, content)
    except OSError as error:
        raise StorageUnavailable(f"Cannot write {path}: {error.strerror}.") from error
