"""`evidence`: the pack of a campaign that anybody can check without this product."""

import argparse
from dataclasses import asdict
from pathlib import Path

from core.cli.console import Console
from core.cli.session import acting, application
from core.models.evidence import EvidenceIds, EvidencePack, EvidenceWish


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    evidence = commands.add_parser("evidence", help="a zip that proves what was sent and found")
    evidence.add_argument("campaign", metavar="CAMPAIGN")
    evidence.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
    evidence.add_argument(
        "--ids",
        choices=[each.value for each in EvidenceIds],
        default=EvidenceIds.TOKEN.value,
        help="customers by the hash that dealt them out (default), or by their ids in clear",
    )
    rows = evidence.add_mutually_exclusive_group()
    rows.add_argument("--with-outcomes", action="store_true", help="what each customer did")
    rows.add_argument("--aggregated", action="store_true", help="sums by group (default)")
    evidence.add_argument(
        "--instead-of",
        type=Path,
        metavar="OLD.zip",
        help="an earlier pack once more as it was, without whoever was erased since",
    )
    evidence.set_defaults(handler=_evidence)


def _evidence(args: argparse.Namespace, console: Console) -> int:
    wish = EvidenceWish(EvidenceIds(args.ids), args.with_outcomes)
    with application(args) as app:
        pack = app.evidence.build(
            args.campaign,
            args.out,
            by=acting(app, args),
            wish=wish,
            instead_of=args.instead_of,
        )
    console.result(asdict(pack) | {"path": str(pack.path)}, _text(pack))
    return 0


def _text(pack: EvidencePack) -> str:
    lines = [
        f"{pack.path}: {pack.files} files, {pack.rows:,} customers assigned",
        "To note outside, and compare before relying on the pack (SHA-256):",
        f"  the pack    {pack.sha256}",
        f"  verify.py   {pack.verifier_sha256}",
        f"  manifest    {pack.manifest_sha256}",
        f"To check it: python3 -I -S verify.py {pack.path.name}, with the verify.py of the pack.",
    ]
    lines += [f"Not in it: {part}" for part in pack.missing]
    if pack.erased:
        lines.insert(1, f"{pack.erased:,} erased on request since they were assigned")
    return "\n".join(lines)
