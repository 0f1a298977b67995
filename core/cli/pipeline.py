"""`run`, `report`, `demo`, `doctor`."""

import argparse
from pathlib import Path

from core.cli.console import Console, table
from core.cli.session import application
from core.orchestrator.config import CONFIG
from core.orchestrator.service.batch import Outcome


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    run = commands.add_parser("run", help="the whole pipeline by one configuration file")
    run.add_argument("--config", type=Path, default=CONFIG / "experiment_config.yaml")
    run.add_argument("--approve-as", metavar="P", help="approve everything, demo data only")
    run.set_defaults(handler=_run)
    report = commands.add_parser("report", help="the report of a campaign as PDF, with figures")
    report.add_argument("campaign", metavar="CAMPAIGN")
    report.set_defaults(handler=_report)
    demo = commands.add_parser("demo", help="load the demo; safe to repeat")
    demo.add_argument("--if-empty", action="store_true", help="only into an empty workspace")
    demo.set_defaults(handler=_demo)
    doctor = commands.add_parser("doctor", help="what is configured, and whether it answers")
    doctor.set_defaults(handler=_doctor)


def _run(args: argparse.Namespace, console: Console) -> int:
    with application(args, execute=True) as app:
        outcome = app.batch.run(args.config, approve_as=args.approve_as, told=console.note)
    name = outcome.campaign.campaign_id
    if outcome.experiment is None:
        console.note(
            f"Stopped at the approval queue. Go on with: python -m core approvals list "
            f"--campaign {name}, then prepare-send {name}, or in the browser under Approvals."
        )
    console.result(_run_document(outcome), _run_text(outcome))
    return 0 if all(not v.problem for v in outcome.variants) else 1


def _run_document(outcome: Outcome) -> dict[str, object]:
    return {
        "campaign_id": outcome.campaign.campaign_id,
        "state": outcome.campaign.state,
        "segments": len(outcome.segmentation.segments),
        "variants": [
            {"variant_id": v.variant_id, "state": v.state, "problem": v.problem or None}
            for v in outcome.variants
        ],
        "approved": outcome.approved,
        "assigned": outcome.experiment.customers if outcome.experiment else None,
        "report": str(outcome.report) if outcome.report else None,
        "seconds": {name: round(s, 3) for name, s in outcome.seconds.items()},
    }


def _run_text(outcome: Outcome) -> str:
    rows = [(name, f"{seconds:.2f} s") for name, seconds in outcome.seconds.items()]
    assigned = f"{outcome.experiment.customers:,}" if outcome.experiment else "not yet"
    return "\n".join(
        [
            f"campaign {outcome.campaign.campaign_id}: {outcome.campaign.state}",
            f"messages {len(outcome.variants)}, approved now {outcome.approved}",
            f"customers assigned: {assigned}",
            f"report: {outcome.report}",
            table(("station", "time"), rows),
        ]
    )


def _report(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        built = app.reporting.build(args.campaign)
    files = [str(path) for path in built.files]
    document = {"campaign_id": args.campaign, "report": str(built.pdf), "files": files}
    console.result(document, "\n".join(files))
    return 0


def _demo(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        if args.if_empty and not app.demo.needed():
            console.result({"loaded": False}, "The workspace is in use; the demo was not loaded.")
            return 0
        loaded = app.demo.load()
    document = {
        "loaded": True,
        "dataset_id": loaded.dataset.dataset_id,
        "customers": loaded.dataset.rows,
        "segmentation_id": loaded.segmentation.segmentation_id,
        "documents": loaded.documents,
        "finished_campaign": loaded.finished.campaign_id,
        "next_campaign": loaded.next_mailing.campaign_id,
    }
    lines = [
        f"{loaded.dataset.rows:,} customers in {len(loaded.segmentation.segments)} segments",
        f"{loaded.documents} approved documents",
        f"finished campaign: {loaded.finished.campaign_id}",
        f"campaign to write: {loaded.next_mailing.campaign_id}",
        "people: admin, marketer, approver, analyst",
    ]
    console.result(document, "\n".join(lines))
    return 0


def _doctor(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        found = app.health.check()
        versions = app.health.versions()
    document = {
        "works": all(d.works for d in found),
        "dependencies": [
            {
                "job": d.job,
                "engine": d.engine,
                "works": d.works,
                "detail": d.detail,
                "local": d.local,
                "milliseconds": round(d.milliseconds, 1),
                "circuit": d.circuit or None,
            }
            for d in found
        ],
        "versions": versions,
    }
    rows = [
        (
            d.job,
            d.engine,
            d.place,
            "works" if d.works else "BROKEN",
            f"{d.milliseconds:,.0f} ms",
            d.detail,
        )
        for d in found
    ]
    words = table(("job", "engine", "where", "state", "took", "detail"), rows)
    console.result(document, words + "\n" + ", ".join(f"{k} {v}" for k, v in versions.items()))
    return 0 if all(d.works for d in found) else 1
