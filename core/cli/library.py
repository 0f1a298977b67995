"""`index-content` and `search`."""

import argparse
from pathlib import Path

from core.cli.console import Console, table
from core.cli.session import acting, application
from core.models.content import Retrieved
from core.orchestrator.config import ROOT

DEMO_CONTENT = ROOT / "data" / "content" / "approved_content"
_TEXT_SHOWN = 90


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the two commands."""
    index = commands.add_parser("index-content", help="take in approved documents")
    index.add_argument(
        "folder", type=Path, nargs="?", default=DEMO_CONTENT, metavar="DIR", help="JSON documents"
    )
    index.set_defaults(handler=_index)
    search = commands.add_parser("search", help="find passages of approved documents")
    search.add_argument("query", metavar="QUERY")
    search.add_argument("--segment", metavar="S", help="only what this segment may be told")
    search.add_argument("--top", type=int, default=5)
    search.set_defaults(handler=_search)


def _index(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        loaded = app.library.load(args.folder, by=acting(app, args))
    document = {
        "read": loaded.read,
        "new": loaded.new,
        "changed": loaded.changed,
        "quarantined": list(loaded.quarantined),
        "passages": loaded.passages,
    }
    held = f"; quarantined: {', '.join(loaded.quarantined)}" if loaded.quarantined else ""
    console.result(
        document,
        f"{loaded.read} documents read, {loaded.new} new, {loaded.changed} changed; "
        f"the index holds {loaded.passages} passages{held}",
    )
    return 0


def _search(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        found = app.library.search(args.query, top=args.top, segment=args.segment)
    console.result(_document(found), _text(found))
    return 0


def _document(found: Retrieved) -> dict[str, object]:
    return {
        "results": [
            {
                "document_id": hit.passage.document_id,
                "title": hit.passage.title,
                "passage_index": hit.passage.index,
                "text": hit.passage.text,
                "score": hit.score,
            }
            for hit in found.hits
        ],
        "skipped": [{"document_id": s.document_id, "reason": s.reason} for s in found.skipped],
    }


def _text(found: Retrieved) -> str:
    rows = [
        (
            f"{hit.score:.2f}",
            hit.passage.passage_id,
            hit.passage.title,
            hit.passage.text[:_TEXT_SHOWN],
        )
        for hit in found.hits
    ]
    lines = [table(("score", "passage", "title", "text"), rows) if rows else "Nothing was found."]
    lines += [f"skipped {s.document_id}: {s.reason}" for s in found.skipped]
    return "\n".join(lines)
