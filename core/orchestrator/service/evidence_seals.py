"""What the approvals of a campaign are hashes of, as far as it is still there."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.content.seal import seal
from core.models.approval import Review, Seal
from core.models.campaign import Campaign
from core.models.content import Document, DocumentStatus
from core.models.messages import Variant
from core.orchestrator.policy import FILES, policy_of
from core.orchestrator.service.citations import cited_documents
from core.orchestrator.service.context import Context
from core.orchestrator.service.erased_places import audience_name
from core.storage import datasets, erasures, policies, segment_table
from core.storage.database import Connection

_SEALED = ("thresholds", "brand")


@dataclass(slots=True)
class SealParts:
    """Looks for the parts of seals, and writes those that are files into the folder of a pack."""

    context: Context
    connection: Connection
    campaign: Campaign
    folder: Path
    _policies: dict[str, list[dict[str, str]] | None] = field(default_factory=dict)
    _audiences: dict[str, str] = field(default_factory=dict)

    def of(self, review: Review, variant: Variant) -> dict[str, object]:
        """The parts of one approval; None where a part cannot be made again from what is here."""
        sealed = review.seal
        if sealed is None:
            raise ValueError("only an approval has a seal")
        return {
            "review_id": review.review_id,
            "variant_id": variant.variant_id,
            "revision": variant.revision,
            "mail": self._mail(review, variant, sealed),
            "sources": self._sources(variant, sealed),
            "audience": self._audience(variant.segment_id, sealed),
            "policy": self._policy(sealed.policy),
            "prompt": sealed.prompt,
        }

    def audience(self, segment_id: str) -> str:
        """The hash of a segment's customers and their data, as it was before erasures."""
        if segment_id not in self._audiences:
            table = f"segments-{self.campaign.segmentation_id}"
            dataset = datasets.get(self.connection, self.campaign.dataset_id)
            now = segment_table.audience_sha256(
                self.context.table(table), dataset.sha256, segment_id
            )
            name = audience_name(table, segment_id)
            self._audiences[segment_id] = erasures.origin(self.connection, name, now)
        return self._audiences[segment_id]

    def _mail(self, review: Review, variant: Variant, sealed: Seal) -> list[str] | None:
        link, shell = self.campaign.brief.url, self.context.settings.shell
        language = self.campaign.brief.language
        html = shell.shown(variant.message, link=link, language=language)
        text = shell.shown_text(variant.message, link=link)
        if _made(variant, (), (html, text, link or "")).mail != sealed.mail:
            return None
        names = [f"mails/{review.review_id}.{kind}" for kind in ("html", "txt")]
        for name, content in zip(names, (html, text), strict=True):
            _write(self.folder / name, content.encode())
        return [*names, link or ""]

    def _sources(self, variant: Variant, sealed: Seal) -> list[list[object]] | None:
        """The cited documents as the seal saw them: a status may have changed since."""
        now = cited_documents(self.connection, variant.citations)
        then = tuple(replace(d, status=DocumentStatus.APPROVED) for d in now)
        for cited in (now, then):
            if _made(variant, cited, ()).sources == sealed.sources:
                return sorted(_source(each) for each in cited)
        return None

    def _audience(self, segment_id: str, sealed: Seal) -> dict[str, str | None]:
        everybody, rule = self.audience(segment_id), self.campaign.brief.audience
        made = everybody
        if rule.strip():
            made = hashlib.sha256(f"{everybody}\n{rule}".encode()).hexdigest()
        if made != sealed.audience:
            return {"everybody": None, "rule": ""}
        return {"everybody": everybody, "rule": rule if rule.strip() else ""}

    def _policy(self, sha256: str) -> list[dict[str, str]] | None:
        if sha256 not in self._policies:
            self._policies[sha256] = self._policy_files(sha256)
        return self._policies[sha256]

    def _policy_files(self, sha256: str) -> list[dict[str, str]] | None:
        beside = self.context.settings.beside_policy
        for version in policies.versions(self.connection):
            made = policy_of(version.texts, beside, number=version.number)
            if made.content_sha256 != sha256:
                continue
            parts = [(FILES[p], getattr(version.texts, p).encode()) for p in _SEALED]
            found = []
            for name, content in (*parts, *beside):
                _write(self.folder / f"policy/{version.number}/{name}", content)
                found.append({"name": name, "file": f"policy/{version.number}/{name}"})
            return found
        return None


def _made(variant: Variant, documents: Sequence[Document], mail: Sequence[str]) -> Seal:
    """The seal with these parts; the others are of no interest."""
    return seal(variant.message, audience="", documents=documents, policy="", prompt="", mail=mail)


def _source(document: Document) -> list[object]:
    return [
        document.document_id,
        document.version,
        document.sha256,
        str(document.approved_on),
        str(document.valid_until),
        document.status.value,
    ]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
