"""`prepare-send` and `export`."""

import argparse
from dataclasses import asdict
from pathlib import Path

from core.cli.console import Console, table
from core.cli.session import acting, application, deciding
from core.content.sender_profiles import PROFILES
from core.models.send import Experiment


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the two commands."""
    prepare = commands.add_parser("prepare-send", help="lock the test and assign every customer")
    prepare.add_argument("campaign", metavar="CAMPAIGN")
    prepare.set_defaults(handler=_prepare)
    export = commands.add_parser("export", help="templates and recipient files for a sender")
    export.add_argument("campaign", metavar="CAMPAIGN")
    export.add_argument("--for", dest="profile", choices=tuple(PROFILES), default="generic")
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    export.set_defaults(handler=_export)


def _prepare(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        experiment = app.send.prepare(args.campaign, by=deciding(app, args))
    console.result(experiment_document(experiment), _text(experiment))
    return 0


def experiment_document(experiment: Experiment) -> dict[str, object]:
    """A locked experiment, for JSON."""
    return {
        "campaign_id": experiment.campaign_id,
        "customers": experiment.customers,
        "salt": experiment.salt,
        "arms": [asdict(a) for a in experiment.arms],
        "counts": [asdict(c) for c in experiment.counts],
        "excluded": [asdict(e) for e in experiment.excluded],
        "card": asdict(experiment.card),
        "assignments_sha256": experiment.assignments_sha256,
        "locked_at": experiment.locked_at.isoformat(),
        "locked_by": experiment.locked_by,
    }


def _text(experiment: Experiment) -> str:
    rows = [(c.segment, c.arm, f"{c.customers:,}") for c in experiment.counts]
    left_out = [f"left out, {e.reason}: {e.customers:,}" for e in experiment.excluded]
    head = f"{experiment.campaign_id}: {experiment.customers:,} customers assigned"
    return "\n".join([head, table(("segment", "group", "customers"), rows), *left_out])


def _export(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        export = app.send.export(
            args.campaign, profile=args.profile, out=args.out, by=acting(app, args)
        )
    document = {
        "campaign_id": export.campaign_id,
        "profile": export.profile,
        "folder": str(export.folder),
        "files": list(export.files),
        "recipients": export.recipients,
        "left_out": [asdict(e) for e in export.left_out],
    }
    words = f"{export.recipients:,} recipients, {len(export.files)} files in {export.folder}"
    left_out = [f"left out, {e.group}, {e.reason}: {e.customers:,}" for e in export.left_out]
    console.result(document, "\n".join([words, *left_out]))
    return 0
