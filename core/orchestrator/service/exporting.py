"""The files of an export: one template per variant, the recipients, and what was approved."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import Refused, StorageUnavailable
from core.models.customers import ColumnRole, Dataset
from core.models.messages import Variant
from core.models.send import Experiment, Export
from core.models.suppression import LeftOut
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.suppression import suppressed
from core.storage import customer_tokens
from core.storage.customer_tokens import Named
from core.storage.recipients import Recipients, left_out, recipients_csv, who_is_left_out
from core.storage.suppression_tokens import Suppressed

PROFILES = ("generic", "braze", "klaviyo", "mailchimp", "customerio")

_NAMED_AT_ONCE = 1000


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
        with context.read() as connection:
            hidden = suppressed(connection)
        filled = _fill(context, dataset, experiment, variants, part, hidden)
        if out.exists():
            out.rmdir()
        part.replace(out)
    except OSError as error:
        raise StorageUnavailable(f"Cannot write {out}: {error.strerror}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    files = tuple(str(p.relative_to(out)) for p in sorted(out.rglob("*")) if p.is_file())
    return Export(experiment.campaign_id, profile, out, files, filled.recipients, filled.left_out)


def left_out_now(context: Context, campaign_id: str) -> tuple[Named, ...]:
    """The assigned customers who have asked to be left out since the send was prepared."""
    with context.read() as connection:
        hidden = suppressed(connection)
    return who_is_left_out(context.table(f"assignments-{campaign_id}"), hidden)


def record_left_out(write: Write, campaign_id: str, gone: Sequence[Named]) -> None:
    """Say in the audit trail, by token, who was left out; whoever is forgotten is not named."""
    tokens = sorted(customer_tokens.tokens(write.connection, gone).values())
    for start in range(0, len(tokens), _NAMED_AT_ONCE):
        named = tokens[start : start + _NAMED_AT_ONCE]
        write.record("leave out of export", campaign_id, customers=named)


@dataclass(frozen=True, slots=True)
class _Filled:
    """How many lines the recipient files have, and who was assigned but gets none."""

    recipients: int
    left_out: tuple[LeftOut, ...]


def _fill(
    context: Context,
    dataset: Dataset,
    experiment: Experiment,
    variants: Sequence[Variant],
    folder: Path,
    hidden: Suppressed,
) -> _Filled:
    templates = folder / "templates"
    templates.mkdir()
    for variant in variants:
        message = variant.message
        text = f"Subject: {message.subject}\nPreheader: {message.preheader}\n\n{message.body}\n"
        (templates / f"{variant.variant_id}.txt").write_text(text, encoding="utf-8")
    personal = tuple(c.name for c in dataset.columns if c.role is ColumnRole.PERSONAL)
    assignments = context.table(f"assignments-{experiment.campaign_id}")
    tables = (assignments, context.table(dataset.dataset_id))
    # Again, as at import: somebody may have asked to be left out since the send was prepared.
    exact = Recipients(columns=personal, suppressed=hidden)
    recipients = recipients_csv(*tables, exact, folder / "recipients.csv")
    # The twin for a spreadsheet: what looks like a formula cannot run there.
    recipients_csv(*tables, replace(exact, neutralised=True), folder / "recipients_for_excel.csv")
    without = left_out(assignments, hidden)
    manifest = {
        "campaign_id": experiment.campaign_id,
        "profile": "generic",
        "recipients": recipients,
        "left_out": [
            {"reason": e.reason, "group": e.group, "customers": e.customers} for e in without
        ],
        "groups": {arm.name: arm.weight for arm in experiment.arms},
        "assignments_sha256": experiment.assignments_sha256,
        "templates": {
            v.variant_id: {"segment": v.segment, "tone": v.tone, "revision": v.revision}
            for v in variants
        },
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return _Filled(recipients, without)
