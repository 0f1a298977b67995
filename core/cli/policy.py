"""`policy show|propose|what-if|adopt|reject|history`."""

import argparse
from dataclasses import asdict
from pathlib import Path

from core.cli.console import Console, table
from core.cli.session import application, deciding
from core.errors import FileInvalid, StorageUnavailable
from core.models.policy import KnownProposal, PolicyTexts, PolicyVersion
from core.models.what_if import Held, WhatIf
from core.orchestrator.application import Application
from core.orchestrator.policy import FILES, changes, unified_diff

_FILES_HELP = "one or more of safety_thresholds.yaml, brand_rules.yaml and approval_rules.yaml"


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its actions."""
    policy = commands.add_parser("policy", help="what messages are checked and approved by")
    actions = policy.add_subparsers(
        dest="action", required=True, metavar="show|propose|what-if|adopt|reject|history"
    )
    show = actions.add_parser("show", help="the policy in force, as its three files")
    show.add_argument("--out", type=Path, metavar="FOLDER", help="write the files there")
    show.set_defaults(handler=_show)
    propose = actions.add_parser("propose", help="ask for a change; somebody else adopts it")
    propose.add_argument("files", type=Path, nargs="+", metavar="FILE", help=_FILES_HELP)
    propose.add_argument("--reason", default="", metavar="T")
    propose.set_defaults(handler=_propose)
    what_if = actions.add_parser("what-if", help="which checked texts would come out otherwise")
    what_if.add_argument("files", type=Path, nargs="*", metavar="FILE", help=_FILES_HELP)
    what_if.add_argument("--proposal", metavar="ID", help="of what was proposed")
    what_if.add_argument("--campaign", metavar="ID", help="of one campaign only")
    what_if.set_defaults(handler=_what_if)
    for action, words in (("adopt", "put a proposal in force"), ("reject", "turn one down")):
        settle = actions.add_parser(action, help=words)
        settle.add_argument("proposal", metavar="PROPOSAL", help="such as P1")
        settle.add_argument("--reason", default="", metavar="T")
        settle.set_defaults(handler=_adopt if action == "adopt" else _reject)
    history = actions.add_parser("history", help="every version and every proposal")
    history.set_defaults(handler=_history)


def _show(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        newest, differing = app.policies.history()[0], app.policies.changed_files()
    document = _version(newest) | {
        "files": {name: getattr(newest.texts, part) for part, name in FILES.items()},
        "changed_files": list(differing),
    }
    for name in differing:
        console.note(f"config/{name} differs from the policy in force, which stays as it is.")
    if args.out is None:
        texts = [f"# {name}\n{getattr(newest.texts, part)}" for part, name in FILES.items()]
        console.result(document, f"# Version {newest.number}\n\n" + "\n".join(texts))
        return 0
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        for part, name in FILES.items():
            (args.out / name).write_text(getattr(newest.texts, part), encoding="utf-8")
    except OSError as error:
        raise StorageUnavailable(f"Cannot write to {args.out}: {error.strerror}.") from error
    console.result(document, "\n".join(str(args.out / name) for name in FILES.values()))
    return 0


def _propose(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        by = deciding(app, args)
        now = app.policies.in_force()
        texts = _texts(app, args.files)
        made = app.policies.propose(texts, base=now.number, reason=args.reason, by=by)
        effect = app.policies.effect(texts)
    voids = [v.variant_id for v in effect.approvals]
    waiting = [v.variant_id for v in effect.waiting]
    document = _proposal(made, now.texts) | {"would_void": voids, "would_recheck": waiting}
    words = (
        f"{made.proposal.proposal_id} waits for a second person. Adopting it voids "
        f"{len(voids)} approvals, and {len(waiting)} messages in review are to be checked again."
    )
    console.result(document, f"{unified_diff(now.texts, texts)}\n{words}")
    return 0


def _what_if(args: argparse.Namespace, console: Console) -> int:
    if bool(args.files) == bool(args.proposal):
        raise FileInvalid("policy what-if", "name either files or --proposal")
    with application(args) as app:
        if args.proposal:
            texts = app.policies.proposal(args.proposal).proposal.texts
        else:
            texts = _texts(app, args.files)
        found = app.policies.what_if.of(texts, campaign_id=args.campaign)
        effect = app.policies.effect(texts)
    document = {
        "texts": len(found.texts),
        "flips": [_flip(each) for each in found.flips],
        "by_tone": [asdict(s) | {"share": s.share} for s in found.by_tone],
        "by_segment": [asdict(s) | {"share": s.share} for s in found.by_segment],
        "from_stored_scores": found.reused,
        "scored_by_another_engine": found.elsewhere,
        "left_out": [asdict(each) for each in found.left_out],
        "would_void": [v.variant_id for v in effect.approvals],
        "would_recheck": [v.variant_id for v in effect.waiting],
    }
    console.result(document, _words(found, len(effect.approvals)))
    return 0


def _words(found: WhatIf, voids: int) -> str:
    rows = [
        (t.variant_id, str(t.revision), "current" if t.present else "past", t.before, t.after)
        for t in found.flips
    ]
    first = (
        f"{len(found.flips)} of {len(found.texts)} checked texts would come out otherwise; "
        f"adopting voids {voids} approvals."
    )
    lines = [
        first,
        table(("message", "revision", "is", "before", "after"), rows) if rows else "",
        *(f"{s.name}: {s.flips} of {s.texts}" for s in (*found.by_tone, *found.by_segment)),
    ]
    if found.elsewhere:
        lines.append(
            f"{found.elsewhere} were scored by another engine than today's; it was not asked."
        )
    lines += [f"left out: {e.variant_id} revision {e.revision}: {e.why}" for e in found.left_out]
    return "\n".join(line for line in lines if line)


def _adopt(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        made = app.policies.adopt(args.proposal, reason=args.reason, by=deciding(app, args))
    document = _version(made.version) | {"voided": list(made.voided)}
    words = f"Version {made.version.number} is in force; {len(made.voided)} approvals are void."
    console.result(document, "\n".join([words, *made.voided]))
    return 0


def _reject(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        now = app.policies.in_force().texts
        known = app.policies.reject(args.proposal, reason=args.reason, by=deciding(app, args))
    console.result(_proposal(known, now), f"{args.proposal} is turned down.")
    return 0


def _history(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        versions, proposals = app.policies.history(), app.policies.proposals()
    texts = {v.number: v.texts for v in versions}
    document = {
        "versions": [
            _version(v) | {"changes": _changes(texts.get(v.number - 1, v.texts), v.texts)}
            for v in versions
        ],
        "proposals": [_proposal(p, texts[p.proposal.base]) for p in proposals],
    }
    rows = [
        (str(v.number), f"{v.at:%Y-%m-%d %H:%M}", v.proposed_by or "-", v.adopted_by, v.why)
        for v in versions
    ]
    asked = [
        (p.proposal.proposal_id, str(p.proposal.base), p.state, p.proposal.by, p.proposal.reason)
        for p in proposals
    ]
    words = table(("version", "since (UTC)", "proposed by", "adopted by", "why"), rows)
    if asked:
        words += "\n\n" + table(("proposal", "of version", "is", "by", "why"), asked)
    console.result(document, words)
    return 0


def _texts(app: Application, files: list[Path]) -> PolicyTexts:
    read = {}
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FileInvalid(
                path, "cannot be read as UTF-8 text; name an existing file"
            ) from error
        if path.name in read:
            raise FileInvalid(path, "is named twice")
        read[path.name] = text
    texts = app.policies.with_files(read)
    app.policies.checked(texts)
    return texts


def _version(version: PolicyVersion) -> dict[str, object]:
    return {
        "version": version.number,
        "sha256": version.sha256,
        "at": version.at.isoformat(),
        "proposed_by": version.proposed_by,
        "adopted_by": version.adopted_by,
        "proposal": version.proposal_id,
        "why": version.why,
        "reason": version.reason,
    }


def _proposal(known: KnownProposal, before: PolicyTexts) -> dict[str, object]:
    made, said = known.proposal, known.decision
    return {
        "proposal": made.proposal_id,
        "state": known.state.value,
        "base": made.base,
        "by": made.by,
        "verified": made.verified,
        "at": made.at.isoformat(),
        "why": made.reason,
        "changes": _changes(before, made.texts),
        "decided_by": said.by if said else None,
        "reason": said.reason if said else None,
    }


def _changes(before: PolicyTexts, after: PolicyTexts) -> list[object]:
    return [asdict(change) for change in changes(before, after)]


def _flip(held: Held) -> dict[str, object]:
    return {
        "campaign": held.campaign_id,
        "variant": held.variant_id,
        "revision": held.revision,
        "present": held.present,
        "segment": held.segment,
        "tone": held.tone,
        "before": held.before.value,
        "after": held.after.value,
        "because": list(held.because),
        "subject": held.message.subject,
        "body": held.message.body,
    }
