"""`erase`, `object`: a customer who is to be gone, and one who wants no more marketing."""

import argparse

from core.cli.console import Console
from core.cli.session import acting, application
from core.errors import BadInput
from core.models.erasure import Receipt
from core.reports.erasure_receipt import (
    objection_text,
    out_of_reach_document,
    receipt_document,
    receipt_text,
)


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the two commands."""
    erase = commands.add_parser("erase", help="a customer out of everything that is held here")
    erase.add_argument("customer", nargs="?", metavar="CUSTOMER", help="the id of the data set")
    erase.add_argument("--reason", default="", metavar="TEXT", help="why, such as 'by letter'")
    erase.add_argument(
        "--again",
        action="store_true",
        help="instead: finish what broke off, and erase who came back with a restored backup",
    )
    erase.add_argument("--receipts", action="store_true", help="instead: every receipt so far")
    erase.set_defaults(handler=_erase)
    objects = commands.add_parser("object", help="a customer who wants no more marketing")
    objects.add_argument("customer", metavar="CUSTOMER", help="the id of the data set")
    objects.add_argument("--reason", default="", metavar="TEXT", help="why, such as 'by letter'")
    objects.set_defaults(handler=_object)


def _erase(args: argparse.Namespace, console: Console) -> int:
    if sum((args.customer is not None, args.again, args.receipts)) != 1:
        raise BadInput("Name one customer to erase, or give --again, or --receipts.")
    with application(args) as app:
        if args.receipts:
            return _every(app.erasing.receipts(), console, "Nobody was erased yet.")
        by = acting(app, args)
        if args.again:
            return _every(app.erasing.again(by=by), console, "Nobody has come back.")
        receipt = app.erasing.erase(args.customer, reason=args.reason, by=by)
    console.result(receipt_document(receipt), receipt_text(receipt))
    return 0


def _every(receipts: tuple[Receipt, ...], console: Console, otherwise: str) -> int:
    words = "\n".join(receipt_text(each) for each in receipts) or otherwise
    console.result({"receipts": [receipt_document(each) for each in receipts]}, words)
    return 0


def _object(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        by = acting(app, args)
        done = app.suppression.object(args.customer, reason=args.reason, by=by)
    document = {
        "new": done.new,
        "prepared": list(done.prepared),
        "out_of_reach": [out_of_reach_document(each) for each in done.out_of_reach],
    }
    console.result(document, objection_text(done))
    return 0
