"""An evidence pack that was built before an erasure, once more without whoever was erased."""

import json
from pathlib import Path

from core.errors import FileInvalid, Refused
from core.models.evidence import EvidenceIds, EvidenceWish
from core.models.send import Experiment
from core.orchestrator.service.context import Context
from core.orchestrator.service.out_of_reach import EVIDENCE
from core.storage import audit, evidence_file, evidence_rows
from core.storage.audit import Wanted
from core.storage.duck import sha256_of

_MOST = 10_000


def unpacked_again(
    context: Context, experiment: Experiment, old: Path, folder: Path
) -> EvidenceWish:
    """The files of an earlier pack in the folder, the rows of who was erased since left out.

    Sums and figures stay as they were read then. Gives how the earlier pack names customers.

    Raises:
        FileInvalid: there is no such file.
        Refused: it is no pack of this campaign that was built here, or it was changed.
    """
    if not old.is_file():
        raise FileInvalid(old, "there is no such pack")
    made = sha256_of(old)
    with context.read() as connection:
        wanted = Wanted(EVIDENCE, subject=experiment.campaign_id)
        noted = audit.entries(connection, limit=_MOST, wanted=wanted)
    if made not in {json.loads(each.detail).get("pack") for each in noted}:
        raise Refused(
            f"{old} is no evidence pack of {experiment.campaign_id} that was built here, or it was "
            "changed since; build a new one without --instead-of."
        )
    # Its hash stands in the trail, so every name and byte in it is ours.
    evidence_file.unpack(old, folder)
    plan = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    rows = folder / "outcomes.csv"
    wish = EvidenceWish(EvidenceIds(plan["ids"]), with_outcomes=rows.is_file())
    if wish.with_outcomes:
        clear = wish.ids is EvidenceIds.CLEAR
        assignments = context.table(f"assignments-{experiment.campaign_id}")
        evidence_rows.keep_assigned(rows, assignments, experiment.salt, clear=clear)
    return wish
