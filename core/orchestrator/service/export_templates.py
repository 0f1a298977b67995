"""The templates of an export, and what the recipients file has to hold for them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.content.email_shell import EmailShell
from core.content.merge_dialects import DIALECTS, compiled
from core.content.merge_slots import Mark, Slot, mark_of, slots_of
from core.content.sender_profiles import ColumnNames, SenderProfile, column_names
from core.errors import BadInput, Refused
from core.models.merge_fields import FIRST_NAME, MergeField, merge_fields
from core.models.messages import Variant
from core.orchestrator.service.assigning import Plan
from core.storage.recipient_rows import Words

_SEED_NAMES = (None, "O'Brien", "李小龍")


@dataclass(frozen=True, slots=True)
class Handover:
    """The messages of a plan for one sender: their slots, and the columns that fill them."""

    plan: Plan
    profile: SenderProfile
    slots: Mapping[str, tuple[Slot, ...]]
    columns: ColumnNames

    def columns_of(self, variant: Variant) -> Mapping[Mark, str]:
        """The column behind each place of a message that differs."""
        slots = self.slots[variant.variant_id]
        return {mark_of(slot.piece): self.columns.values[slot.name] for slot in slots}

    def sources_of(self, variant: Variant) -> Mapping[str, str]:
        """What a message says in the place that each column fills, as it was approved."""
        slots = self.slots[variant.variant_id]
        return {self.columns.values[slot.name]: slot.source for slot in slots}

    def fields(self) -> tuple[MergeField, ...]:
        """What the messages need of their readers, and no other column of the data set."""
        needed = {slot.piece.name for slots in self.slots.values() for slot in slots}
        return tuple(f for f in merge_fields(self.plan.dataset.columns) if f.name in needed)

    def words(self) -> Mapping[str, Mapping[str, Words]]:
        """What each column holds, for the readers of each variant.

        Raises:
            Refused: a message speaks of a field that the data set does not have.
        """
        fields = {field.name: field for field in self.fields()}
        made: dict[str, dict[str, Words]] = {name: {} for name in self.columns.values.values()}
        for variant_id, slots in self.slots.items():
            for slot in slots:
                field = fields.get(slot.piece.name)
                if field is None:
                    raise Refused(f"The data set has nothing for '{slot.piece.name}'.")
                filled = None if slot.as_it_is else slot.filled
                words = Words(field, slot.missing, mark_of(slot.piece), filled)
                made[self.columns.values[slot.name]][variant_id] = words
        return made


def handover(plan: Plan, profile: SenderProfile) -> Handover:
    """How the messages of a plan are written for a sender."""
    slots = {v.variant_id: slots_of(v.message) for v in plan.variants}
    names = [slot.name for every in slots.values() for slot in every]
    return Handover(plan, profile, slots, column_names(profile, plan.campaign.campaign_id, names))


def write_templates(shell: EmailShell, handed: Handover, folder: Path) -> None:
    """Each message as plain text and as HTML, in the same words.

    Raises:
        Refused: a message holds what the sender would change; names the message.
    """
    folder.mkdir()
    brief, dialect = handed.plan.campaign.brief, DIALECTS[handed.profile.name]
    for variant in handed.plan.variants:
        message, columns = variant.message, handed.columns_of(variant)
        try:
            subject, preheader = (
                compiled(part, dialect, columns=columns)
                for part in (message.subject, message.preheader)
            )
            text = shell.text(message, dialect, link=brief.url, columns=columns)
            html = shell.html(
                message, dialect, link=brief.url, language=brief.language, columns=columns
            )
        except BadInput as error:
            raise Refused(f"{variant.segment} / {variant.tone}: {error}") from error
        text = f"Subject: {subject}\nPreheader: {preheader}\n\n{text}"
        (folder / f"{variant.variant_id}.txt").write_text(text, encoding="utf-8")
        (folder / f"{variant.variant_id}.html").write_text(html, encoding="utf-8")


def write_seeds(handed: Handover, path: Path, *, email: bool) -> None:
    """Readers for the seed inbox: each template for somebody unknown, O'Brien, and not Latin.

    Their ids begin with `seed-`, so that no outcome of theirs is taken for a customer's.
    """
    names = handed.columns
    own = ([names.email] if email else []) + [names.customer_id, names.group, names.variant]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*own, *names.values.values()], lineterminator="\n")
        writer.writeheader()
        for number, (variant, name) in enumerate(
            ((v, n) for v in handed.plan.variants for n in _SEED_NAMES), start=1
        ):
            row = {
                names.customer_id: f"seed-{number}",
                names.group: "seed",
                names.variant: variant.variant_id,
            }
            for slot in handed.slots[variant.variant_id]:
                known = name if slot.piece.name == FIRST_NAME else None
                row[names.values[slot.name]] = slot.filled(known)
            writer.writerow(row)
