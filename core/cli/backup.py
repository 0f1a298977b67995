"""`backup` and `restore`."""

import argparse
from pathlib import Path

from core.cli.console import Console
from core.cli.session import application
from core.orchestrator import config
from core.orchestrator.service.backups import Made
from core.orchestrator.wiring import restored


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the two commands."""
    backup = commands.add_parser("backup", help="the whole workspace in one file, while in use")
    backup.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
    backup.set_defaults(handler=_backup)
    restore = commands.add_parser("restore", help="a backup into an empty workspace")
    restore.add_argument("file", type=Path, metavar="FILE.zip")
    restore.set_defaults(handler=_restore)


def _backup(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        made = app.backups.make(args.out)
    console.note("It holds customers and the keys of the workspace: keep it safe.")
    console.result(_document(made), f"{made.path}: {_words(made)}")
    return 0


def _restore(args: argparse.Namespace, console: Console) -> int:
    made = restored(config.load(args.workspace), args.file)
    console.result(_document(made), f"restored {_words(made)}")
    return 0


def _document(made: Made) -> dict[str, object]:
    return {
        "file": str(made.path),
        "rows": made.rows,
        "files": made.files,
        "audit": {"entries": made.audit_entries, "hash": made.audit_hash},
    }


def _words(made: Made) -> str:
    return (
        f"{made.rows:,} rows, {made.files} files; the audit trail ends with entry "
        f"{made.audit_entries}, {made.audit_hash or 'no hash'}"
    )
