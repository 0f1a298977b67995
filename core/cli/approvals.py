"""`approvals list|approve|reject|request-changes`."""

import argparse

from core.cli.console import Console, table
from core.cli.session import application, deciding
from core.models.approval import ReviewDecision
from core.models.messages import Variant


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its actions."""
    approvals = commands.add_parser("approvals", help="messages that wait for a person")
    actions = approvals.add_subparsers(
        dest="action", required=True, metavar="list|approve|reject|request-changes"
    )
    waiting = actions.add_parser("list", help="what waits")
    waiting.add_argument("--campaign", metavar="ID", help="of one campaign only")
    waiting.set_defaults(handler=_list)
    for decision in ReviewDecision:
        action = actions.add_parser(decision.replace("_", "-"))
        action.add_argument("variant", metavar="VARIANT")
        action.add_argument("--reason", default="", metavar="T")
        action.add_argument(
            "--revision", type=int, help="the revision that was read (default: the current one)"
        )
        action.set_defaults(handler=_decide, decision=decision)


def _list(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        queue = app.approvals.queue(args.campaign)
    rows = [(v.variant_id, str(v.revision), v.segment, v.tone, v.message.subject) for v in queue]
    console.result(
        {"approvals": [_document(v) for v in queue]},
        table(("message", "revision", "segment", "tone", "subject"), rows),
    )
    return 0


def _document(variant: Variant) -> dict[str, object]:
    findings = variant.screened.findings if variant.screened else ()
    return {
        "variant_id": variant.variant_id,
        "campaign_id": variant.campaign_id,
        "segment": variant.segment,
        "tone": variant.tone,
        "revision": variant.revision,
        "subject": variant.message.subject,
        "authors": sorted(variant.authors),
        "findings": [{"rule": f.rule, "level": f.level, "text": f.text} for f in findings],
    }


def _decide(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        by = deciding(app, args)
        revision = args.revision or app.messages.get(args.variant).revision
        review = app.approvals.decide(
            args.variant, args.decision, revision=revision, reason=args.reason, by=by
        )
        state = app.messages.get(args.variant).state
    document = {
        "variant_id": review.variant_id,
        "revision": review.revision,
        "decision": review.decision,
        "state": state,
        "by": review.by,
        "verified": review.verified,
        "reason": review.reason,
        "at": review.at.isoformat(),
    }
    standing = "" if review.verified else " (not verified)"
    words = f"{review.variant_id} revision {review.revision}: {state} by {review.by}{standing}"
    console.result(document, words)
    return 0
