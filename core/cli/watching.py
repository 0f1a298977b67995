"""`watch-outcomes`: files that are put into a folder are taken in."""

import argparse
import time
from pathlib import Path

from core.cli.console import Console
from core.cli.session import acting, application
from core.errors import BadInput
from core.orchestrator import clock
from core.orchestrator.service.watching import Taken, Watching

_LOOKS = 4
"""Looks within the seconds after which a file counts as finished."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    watch = commands.add_parser(
        "watch-outcomes", help="take in what is put into DIR/<campaign id>/"
    )
    watch.add_argument("folder", type=Path, nargs="?", metavar="DIR")
    watch.add_argument("--once", action="store_true", help="take what is there, and end")
    watch.add_argument(
        "--leave-out-others",
        action="store_true",
        help="leave out rows of customers who are not in the test",
    )
    watch.add_argument(
        "--settle",
        type=float,
        metavar="S",
        help="seconds a file must not change before it is taken (default: outcomes.settle_s)",
    )
    watch.set_defaults(handler=_watch)


def _watch(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        chosen = app.settings.app.outcomes
        folder = args.folder or (Path(chosen.watched) if chosen.watched else None)
        if folder is None:
            raise BadInput("Name the folder, here or as outcomes.watched in config/settings.yaml.")
        by, settle_s = acting(app, args), args.settle or chosen.settle_s
        watching = Watching(app.results, clock.monotonic, settle_s)
        everything: list[Taken] = []
        while True:
            taken = watching.look(folder, by=by, leave_out_others=args.leave_out_others)
            everything += taken
            if not args.once:
                for each in taken:
                    console.note(_words(each))
            elif not watching.waiting():
                break
            time.sleep(settle_s / _LOOKS)
    refused = [each for each in everything if each.refused]
    files = [
        {"campaign_id": e.campaign_id, "file": e.name, "refused": e.refused} for e in everything
    ]
    words = "\n".join(map(_words, everything)) or "Nothing was there to take in."
    console.result({"files": files}, words)
    return 1 if refused else 0


def _words(taken: Taken) -> str:
    if taken.imported is None:
        return f"{taken.campaign_id}: refused {taken.refused}"
    rows = f"{taken.imported.matched:,} rows taken in"
    known = "known before" if taken.imported.repeated else rows
    return f"{taken.campaign_id}: {taken.name}, {known}"
