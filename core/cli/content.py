"""`content`: what is in the library, and every change to it."""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from core.cli.console import Console, table
from core.cli.session import acting, application, deciding
from core.content.word_diff import word_diff
from core.content.written_text import written_text
from core.errors import BadInput, FileInvalid, MoveRefused
from core.models.content import Document, Passage
from core.models.content_use import Saved, Uses
from core.orchestrator.application import Application

_TEXTS = frozenset({".md", ".markdown", ".txt"})
_SIGNS = {"same": "{}", "added": "[+{}+]", "removed": "[-{}-]"}
# The fields of a document that stand beside a text file, with the option that gives each.
_FIELDS = ("document_id", "title", "category", "audience", "source_url", "approval_date", "expiry")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its actions."""
    content = commands.add_parser("content", help="documents of the library, and changes to them")
    actions = content.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="every document and where it stands today")
    listed.set_defaults(handler=_list)
    show = actions.add_parser("show", help="one document: text, versions, where it is used")
    show.add_argument("document", metavar="ID")
    show.add_argument("--version", type=int, help="the newest when none is named")
    show.add_argument("--diff", type=int, metavar="VERSION", help="what changed since a version")
    show.set_defaults(handler=_show)
    coverage = actions.add_parser("coverage", help="what may be said to each segment today")
    coverage.set_defaults(handler=_coverage)
    _register_changes(actions)


def _register_changes(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    add = actions.add_parser("add", help="a new document from JSON, Markdown or text")
    add.add_argument("--draft", action="store_true", help="stored, and not to be cited yet")
    _with_file(add)
    add.set_defaults(handler=_add)
    edit = actions.add_parser("edit", help="a new version from JSON, Markdown or text")
    edit.add_argument("document", metavar="ID")
    _with_file(edit)
    _with_approvals(edit)
    edit.set_defaults(handler=_edit)
    for name, words, handler in (
        ("retire", "no message may cite it any more", _retire),
        ("release", "out of quarantine, by somebody who did not save it", _release),
    ):
        action = actions.add_parser(name, help=words)
        action.add_argument("document", metavar="ID")
        action.add_argument("--reason", required=True)
        action.set_defaults(handler=handler)
        if name == "retire":
            _with_approvals(action)
    publish = actions.add_parser("publish", help="a draft may be cited from now on")
    publish.add_argument("document", metavar="ID")
    publish.set_defaults(handler=_publish)


def _with_file(action: argparse.ArgumentParser) -> None:
    action.add_argument("file", type=Path, metavar="FILE")
    given = action.add_argument_group("beside a Markdown or text file")
    given.add_argument("--id", dest="document_id")
    given.add_argument("--title", help="the first heading when none is given")
    given.add_argument("--category")
    given.add_argument("--audience", help="everyone, or a rule")
    given.add_argument("--source", dest="source_url")
    given.add_argument("--approved", dest="approval_date", metavar="DAY")
    given.add_argument("--expiry", metavar="DAY", help="the last day, or evergreen")
    given.add_argument("--keyword", action="append", dest="keywords")


def _with_approvals(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--void-approvals", action="store_true", help="although approvals rest on it"
    )


def _list(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        rows = [(d, app.library.standing(d)) for d in app.library.everything()]
    document = {"documents": [_described(d) | {"standing": standing} for d, standing in rows]}
    lines = [(d.document_id, str(d.version), d.category, standing, d.title) for d, standing in rows]
    console.result(document, table(("id", "version", "category", "standing", "title"), lines))
    return 0


def _show(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        versions = app.library.versions(args.document)
        passages = app.library.passages(args.document, args.version)
        wanted = args.version or versions[0].version
        chosen = next(d for d in versions if d.version == wanted)
        uses, remarks = app.library.uses(args.document), app.library.remarks(chosen)
        standing = app.library.standing(chosen)
        before = app.library.passages(args.document, args.diff) if args.diff else ()
    changes = word_diff(_joined(before), _joined(passages)) if args.diff else ()
    diff = "".join(_SIGNS[c.kind].format(c.text) for c in changes)
    document = _described(chosen) | {
        "standing": standing,
        "passages": [{"passage_id": p.passage_id, "text": p.text} for p in passages],
        "versions": [
            {"version": d.version, "status": d.status, "by": d.added_by} for d in versions
        ],
        "remarks": [{"rule": r.rule, "place": r.place, "text": r.text} for r in remarks],
        **_used(uses),
        **({"diff": [{"kind": c.kind, "text": c.text} for c in changes]} if args.diff else {}),
    }
    text = diff or "\n\n".join(f"{p.passage_id}\n{p.text}" for p in passages)
    cited = f"cited by {len(uses.messages)} messages, {len(uses.approvals)} of them approved"
    head = f"{chosen.document_id} version {chosen.version}: {chosen.title} ({standing}); {cited}"
    console.result(document, f"{head}\n\n{text}")
    return 0


def _coverage(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        found = app.reach.coverage()
    document = {
        "segments": [
            {
                "segment": c.segment,
                "customers": c.size,
                "documents": c.documents,
                "gaps": list(c.gaps),
            }
            for c in found
        ]
    }
    rows = [
        (
            c.segment,
            f"{c.size:,}",
            ", ".join(f"{count} {name}" for name, count in c.documents.items()),
            "; ".join(c.gaps) or "none",
        )
        for c in found
    ]
    console.result(document, table(("segment", "customers", "documents", "missing"), rows))
    return 0


def _add(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        saved = app.content.add(_fields(args, {}), by=acting(app, args), draft=args.draft)
    return _said(saved, console)


def _edit(args: argparse.Namespace, console: Console) -> int:
    def change(app: Application, version: int) -> Saved:
        fields = _fields(args, app.content.fields(args.document))
        by = acting(app, args)
        return app.content.edit(args.document, fields, expected_version=version, by=by)

    return _changed(args, console, change)


def _retire(args: argparse.Namespace, console: Console) -> int:
    def change(app: Application, version: int) -> Saved:
        by = acting(app, args)
        return app.content.retire(
            args.document, expected_version=version, reason=args.reason, by=by
        )

    return _changed(args, console, change)


def _publish(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        version = app.library.get(args.document).version
        saved = app.content.publish(args.document, expected_version=version, by=acting(app, args))
    return _said(saved, console)


def _release(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        version = app.library.get(args.document).version
        saved = app.content.release(
            args.document, expected_version=version, reason=args.reason, by=deciding(app, args)
        )
    return _said(saved, console)


def _changed(
    args: argparse.Namespace, console: Console, change: Callable[[Application, int], Saved]
) -> int:
    """A change that voids approvals: they are named first, and it needs a word that it may."""
    with application(args) as app:
        version = app.library.get(args.document).version
        resting = app.library.uses(args.document).approvals
        if resting and not args.void_approvals:
            named = ", ".join(f"{u.campaign}: {u.segment}, {u.tone}" for u in resting)
            raise MoveRefused(
                f"{len(resting)} approvals rest on {args.document} and would be void ({named}); "
                "repeat with --void-approvals."
            )
        saved = change(app, version)
    return _said(saved, console)


def _said(saved: Saved, console: Console) -> int:
    stored = saved.document
    document = _described(stored) | {
        "status": stored.status,
        "reason": stored.status_reason,
        "voided": list(saved.voided),
        "remarks": [
            {"rule": r.rule, "place": r.place, "text": r.text, "why": r.why} for r in saved.remarks
        ],
    }
    why = f": {stored.status_reason}" if stored.status_reason else ""
    lines = [f"{stored.document_id} version {stored.version} is {stored.status}{why}"]
    lines += [f"voided {voided}" for voided in saved.voided]
    for remark in saved.remarks:
        console.note(f"look at {remark.place}: '{remark.text}'. {remark.why}")
    console.result(document, "\n".join(lines))
    return 0


def _fields(args: argparse.Namespace, known: Mapping[str, object]) -> dict[str, object]:
    """The fields of a document: what was known, what the file says, what the options say."""
    path: Path = args.file
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileInvalid(path, f"it cannot be read as UTF-8 text ({error}).") from error
    given = {n: getattr(args, n) for n in (*_FIELDS, "keywords") if getattr(args, n) is not None}
    if path.suffix.lower() in _TEXTS:
        written = written_text(text)
        base = {"keywords": [], "source_url": "", "metadata": {}, **known}
        titled = {"title": written.title} if written.title and "title" not in known else {}
        return {**base, **titled, "content": written.content, **given}
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise FileInvalid(path, f"this is not JSON: {error.msg}.", line=error.lineno) from error
    if not isinstance(read, dict):
        raise BadInput(f"{path.name}: expected one document, an object with its fields.")
    return {**read, **given}


def _described(document: Document) -> dict[str, object]:
    return {
        "document_id": document.document_id,
        "version": document.version,
        "title": document.title,
        "category": document.category,
        "audience": document.audience,
    }


def _used(uses: Uses) -> dict[str, object]:
    return {
        "used_in": [
            {
                "variant_id": u.variant_id,
                "campaign": u.campaign,
                "segment": u.segment,
                "tone": u.tone,
                "state": u.state,
                "version": u.version,
            }
            for u in uses.messages
        ],
        "offered_by": list(uses.offered_by),
    }


def _joined(passages: Sequence[Passage]) -> str:
    return "\n\n".join(passage.text for passage in passages)
