"""`generate`, `runs`, `runs show` and `runs cancel`."""

import argparse

from core.cli.console import Console, table
from core.cli.session import acting, application
from core.errors import BadInput
from core.models.messages import Variant
from core.models.runs import Run, RunReport, RunState, RunVariant, Usage
from core.orchestrator.application import Application


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the two commands."""
    generate = commands.add_parser(
        "generate", help="write and screen a message for each segment and tone"
    )
    generate.add_argument("campaign", metavar="CAMPAIGN")
    generate.add_argument(
        "--cost-cap", type=float, metavar="USD", help="stop before this run would cost more"
    )
    generate.add_argument(
        "--missing", action="store_true", help="only what has no text yet or failed"
    )
    generate.add_argument("--wait", action="store_true", help="return when all are written")
    generate.set_defaults(handler=_generate)
    runs = commands.add_parser("runs", help="the latest runs")
    runs.set_defaults(handler=_runs)
    actions = runs.add_subparsers(dest="action", metavar="show|cancel")
    show = actions.add_parser("show", help="how each message of a run ended, and what it cost")
    show.add_argument("run", metavar="ID")
    show.set_defaults(handler=_show)
    cancel = actions.add_parser("cancel", help="stop a run before its next message")
    cancel.add_argument("run", metavar="ID")
    cancel.set_defaults(handler=_cancel)


def _generate(args: argparse.Namespace, console: Console) -> int:
    with application(args, execute=args.wait) as app:
        run = app.messages.generate(
            args.campaign,
            by=acting(app, args),
            only=app.messages.missing(args.campaign) if args.missing else None,
            cost_cap_usd=_cap(args),
        )
        if not args.wait:
            _tell(console, app.messages.run_report(run.run_id), ())
            console.note("It is carried out while the app or a worker runs, or with --wait.")
            return 0
        run = app.messages.wait(run.run_id, told=lambda r: _progress(console, r))
        variants = app.messages.variants(args.campaign)
        app.messages.publish(args.campaign)
        report = app.messages.run_report(run.run_id)
    _tell(console, report, variants)
    return 0 if run.state is RunState.DONE and all(not v.problem for v in variants) else 1


def _cap(args: argparse.Namespace) -> float | None:
    cap: float | None = args.cost_cap
    if cap is not None and not 0 <= cap < float("inf"):
        raise BadInput(f"--cost-cap is {cap}; write a number of dollars, 0 or more.")
    return cap


def _progress(console: Console, run: Run) -> None:
    console.note(f"{run.done} of {run.total} written and screened")


def _tell(console: Console, report: RunReport, variants: tuple[Variant, ...]) -> None:
    run = report.run
    document = (
        run_document(run)
        | usage_document(report.usage)
        | {
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
    )
    rows = [(v.variant_id, v.state, v.problem or v.message.subject) for v in variants]
    head = run_words(report)
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


def _show(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        report = app.messages.run_report(args.run)
    rows = [
        (
            v.variant_id,
            v.outcome,
            _seconds(v.seconds),
            str(v.usage.calls),
            _usd(v.usage),
            v.problem,
        )
        for v in report.variants
    ]
    document = run_document(report.run) | usage_document(report.usage)
    document |= {"variants": [_variant_document(v) for v in report.variants]}
    names = ("message", "outcome", "seconds", "calls", "cost", "problem")
    console.result(document, "\n".join([run_words(report), table(names, rows)]))
    return 0


def _variant_document(variant: RunVariant) -> dict[str, object]:
    return {
        "variant_id": variant.variant_id,
        "outcome": variant.outcome,
        "seconds": variant.seconds,
        "problem": variant.problem or None,
        **usage_document(variant.usage),
    }


def usage_document(usage: Usage) -> dict[str, object]:
    """What engines paid by use were asked for, for JSON."""
    return {
        "calls": usage.calls,
        "tokens_input": usage.tokens_input,
        "tokens_output": usage.tokens_output,
        "cost_usd": usage.cost_usd,
        "unanswered_calls": usage.unanswered,
        "unanswered_cost_usd_at_most": usage.possible_usd,
    }


def run_words(report: RunReport) -> str:
    """A run in a line: how far it came, what it cost, and why it stopped."""
    run, used = report.run, report.usage
    words = f"run {run.run_id}: {run.state}, {run.done} of {run.total}"
    if used.calls:
        tokens = used.tokens_input + used.tokens_output
        words += f", {used.calls} calls, {tokens:,} tokens, {_usd(used)}"
    if used.unanswered:
        words += f", {used.unanswered} without an answer (at most ${used.possible_usd:.4f} more)"
    return f"{words}. {run.problem}" if run.problem else words


def _usd(usage: Usage) -> str:
    return "cost unknown" if usage.cost_usd is None else f"${usage.cost_usd:.4f}"


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f}"


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
        "cost_cap_usd": run.cost_cap_usd,
        "problem": run.problem or None,
    }
