"""`approvals list|approve|reject|request-changes|withdraw`."""

import argparse

from core.cli.console import Console, table
from core.cli.session import application, deciding
from core.models.approval import Approvers, Judged, Review, ReviewDecision
from core.models.messages import Variant

_REFUSALS = (ReviewDecision.REQUEST_CHANGES, ReviewDecision.REJECT)


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its actions."""
    approvals = commands.add_parser("approvals", help="messages that wait for a person")
    actions = approvals.add_subparsers(
        dest="action", required=True, metavar="list|approve|reject|request-changes|withdraw"
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
        if decision in _REFUSALS:
            action.add_argument("--category", default="", metavar="C", help="what it is about")
        action.set_defaults(handler=_decide, decision=decision, category="")


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


def _made(review: Review, after: Variant, approvers: Approvers) -> dict[str, object]:
    return {
        "variant_id": review.variant_id,
        "revision": review.revision,
        "decision": review.decision,
        "state": after.state,
        "category": review.category,
        "confirmed": list(review.confirmed),
        "approvers": {
            "given": [r.by for r in approvers.given],
            "needed": approvers.needed,
            "because": approvers.because,
        },
        "by": review.by,
        "verified": review.verified,
        "reason": review.reason,
        "at": review.at.isoformat(),
    }


def _decide(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        by = deciding(app, args)
        revision = args.revision or app.messages.get(args.variant).revision
        if args.decision is ReviewDecision.WITHDRAW:
            review = app.approvals.withdraw(
                args.variant, revision=revision, reason=args.reason, by=by
            )
        else:
            review = app.approvals.decide(
                args.variant,
                args.decision,
                revision=revision,
                reason=args.reason,
                by=by,
                judged=Judged(args.category),
            )
        after = app.messages.get(args.variant)
        approvers = app.approvals.approvers(after)
    document = _made(review, after, approvers)
    standing = "" if review.verified else " (not verified)"
    words = (
        f"{review.variant_id} revision {review.revision}: {after.state} by {review.by}{standing}"
    )
    if review.decision is ReviewDecision.APPROVE and approvers.missing:
        why = f" because {approvers.because}" if approvers.because else ""
        words += f"; {len(approvers.given)} of {approvers.needed} approvers{why}"
    console.result(document, words)
    return 0
