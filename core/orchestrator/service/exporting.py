"""The files of an export: one template per variant, the recipients, and what was approved."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core.content.email_shell import EmailShell
from core.content.sender_profiles import PROFILES, SenderProfile
from core.errors import OrchestratorError, Refused, StorageUnavailable
from core.models.customers import ColumnKind, ColumnRole
from core.models.send import Experiment, Export
from core.models.suppression import LeftOut
from core.orchestrator.service.assigning import Plan
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.erased_groups import erased
from core.orchestrator.service.export_manifest import Filled, write_manifest
from core.orchestrator.service.export_templates import (
    Handover,
    handover,
    write_seeds,
    write_templates,
)
from core.orchestrator.service.suppression import suppressed
from core.reports.card_pdf import card_pdf
from core.reports.decision_card import card_rows
from core.reports.send_checklist import HandedOver, checklist
from core.storage import customer_tokens
from core.storage.customer_tokens import Named
from core.storage.recipient_rows import Recipients, email_column
from core.storage.recipients import RecipientFiles, recipient_files, who_is_left_out
from core.storage.suppression_tokens import Suppressed

_OWN_COLUMNS = 4
_NAMED_AT_ONCE = 1000


def profile_named(name: str) -> SenderProfile:
    """The sender an export is for.

    Raises:
        Refused: there is none of this name.
    """
    if name not in PROFILES:
        raise Refused(f"There is no profile '{name}'; there is: {', '.join(PROFILES)}.")
    return PROFILES[name]


def write_export(
    context: Context, plan: Plan, experiment: Experiment, profile: str, out: Path
) -> Export:
    """Everything a sender needs, in a folder that appears whole or not at all.

    Raises:
        Refused: there is no such profile, the sender would change what was approved or cannot
            find the people, or the folder already holds something.
        StorageUnavailable: the folder cannot be written.
    """
    handed = handover(plan, profile_named(profile))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(f"{out} is not an empty folder; name a new one, so that nothing is mixed.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".export-", dir=out.parent))
    except OSError as error:
        raise StorageUnavailable(f"Cannot write to {out.parent}: {error.strerror}.") from error
    try:
        filled = _fill(context, handed, experiment, part)
        part.chmod(0o755)
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
class Materials:
    """What an export is made of besides its plan.

    `sender` is the address mails come from, as the policy names it; `spill` is a folder for what
    does not fit into memory. Who was `erased` since the assignment stands in no table any more.
    """

    assignments: Path
    dataset: Path
    shell: EmailShell
    suppressed: Suppressed
    sender: str
    at: datetime
    spill: Path
    erased: tuple[LeftOut, ...] = ()


def write_files(
    materials: Materials, handed: Handover, experiment: Experiment, folder: Path
) -> Filled:
    """Every file of an export, into an empty folder.

    Raises:
        Refused: the sender would change what was approved, or cannot find the people.
    """
    write_templates(materials.shell, handed, folder / "templates")
    wanted = _wanted(materials, handed)
    filled = _write_recipients(materials, handed, wanted, experiment, folder)
    write_seeds(handed, folder / "seed_customers.csv", email=wanted.email is not None)
    words = checklist(_handed_over(materials, handed, experiment, filled))
    (folder / "CHECKLIST.txt").write_text(words, encoding="utf-8")
    (folder / "decision_card.pdf").write_bytes(_card(handed.plan, experiment))
    about = materials.shell.letterhead.postal_address, materials.at
    write_manifest(handed, experiment, filled, folder, about)
    return filled


def _fill(context: Context, handed: Handover, experiment: Experiment, folder: Path) -> Filled:
    with context.read() as connection:
        # Again, as at import: somebody may have asked to be left out since the preparation.
        hidden = suppressed(connection)
    with tempfile.TemporaryDirectory(prefix="export-", dir=context.settings.processed) as spill:
        materials = Materials(
            assignments=context.table(f"assignments-{experiment.campaign_id}"),
            dataset=context.table(handed.plan.dataset.dataset_id),
            shell=context.settings.shell,
            suppressed=hidden,
            sender=context.policy().brand.mail.sender_email,
            at=context.now(),
            spill=Path(spill),
            erased=erased(context, experiment.campaign_id),
        )
        return write_files(materials, handed, experiment, folder)


def _wanted(materials: Materials, handed: Handover) -> Recipients:
    """What the recipient files hold.

    Raises:
        Refused: the sender cannot find the people, or takes in fewer columns.
    """
    profile, names, dataset = handed.profile, handed.columns, handed.plan.dataset
    wanted = Recipients(
        customer_id=names.customer_id,
        group=names.group,
        variant=names.variant,
        values=handed.words(),
        suppressed=materials.suppressed,
        most_file_bytes=profile.most_file_bytes,
    )
    if len(names.values) + _OWN_COLUMNS > profile.most_columns:
        raise Refused(
            f"{profile.title} takes in {profile.most_columns} columns, and the messages need "
            f"{len(names.values) + _OWN_COLUMNS}; use fewer merge fields. Nothing was exported."
        )
    if not profile.email_column:
        return wanted
    texts = [c for c in dataset.columns if c.kind is ColumnKind.TEXT]
    personal = [c.name for c in texts if c.role is ColumnRole.PERSONAL]
    email = email_column(materials.dataset, personal)
    if email is None:
        raise Refused(
            f"{profile.title} finds people by their e-mail address, and the data set "
            f"'{dataset.name}' has no column of addresses. Import the customers with one, or "
            "export for generic. Nothing was exported."
        )
    return replace(wanted, email_name=names.email, email=email)


def _write_recipients(
    materials: Materials, handed: Handover, wanted: Recipients, experiment: Experiment, folder: Path
) -> Filled:
    tables = materials.assignments, materials.dataset
    with recipient_files(*tables, wanted, materials.spill) as files:
        _refuse_changed(handed, files)
        files.write(folder / "recipients.csv")
        for arm in experiment.arms:
            files.write(folder / group_file(arm.name), arm=arm.name)
        files.write_recall(folder / "recall_list.csv")
        left_out = (*files.left_out(), *materials.erased)
        return Filled(files.rows(), files.contacted(), left_out)


def _refuse_changed(handed: Handover, files: RecipientFiles) -> None:
    """Refuse values that the sender would show in another form than the preview.

    Raises:
        Refused: names the field, and of how many customers.
    """
    title, slots = handed.profile.title, {c: s for s, c in handed.columns.values.items()}
    if handed.profile.guessing:
        for column, customers in files.retyped().items():
            if customers:
                raise Refused(
                    f"{title} may take {customers:,} values of '{slots[column]}' for a number, a "
                    "date or yes and no, and show them in another form (a leading zero is lost). "
                    "Take the field out of the messages, or export for another sender. Nothing "
                    "was exported."
                )
    for column, longest in files.longest_bytes().items():
        if longest > handed.profile.most_bytes:
            raise Refused(
                f"{title} cuts values at {handed.profile.most_bytes} bytes, and one of "
                f"'{slots[column]}' has {longest}; use another field. Nothing was exported."
            )


def group_file(arm: str) -> str:
    """Where the recipients of one group stand in the folder of an export."""
    name = re.sub(r"[^a-z0-9]+", "_", arm.lower()).strip("_")
    return f"groups/{name or 'group'}.csv"


def _handed_over(
    materials: Materials, handed: Handover, experiment: Experiment, filled: Filled
) -> HandedOver:
    silent = next((arm.name for arm in experiment.arms if arm.tone is None), None)
    return HandedOver(
        campaign=handed.plan.campaign.name,
        profile=handed.profile,
        columns=handed.columns,
        recipients=filled.recipients,
        contacted=filled.contacted,
        silent=(silent, group_file(silent), filled.recipients - filled.contacted)
        if silent
        else None,
        left_out=filled.left_out,
        templates=len(handed.plan.variants),
        sender=materials.sender,
        postal_address=materials.shell.letterhead.postal_address,
    )


def _card(plan: Plan, experiment: Experiment) -> bytes:
    rows = card_rows(experiment.card, experiment.arms, customers=experiment.customers)
    return card_pdf(
        plan.campaign.name,
        rows,
        locked=f"locked {experiment.locked_at:%Y-%m-%d %H:%M} UTC by {experiment.locked_by}",
        footer=f"Key of the assignment: {experiment.salt}. Assignments: SHA-256 "
        f"{experiment.assignments_sha256}.",
        made_at=experiment.locked_at.replace(microsecond=0),
    )
