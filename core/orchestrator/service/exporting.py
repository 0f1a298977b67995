"""The files of an export: one template per variant, the recipients, and what was approved."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from core.content.email_shell import UNSUBSCRIBE_URL
from core.content.merge_dialects import DIALECTS, compiled
from core.content.merge_fields import names
from core.errors import OrchestratorError, Refused, StorageUnavailable
from core.models.merge_fields import MergeField, merge_fields
from core.models.send import Experiment, Export
from core.models.suppression import LeftOut
from core.orchestrator.service.assigning import Plan
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.erased_groups import erased
from core.orchestrator.service.suppression import suppressed
from core.storage import customer_tokens
from core.storage.customer_tokens import Named
from core.storage.recipients import Recipients, left_out, recipients_csv, who_is_left_out
from core.storage.suppression_tokens import Suppressed

PROFILES = ("generic", "braze", "klaviyo", "mailchimp", "customerio")

_NAMED_AT_ONCE = 1000


def write_export(
    context: Context, plan: Plan, experiment: Experiment, profile: str, out: Path
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
        filled = _fill(context, plan, experiment, part, hidden)
        if out.exists():
            out.rmdir()
        part.replace(out)
    except OSError as error:
        raise StorageUnavailable(f"Cannot write {out}: {error.strerror}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    files = tuple(str(p.relative_to(out)) for p in sorted(out.rglob("*")) if p.is_file())
    return Export(experiment.campaign_id, profile, out, files, filled.recipients, filled.left_out)


@contextmanager
def removed_unless_recorded(out: Path) -> Iterator[None]:
    """What was written and cannot be recorded, as after an erasure meanwhile, does not stay."""
    try:
        yield
    except OrchestratorError:
        shutil.rmtree(out, ignore_errors=True)
        raise


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
    context: Context, plan: Plan, experiment: Experiment, folder: Path, hidden: Suppressed
) -> _Filled:
    _write_templates(context, plan, folder / "templates")
    dataset, variants = plan.dataset, plan.variants
    fields = _fields(plan)
    assignments = context.table(f"assignments-{experiment.campaign_id}")
    tables = (assignments, context.table(dataset.dataset_id))
    # Again, as at import: somebody may have asked to be left out since the send was prepared.
    exact = Recipients(fields=fields, suppressed=hidden)
    recipients = recipients_csv(*tables, exact, folder / "recipients.csv")
    # The twin for a spreadsheet: what looks like a formula cannot run there.
    recipients_csv(*tables, replace(exact, neutralised=True), folder / "recipients_for_excel.csv")
    without = (*left_out(assignments, hidden), *erased(context, experiment.campaign_id))
    manifest = {
        "campaign_id": experiment.campaign_id,
        "profile": "generic",
        "recipients": recipients,
        "left_out": [
            {"reason": e.reason, "group": e.group, "customers": e.customers} for e in without
        ],
        "merge_fields": {f.name: f.column for f in fields},
        "filled_in_by_the_sender": [UNSUBSCRIBE_URL],
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


def _write_templates(context: Context, plan: Plan, folder: Path) -> None:
    """Each message as plain text and as HTML, in the same words."""
    folder.mkdir()
    shell, brief = context.settings.shell, plan.campaign.brief
    dialect = DIALECTS["generic"]
    for variant in plan.variants:
        message = variant.message
        inbox = [compiled(part, dialect) for part in (message.subject, message.preheader)]
        head = f"Subject: {inbox[0]}\nPreheader: {inbox[1]}\n\n"
        text = head + shell.text(message, dialect, link=brief.url)
        html = shell.html(message, dialect, link=brief.url, language=brief.language)
        (folder / f"{variant.variant_id}.txt").write_text(text, encoding="utf-8")
        (folder / f"{variant.variant_id}.html").write_text(html, encoding="utf-8")


def _fields(plan: Plan) -> tuple[MergeField, ...]:
    """What the messages need of their readers, and no other column of the data set."""
    needed = {name for variant in plan.variants for name in names(variant.message)}
    return tuple(f for f in merge_fields(plan.dataset.columns) if f.name in needed)
