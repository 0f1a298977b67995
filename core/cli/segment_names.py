"""`segments propose-names`."""

import argparse

from core.cli.console import Console, table
from core.cli.session import acting, application
from core.models.customers import Segmentation
from core.models.segment_names import ProposedNames


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    group = commands.add_parser("segments", help="names for the segments of a version")
    each = group.add_subparsers(dest="action", required=True, metavar="ACTION")
    propose = each.add_parser(
        "propose-names",
        help="names the writing engine proposes from aggregates; nothing is renamed",
    )
    propose.add_argument("segmentation", metavar="SEGMENTATION", help="id of the version")
    propose.set_defaults(handler=_propose_names)


def _propose_names(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        version = app.segments.get(args.segmentation)
        found = app.segment_names.propose(version.segmentation_id, by=acting(app, args))
    console.result(_document(version, found), _text(version, found))
    return 0


def _document(version: Segmentation, found: ProposedNames) -> dict[str, object]:
    return {
        "segmentation_id": version.segmentation_id,
        "engine": found.engine,
        "cost_usd": found.cost_usd,
        "segments": [
            {
                "segment_id": s.segment_id,
                "name": s.name,
                "proposed": found.names.get(s.segment_id),
                "reason": found.left_out.get(s.segment_id),
            }
            for s in version.segments
        ],
    }


def _text(version: Segmentation, found: ProposedNames) -> str:
    rows = [
        (s.name, found.names.get(s.segment_id) or f"none: {found.left_out[s.segment_id]}")
        for s in version.segments
    ]
    cost = "not known" if found.cost_usd is None else f"${found.cost_usd:.4f}"
    said = f"Proposed by {found.engine}; cost {cost}. Nothing is renamed; rename on the page."
    return "\n".join([table(("segment", "proposed name"), rows), said])
