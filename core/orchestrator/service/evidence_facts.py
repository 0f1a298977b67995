"""What an evidence pack says of a campaign besides its rows, read in one view of the database."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.models.approval import Review
from core.models.campaign import Campaign
from core.models.content import Document
from core.models.customers import Dataset, Segmentation
from core.models.messages import Variant
from core.models.send import Experiment, ResultDecision
from core.orchestrator.service.campaigns import brief_sha256
from core.orchestrator.service.citations import cited_documents
from core.orchestrator.service.context import Context
from core.orchestrator.service.evidence_seals import SealParts
from core.storage import (
    audit,
    campaigns,
    datasets,
    erasures,
    experiments,
    reviews,
    runs,
    segmentations,
    variants,
)
from core.storage.audit import End
from core.storage.codec import dump, plain
from core.storage.database import Connection
from core.storage.erasures import Rewriting

_STUB = ("sequence", "previous", "hash", "mac")
_ALWAYS = frozenset({"begin policy", "adopt policy"})


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about a campaign that is not a row of a customer."""

    campaign: Campaign
    dataset: Dataset
    segmentation: Segmentation
    experiment: Experiment
    revisions: tuple[Variant, ...]
    reviews: tuple[Review, ...]
    documents: tuple[Document, ...]
    decisions: tuple[ResultDecision, ...]
    rewritten: tuple[Rewriting, ...]
    runs: tuple[str, ...]

    @classmethod
    def read(cls, connection: Connection, experiment: Experiment) -> "Facts":
        """The facts of the campaign of an experiment."""
        name = experiment.campaign_id
        campaign = campaigns.get(connection, name)
        every = [
            revision
            for variant in variants.of_campaign(connection, name)
            for revision in reversed(variants.history(connection, variant.variant_id))
        ]
        ids = dict.fromkeys(v.variant_id for v in every)
        decided = [r for i in ids for r in reversed(reviews.of_variant(connection, i))]
        return cls(
            campaign,
            datasets.get(connection, campaign.dataset_id),
            segmentations.get(connection, campaign.segmentation_id),
            experiment,
            tuple(every),
            tuple(decided),
            cited_documents(connection, [c for v in every for c in v.citations]),
            experiments.decisions_of(connection, name),
            erasures.of_table(connection, f"assignments-{name}"),
            tuple(r.run_id for r in runs.of_campaign(connection, name)),
        )

    def write(self, connection: Connection, context: Context, folder: Path) -> None:
        """The files of a pack that come from the facts alone."""
        seals = SealParts(context, connection, self.campaign, folder)
        brief = brief_sha256(self.campaign.brief)
        write_json(folder / "campaign.json", dump(self.campaign) | {"brief_sha256": brief})
        write_json(folder / "dataset.json", self._dataset())
        write_json(folder / "segments.json", self._segments(seals))
        write_lines(folder / "documents.jsonl", (dump(each) for each in self.documents))
        write_lines(folder / "variants.jsonl", (dump(each) for each in self.revisions))
        write_lines(folder / "decisions.jsonl", (dump(each) for each in self.reviews))
        by_key = {(v.variant_id, v.revision): v for v in self.revisions}
        approved = [r for r in self.reviews if r.seal is not None]
        parts = [seals.of(r, by_key[r.variant_id, r.revision]) for r in approved]
        write_json(folder / "seals.json", {"seals": parts})
        self.write_trail(connection, folder)

    def write_trail(self, connection: Connection, folder: Path) -> None:
        """The audit trail as far as a pack holds it, and where it ends."""
        end = self._trail(connection, folder / "audit.jsonl")
        write_json(folder / "audit_head.json", {"sequence": end.sequence, "hash": end.hash})

    def erasures(self, erased: int) -> dict[str, object]:
        """What was erased from the assignments since they were locked."""
        table = f"assignments-{self.campaign.campaign_id}"
        listed = [{"table": table, **dump(each)} for each in self.rewritten]
        return {"rows": erased, "erasures": listed}

    def _dataset(self) -> dict[str, object]:
        """The data by its hash and the names of its columns; no value of anybody."""
        said = {name: dump(self.dataset)[name] for name in ("dataset_id", "name", "sha256", "rows")}
        columns = [{"name": c.name, "role": c.role.value} for c in self.dataset.columns]
        return {**said, "created_at": plain(self.dataset.created_at), "columns": columns}

    def _segments(self, seals: SealParts) -> dict[str, object]:
        each = (*self.segmentation.segments, self.segmentation.everyone)
        audiences = {s.segment_id: seals.audience(s.segment_id) for s in each}
        rule = self.campaign.brief.audience
        return dump(self.segmentation) | {"audience_sha256": audiences, "narrowed_to": rule}

    def _trail(self, connection: Connection, path: Path) -> End:
        """Every entry: those about the campaign whole, of the others what links the chain."""
        about = self._subjects()
        end = End(0, audit.GENESIS)
        with path.open("w", encoding="utf-8", newline="", errors="surrogateescape") as file:
            for row in audit.rows(connection):
                whole = row["subject"] in about or self._concerns(row["action"], row["detail"])
                said = {part: row[part] for part in row if whole or part in _STUB}
                if whole:
                    said["verified"] = bool(row["verified"])
                file.write(json.dumps(said, ensure_ascii=False, default=repr) + "\n")
                end = End(row["sequence"], row["hash"])
        return end

    def _subjects(self) -> frozenset[str]:
        campaign = self.campaign
        named = {campaign.campaign_id, campaign.dataset_id, campaign.segmentation_id, *self.runs}
        named |= {v.variant_id for v in self.revisions}
        named |= {d.document_id for d in self.documents}
        return frozenset(named | {each.erasure_id for each in self.rewritten})

    def _concerns(self, action: str, detail: str) -> bool:
        if action in _ALWAYS:
            return True
        ids = [each.erasure_id for each in self.rewritten]
        return action == "erase customer" and any(f'"{name}"' in detail for name in ids)


def write_json(path: Path, document: object) -> None:
    """A document for people and programs; refuses what JSON has no number for."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="")


def write_lines(path: Path, documents: Iterable[object] | Iterator[object]) -> None:
    """One document a line."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for each in documents:
            file.write(json.dumps(each, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n")
