"""The manifest of an export: what is in it, and how anybody can tell that nothing was changed."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.content.merge_dialects import DIALECTS
from core.models.send import Experiment
from core.models.suppression import LeftOut
from core.orchestrator.service.export_templates import Handover
from core.storage.duck import sha256_of
from core.storage.export_sums import put_manifest


@dataclass(frozen=True, slots=True)
class Filled:
    """How many lines the recipient files have, and who was assigned but gets none."""

    recipients: int
    contacted: int
    left_out: tuple[LeftOut, ...]


def write_manifest(
    handed: Handover,
    experiment: Experiment,
    filled: Filled,
    folder: Path,
    about: tuple[str, datetime],
) -> None:
    """What was handed over, with the SHA-256 of every file, also for `sha256sum -c`.

    Args:
        handed: the messages, as this sender gets them.
        experiment: the locked test.
        filled: how many people the files name.
        folder: the finished export; gets the manifest and the sums.
        about: the postal address that was approved, and when this is exported.
    """
    address, at = about
    sums = {
        str(p.relative_to(folder)): sha256_of(p) for p in sorted(folder.rglob("*")) if p.is_file()
    }
    manifest = {
        "campaign_id": experiment.campaign_id,
        "profile": handed.profile.name,
        "exported_at": at.isoformat(),
        **_counted(filled),
        **_form(handed, address),
        "merge_fields": {f.name: f.column for f in handed.fields()},
        "groups": {arm.name: arm.weight for arm in experiment.arms},
        "assignments_sha256": experiment.assignments_sha256,
        "templates": {
            v.variant_id: {
                "segment": v.segment,
                "tone": v.tone,
                "revision": v.revision,
                "filled_from": handed.sources_of(v),
            }
            for v in handed.plan.variants
        },
        "files": sums,
    }
    put_manifest(folder, manifest, sums)


def _counted(filled: Filled) -> dict[str, object]:
    return {
        "recipients": filled.recipients,
        "contacted": filled.contacted,
        "left_out": [
            {"reason": e.reason, "group": e.group, "customers": e.customers}
            for e in filled.left_out
        ],
    }


def _form(handed: Handover, address: str) -> dict[str, object]:
    """How the columns are called, what the sender fills in itself, and where that is documented."""
    dialect, names = DIALECTS[handed.profile.name], handed.columns
    own = {dialect.unsubscribe: "where the reader unsubscribes"}
    own |= {dialect.postal_address: address} if dialect.postal_address else {}
    email = {"email": names.email} if names.email else {}
    own_columns = {"group": names.group, "variant": names.variant}
    return {
        "format": {"files": handed.profile.source, "templates": dialect.source},
        "columns": {"customer_id": names.customer_id, **email, **own_columns},
        "values": dict(names.values),
        "filled_in_by_the_sender": own,
    }
