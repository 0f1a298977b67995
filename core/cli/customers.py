"""`import-customers` and `segment`."""

import argparse
from pathlib import Path

from core.cli.console import Console, table
from core.cli.session import acting, application
from core.models.customers import Dataset, Segmentation, SegmentationMethod

_REJECTS_SHOWN = 5


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the two commands."""
    add = commands.add_parser("import-customers", help="a customer file becomes a data set")
    add.add_argument("file", type=Path, metavar="FILE", help="CSV, TSV or Parquet")
    add.add_argument("--id", required=True, metavar="COL", help="the column that names a customer")
    add.add_argument("--name", help="what to call the data set (default: the file's name)")
    add.set_defaults(handler=_import)
    split = commands.add_parser("segment", help="put the customers of a data set into segments")
    split.add_argument("--dataset", metavar="D", help="id of a data set (default: the newest)")
    split.add_argument("--method", choices=[m.value for m in SegmentationMethod], default="rules")
    split.add_argument("--k", type=int, help="how many segments, for kmeans")
    split.set_defaults(handler=_segment)


def _import(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        by = acting(app, args)
        staged = app.customers.stage(args.file, id_column=args.id, name=args.name)
        dataset = app.customers.use(staged, by=by)
        rejects = app.customers.write_rejects(dataset)
    report = dataset.report
    document = {
        "dataset_id": dataset.dataset_id,
        "name": dataset.name,
        "sha256": dataset.sha256,
        "rows": {
            "read": report.read,
            "kept": report.kept,
            "rejected": report.rejected,
            "duplicate": report.duplicate,
            "suppressed": report.suppressed,
        },
        "rejects_file": str(rejects) if rejects else None,
        "notes": list(report.notes),
    }
    console.result(document, _import_text(dataset, str(rejects) if rejects else None))
    return 0


def _import_text(dataset: Dataset, rejects: str | None) -> str:
    report = dataset.report
    lines = [
        f"Data set {dataset.dataset_id} ({dataset.name})",
        f"rows read {report.read}, kept {report.kept}, rejected {report.rejected}",
        f"duplicate {report.duplicate}, suppressed {report.suppressed}",
        *report.notes,
    ]
    lines += [f"line {r.line}: {r.reason}" for r in report.rejects[:_REJECTS_SHOWN]]
    return "\n".join([*lines, f"all rejects: {rejects}"] if rejects else lines)


def _segment(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        by = acting(app, args)
        segmentation = app.segments.compute(
            args.dataset, SegmentationMethod(args.method), by=by, k=args.k
        )
    console.result(_segmentation_document(segmentation), _segmentation_text(segmentation))
    return 0


def _segmentation_document(segmentation: Segmentation) -> dict[str, object]:
    return {
        "segmentation_id": segmentation.segmentation_id,
        "dataset_id": segmentation.dataset_id,
        "method": segmentation.method,
        "segments": [
            {
                "segment_id": s.segment_id,
                "name": s.name,
                "rule": s.rule,
                "size": s.size,
                "share": s.share,
                "reachable": s.reachable,
                "traits": [t.words for t in s.traits],
            }
            for s in segmentation.segments
        ],
        "notes": list(segmentation.notes),
    }


def _segmentation_text(segmentation: Segmentation) -> str:
    rows = [
        (
            s.name,
            f"{s.size:,}",
            f"{s.share:.1%}",
            "unknown" if s.reachable is None else f"{s.reachable:,}",
            s.rule or "everyone else",
        )
        for s in segmentation.segments
    ]
    head = f"Segmentation {segmentation.segmentation_id} by {segmentation.method}"
    body = table(("segment", "customers", "share", "reachable", "rule"), rows)
    return "\n".join([head, body, *segmentation.notes])
