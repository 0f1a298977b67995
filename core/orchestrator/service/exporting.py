"""The files of an export: one template per variant, the recipients, and what was approved."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from core.errors import Refused, StorageUnavailable
from core.models.customers import ColumnRole, Dataset
from core.models.messages import Variant
from core.models.send import Experiment, Export
from core.orchestrator.service.context import Context
from core.storage.recipients import Recipients, recipients_csv

PROFILES = ("generic", "braze", "klaviyo", "mailchimp", "customerio")


def write_export(
    context: Context,
    dataset: Dataset,
    experiment: Experiment,
    variants: Sequence[Variant],
    profile: str,
    out: Path,
) -> Export:
    """Everything a sender needs, in a folder that appears whole or not at all.

    Raises:
        Refused: the profile is not offered yet, or the folder already holds something.
        StorageUnavailable: the folder cannot be written.
    """
    if profile != "generic":
        raise Refused(f"The profile '{profile}' is not offered in this version; use generic.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(f"{out} is not an empty folder; name a new one, so that nothing is mixed.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".export-", dir=out.parent))
    except OSError as error:
        raise StorageUnavailable(f"Cannot write to {out.parent}: {error.strerror}.") from error
    try:
        recipients = _fill(context, dataset, experiment, variants, part)
        if out.exists():
            out.rmdir()
        part.replace(out)
    except OSError as error:
        raise StorageUnavailable(f"Cannot write {out}: {error.strerror}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    files = tuple(str(p.relative_to(out)) for p in sorted(out.rglob("*")) if p.is_file())
    return Export(experiment.campaign_id, profile, out, files, recipients)


def _fill(
    context: Context,
    dataset: Dataset,
    experiment: Experiment,
    variants: Sequence[Variant],
    folder: Path,
) -> int:
    templates = folder / "templates"
    templates.mkdir()
    for variant in variants:
        message = variant.message
        text = f"Subject: {message.subject}\nPreheader: {message.preheader}\n\n{message.body}\n"
        (templates / f"{variant.variant_id}.txt").write_text(text, encoding="utf-8")
    personal = tuple(c.name for c in dataset.columns if c.role is ColumnRole.PERSONAL)
    tables = (
        context.table(f"assignments-{experiment.campaign_id}"),
        context.table(dataset.dataset_id),
    )
    recipients = recipients_csv(*tables, Recipients(columns=personal), folder / "recipients.csv")
    # The twin for a spreadsheet: what looks like a formula cannot run there.
    for_people = Recipients(columns=personal, neutralised=True)
    recipients_csv(*tables, for_people, folder / "recipients_for_excel.csv")
    manifest = {
        "campaign_id": experiment.campaign_id,
        "profile": "generic",
        "recipients": recipients,
        "groups": {arm.name: arm.weight for arm in experiment.arms},
        "assignments_sha256": experiment.assignments_sha256,
        "templates": {
            v.variant_id: {"segment": v.segment, "tone": v.tone, "revision": v.revision}
            for v in variants
        },
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return recipients
