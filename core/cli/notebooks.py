"""`notebook`."""

import argparse
from pathlib import Path

from core.cli.console import Console, table
from core.cli.session import application
from core.errors import BadInput, StorageUnavailable
from core.reports.files import write_whole


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    notebook = commands.add_parser("notebook", help="a notebook on this workspace, as HTML")
    notebook.add_argument("name", nargs="?", metavar="NAME", help="without it: which there are")
    notebook.add_argument("--campaign", metavar="ID", help="else the newest that fits")
    notebook.add_argument("--out", type=Path, metavar="FILE.html")
    notebook.set_defaults(handler=_notebook)


def _notebook(args: argparse.Namespace, console: Console) -> int:
    if args.name is None:
        return _list(args, console)
    if args.out is None:
        raise BadInput("Say where to write it: --out FILE.html.")
    with application(args) as app:
        page = app.notebooks.exported(args.name, campaign_id=args.campaign)
    try:
        write_whole(args.out, page)
    except OSError as error:
        raise StorageUnavailable(f"Cannot write {args.out}: {error.strerror}.") from error
    document = {"notebook": args.name, "file": str(args.out), "bytes": len(page)}
    console.result(document, str(args.out))
    return 0


def _list(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        known, missing = app.notebooks.everything(), app.notebooks.missing()
    if missing:
        console.note(missing)
    document = {"notebooks": [{"name": n.name, "title": n.title} for n in known]}
    console.result(document, table(("name", "about"), [(n.name, n.title) for n in known]))
    return 0
