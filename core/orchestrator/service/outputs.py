"""The JSON files others read: segments, variants and assignments, deterministic and whole."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from core.models.campaign import Campaign
from core.models.customers import Dataset, Segmentation
from core.models.messages import Variant
from core.models.send import Experiment
from core.orchestrator.service.context import Context
from core.storage import erasures
from core.storage.json_outputs import export_assignments_json, export_segments_json


def publish_segments(context: Context, dataset: Dataset, segmentation: Segmentation) -> Path:
    """`segments.json` of a segmentation."""
    path = context.settings.processed / "segments.json"
    _steadily(context, lambda: write_segments_json(context, dataset, segmentation, path))
    return path


def write_segments_json(
    context: Context, dataset: Dataset, segmentation: Segmentation, path: Path
) -> None:
    """`segments.json` of a segmentation, at a path."""
    export_segments_json(
        context.table(f"segments-{segmentation.segmentation_id}"),
        context.table(dataset.dataset_id),
        {s.segment_id: s.name for s in segmentation.segments},
        dataset.columns,
        path,
    )


def publish_variants(context: Context, campaign: Campaign, variants: Sequence[Variant]) -> None:
    """`variants.json` of a campaign, in its own folder and at the top level."""
    text = variants_document(variants)
    for folder in _folders(context, campaign):
        write_whole(folder / "variants.json", text)


def variants_document(variants: Sequence[Variant]) -> str:
    """The text of `variants.json`."""
    return json.dumps([_document(v) for v in variants], indent=2, ensure_ascii=False) + "\n"


def publish_assignments(context: Context, experiment: Experiment) -> None:
    """`assignments.json` of a campaign, in its own folder and at the top level."""
    for folder in (
        context.settings.processed,
        context.settings.processed / "campaigns" / experiment.campaign_id,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        _steadily(context, partial(_write_assignments, context, experiment, folder))


def _write_assignments(context: Context, experiment: Experiment, folder: Path) -> None:
    export_assignments_json(
        context.table(f"assignments-{experiment.campaign_id}"),
        experiment.locked_at,
        folder / "assignments.json",
    )


def _steadily(context: Context, write: Callable[[], None]) -> None:
    """Write once more where an erasure began or ended meanwhile: it may not have seen the file."""
    while True:
        before = _erasures(context)
        write()
        if _erasures(context) == before:
            return


def _erasures(context: Context) -> tuple[int, int]:
    with context.read() as connection:
        return erasures.begun(connection), len(erasures.unfinished(connection))


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _folders(context: Context, campaign: Campaign) -> tuple[Path, Path]:
    processed = context.settings.processed
    return processed, processed / "campaigns" / campaign.campaign_id


def _document(variant: Variant) -> dict[str, object]:
    return {
        "variant_id": variant.variant_id,
        "campaign_id": variant.campaign_id,
        "segment": variant.segment,
        "tone": variant.tone,
        "revision": variant.revision,
        "state": variant.state,
        "subject": variant.message.subject,
        "preheader": variant.message.preheader,
        "body": variant.message.body,
        "citations": [
            {
                "document_id": c.document_id,
                "title": c.title,
                "passage_index": c.passage_index,
                "quote": c.quote,
            }
            for c in variant.citations
        ],
        "findings": [asdict(f) for f in (variant.screened.findings if variant.screened else ())],
        "generation": asdict(variant.generation),
    }
