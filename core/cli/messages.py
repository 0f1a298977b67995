"""`generate`, `runs` and `runs cancel`."""

import argparse

from core.cli.console import Console, table
from core.cli.session import acting, application
from core.models.messages import Variant
from core.models.runs import Run
from core.orchestrator.wiring import Application


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the two commands."""
    generate = commands.add_parser(
        "generate", help="write and screen a message for each segment and tone"
    )
    generate.add_argument("campaign", metavar="CAMPAIGN")
    generate.add_argument("--wait", action="store_true", help="return when all are written")
    generate.set_defaults(handler=_generate)
    runs = commands.add_parser("runs", help="the latest runs")
    runs.set_defaults(handler=_runs)
    actions = runs.add_subparsers(dest="action", metavar="cancel")
    cancel = actions.add_parser("cancel", help="stop a run before its next message")
    cancel.add_argument("run", metavar="ID")
    cancel.set_defaults(handler=_cancel)


def _generate(args: argparse.Namespace, console: Console) -> int:
    with application(args, execute=args.wait) as app:
        run = app.messages.generate(args.campaign, by=acting(app, args))
        if not args.wait:
            _tell(console, run, ())
            console.note("It is carried out while the app or a worker runs, or with --wait.")
            return 0
        run = app.messages.wait(run.run_id, told=lambda r: _progress(console, r))
        variants = app.messages.variants(args.campaign)
        app.messages.publish(args.campaign)
    _tell(console, run, variants)
    return 0 if all(not v.problem for v in variants) else 1


def _progress(console: Console, run: Run) -> None:
    console.note(f"{run.done} of {run.total} written and screened")


def _tell(console: Console, run: Run, variants: tuple[Variant, ...]) -> None:
    document = run_document(run) | {
        "variants": [
            {
                "variant_id": v.variant_id,
                "segment": v.segment,
                "tone": v.tone,
                "state": v.state,
                "problem": v.problem or None,
            }
            for v in variants
        ]
    }
    rows = [(v.variant_id, v.state, v.problem or v.message.subject) for v in variants]
    head = f"run {run.run_id}: {run.state}, {run.done} of {run.total}"
    console.result(
        document, head + ("\n" + table(("message", "state", "subject"), rows) if rows else "")
    )


def _runs(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        every = app.messages.runs()
    rows = [(r.run_id, r.state, f"{r.done}/{r.total}", r.started_by, r.problem) for r in every]
    console.result(
        {"runs": [run_document(r) for r in every]},
        table(("run", "state", "done", "by", "problem"), rows),
    )
    return 0


def _cancel(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        run = _cancelled(app, args)
    console.result(run_document(run), f"run {run.run_id}: {run.state}")
    return 0


def _cancelled(app: Application, args: argparse.Namespace) -> Run:
    return app.messages.cancel(args.run, by=acting(app, args))


def run_document(run: Run) -> dict[str, object]:
    """A run, for JSON."""
    return {
        "run_id": run.run_id,
        "campaign_id": run.campaign_id,
        "kind": run.kind,
        "state": run.state,
        "done": run.done,
        "total": run.total,
        "started_by": run.started_by,
        "created_at": run.created_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "problem": run.problem or None,
    }
