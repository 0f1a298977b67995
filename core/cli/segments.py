"""`segment`."""

import argparse

from core.cli.console import Console, table
from core.cli.session import acting, application
from core.errors import MoveRefused
from core.models.customers import Segment, Segmentation, SegmentationMethod
from core.models.runs import Run, RunState
from core.models.segment_quality import Quality
from core.models.segmentation import SegmentationRequest
from core.orchestrator.segment_runs import STAGES

_SHOWN = 3


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    split = commands.add_parser("segment", help="put the customers of a data set into segments")
    split.add_argument("--dataset", metavar="D", help="id of a data set (default: the newest)")
    split.add_argument("--method", choices=[m.value for m in SegmentationMethod], default="rules")
    split.add_argument("--k", type=int, help="how many clusters (default: suggested)")
    split.add_argument(
        "--columns", type=_names, default=(), metavar="A,B", help="what clusters look at"
    )
    for name, what in (
        ("recency", "days since the last order, or its date"),
        ("frequency", "number of orders"),
        ("monetary", "amount spent"),
    ):
        split.add_argument(f"--{name}", metavar="COL", help=f"for rfm: the {what}")
        split.add_argument(
            f"--{name}-cuts",
            type=_numbers,
            default=(),
            metavar="N,N,N,N",
            help="for rfm: rising cut points (default: quantiles)",
        )
    split.set_defaults(handler=_segment)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(number) for number in text.split(","))


def _segment(args: argparse.Namespace, console: Console) -> int:
    request = SegmentationRequest(
        SegmentationMethod(args.method),
        k=args.k,
        columns=args.columns,
        recency=args.recency,
        frequency=args.frequency,
        monetary=args.monetary,
        recency_cuts=args.recency_cuts,
        frequency_cuts=args.frequency_cuts,
        monetary_cuts=args.monetary_cuts,
    )
    with application(args, execute=True) as app:
        run = app.segments.start(args.dataset, request, by=acting(app, args))
        run = app.segments.wait(run.run_id, told=lambda r: _progress(console, r))
        version = app.segments.made_by(run.run_id)
    if version is None:
        raise MoveRefused(f"No new segments: {run.problem or run.state}.")
    console.result(_document(version, run), _text(version))
    return 0


def _progress(console: Console, run: Run) -> None:
    if run.state is RunState.RUNNING and run.done < len(STAGES):
        console.note(f"{run.done} of {run.total}: {STAGES[run.done]}")


def _document(version: Segmentation, run: Run) -> dict[str, object]:
    return {
        "segmentation_id": version.segmentation_id,
        "dataset_id": version.dataset_id,
        "method": version.method,
        "run_id": run.run_id,
        "segments": [_segment_document(s, version.quality) for s in version.segments],
        "clusters": _clusters_document(version),
        "rfm": _rfm_document(version),
        "quality": _quality_document(version.quality),
        "notes": list(version.notes),
    }


def _segment_document(segment: Segment, quality: Quality | None) -> dict[str, object]:
    stay = quality.stay(segment.segment_id) if quality else None
    short = quality.approximation(segment.segment_id) if quality else None
    return {
        "segment_id": segment.segment_id,
        "name": segment.name,
        "rule": segment.rule,
        "about": segment.about,
        "size": segment.size,
        "share": segment.share,
        "reachable": segment.reachable,
        "confidence": segment.confidence,
        "traits": [t.words for t in segment.traits],
        "stays": stay.stays if stay else None,
        "jaccard": stay.jaccard if stay else None,
        "approximate_rule": short.rule if short else None,
        "fidelity": short.fidelity if short else None,
    }


def _clusters_document(version: Segmentation) -> dict[str, object] | None:
    model = version.clusters
    if model is None:
        return None
    return {
        "k": model.k,
        "suggested": model.suggested or None,
        "reason": model.reason,
        "columns": [f.column for f in model.features],
        "logarithm": [f.column for f in model.features if f.log],
        "fitted_on": model.fitted_on,
        "seed": model.seed,
        "candidates": [
            {"k": c.k, "silhouette": c.silhouette, "stability": c.stability, "smallest": c.smallest}
            for c in model.candidates
        ],
    }


def _rfm_document(version: Segmentation) -> dict[str, object] | None:
    if version.rfm is None:
        return None
    names = ("recency", "frequency", "monetary")
    return {
        name: {"column": axis.column, "cuts": list(axis.cuts), "inclusive": axis.inclusive}
        for name, axis in zip(names, version.rfm.axes, strict=True)
    }


def _quality_document(quality: Quality | None) -> dict[str, object] | None:
    if quality is None:
        return None
    return {
        "rows": quality.rows,
        "sampled": quality.sampled,
        "silhouette": quality.silhouette,
        "stability": quality.stability,
        "stability_worst": quality.stability_worst,
        "resamples": quality.resamples,
        "overlaps": [
            {"segment_id": o.segment_id, "other_id": o.other_id, "share": o.share}
            for o in quality.overlaps
        ],
        "importance": [
            {"column": i.column, "mean": i.mean, "spread": i.spread} for i in quality.importances
        ],
        "surrogate_fidelity": quality.surrogate_fidelity,
        "warnings": list(quality.warnings),
        "notes": list(quality.notes),
    }


def _text(version: Segmentation) -> str:
    rows = [
        (
            s.name,
            f"{s.size:,}",
            f"{s.share:.1%}",
            "unknown" if s.reachable is None else f"{s.reachable:,}",
            _rule(s, version.quality),
        )
        for s in version.segments
    ]
    head = f"Segmentation {version.segmentation_id} by {version.method}"
    body = table(("segment", "customers", "share", "reachable", "rule"), rows)
    said = [head, body]
    if version.clusters is not None:
        said.append(version.clusters.reason)
    return "\n".join([*said, *version.notes, *_quality_lines(version.quality)])


def _rule(segment: Segment, quality: Quality | None) -> str:
    short = quality.approximation(segment.segment_id) if quality else None
    if short is not None:
        return f"about: {short.rule} (agrees for {short.fidelity:.0%})"
    return segment.about or segment.rule or "everyone else"


def _quality_lines(quality: Quality | None) -> list[str]:
    if quality is None:
        return []
    lines = []
    if quality.stability is not None and quality.resamples:
        lines.append(
            f"Agreement when customers are drawn again: {quality.stability:.2f} of 1, at worst "
            f"{quality.stability_worst:.2f}."
        )
    if quality.importances:
        named = ", ".join(f"{i.column} ({i.mean:.2f})" for i in quality.importances[:_SHOWN])
        lines.append(f"What decides most: {named}.")
    return [*lines, *quality.warnings, *quality.notes]
