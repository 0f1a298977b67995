"""The approval seals, each made again out of the parts it is of."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from core.reports.verifier.pack import Pack, Report

DECISIONS, SEALS, VARIANTS = "decisions.jsonl", "seals.json", "variants.jsonl"
DOCUMENTS, SEGMENTS = "documents.jsonl", "segments.json"
PARTS = ("text", "mail", "sources", "audience", "policy")


def sha256_json(parts: Any) -> str:  # noqa: ANN401 - what JSON has words for
    """The SHA-256 of a list as an approval makes it: JSON keeps the borders of its parts."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8")).hexdigest()


def check_seals(pack: Pack, report: Report) -> None:
    """That each approval rests on what the pack shows; what cannot be made again is counted."""
    seals = _Seals(pack, report)
    seals.check_documents()
    seals.check_audiences()
    for line, review in pack.lines(DECISIONS):
        key = (review["variant_id"], review["revision"])
        if key not in seals.variants:
            report.bad(DECISIONS, f"is about {key[0]}, revision {key[1]}, not in the pack.", line)
        elif review["seal"] is not None:
            seals.check(review, *seals.variants[key])
    said = ", ".join(f"{name} of {count}" for name, count in seals.made.items())
    report.say(f"Approvals: {seals.approvals}; made again from their parts: {said}.")


class _Seals:
    """The approvals of a pack, and what they are made of."""

    def __init__(self, pack: Pack, report: Report) -> None:
        self.pack, self.report, self.approvals = pack, report, 0
        self.made = dict.fromkeys(PARTS, 0)
        self.variants = {
            (each["variant_id"], each["revision"]): (line, each)
            for line, each in pack.lines(VARIANTS)
        }
        self.documents = {(d["document_id"], d["version"]): d for _, d in pack.lines(DOCUMENTS)}
        self.parts = {each["review_id"]: each for each in pack.json(SEALS)["seals"]}

    def check_documents(self) -> None:
        """That the hash of every document is that of its text, dates and record."""
        for (name, version), each in self.documents.items():
            if each["sha256"] not in _document_hashes(each):
                said = f"the text of {name}, version {version}, is not what its hash says."
                self.report.bad(DOCUMENTS, said)
        self.report.say(f"Documents cited: {len(self.documents)}, their hashes made again.")

    def check_audiences(self) -> None:
        """That the audience of every approval is the one of its segment."""
        audiences = self.pack.json(SEGMENTS)["audience_sha256"]
        for each in self.parts.values():
            _, variant = self.variants[each["variant_id"], each["revision"]]
            known = audiences.get(variant["segment_id"])
            if each["audience"]["everybody"] not in (None, known):
                said = f"{each['review_id']} names another audience than {SEGMENTS}."
                self.report.bad(SEALS, said)

    def check(self, review: Any, line: int, variant: Any) -> None:  # noqa: ANN401
        """That the seal of an approval is made of its parts."""
        self.approvals += 1
        of = self.parts.get(review["review_id"])
        if of is None:
            self.report.bad(SEALS, f"lacks the parts of {review['review_id']}.")
            return
        for name, value in _remade(self.pack, variant, of, self.documents).items():
            self.made[name] += 1
            if value != review["seal"][name]:
                said = f"the {name} of {review['variant_id']} is not what was approved."
                self.report.bad(_file_of(name), said, line if name == "text" else None)


def _file_of(part: str) -> str:
    return {"text": VARIANTS, "sources": DOCUMENTS}.get(part, SEALS)


def _remade(pack: Pack, variant: Any, of: Any, documents: Any) -> dict[str, str]:  # noqa: ANN401
    """The parts of a seal that can be made again from the pack."""
    message = variant["message"]
    made = {"text": sha256_json([message["subject"], message["preheader"], message["body"]])}
    if of["mail"] is not None:
        made["mail"] = sha256_json([_text(pack, of["mail"][0]), _text(pack, of["mail"][1]),
                                    of["mail"][2]])  # fmt: skip
    if of["sources"] is not None:
        made["sources"] = sha256_json(of["sources"])
        for name, version, sha256, approved_on, valid_until, _ in of["sources"]:
            known = documents.get((name, version))
            said = known and [known["sha256"], known["approved_on"], str(known["valid_until"])]
            if said != [sha256, approved_on, valid_until]:
                raise ValueError(f"{SEALS} and {DOCUMENTS} differ about {name}, version {version}")
    if of["audience"]["everybody"] is not None:
        made["audience"] = _audience(of["audience"])
    if of["policy"] is not None:
        digest = hashlib.sha256()
        for file in of["policy"]:
            content = pack.content(file["file"])
            digest.update(file["name"].encode("utf-8") + b"\0" + content + b"\0")
        made["policy"] = digest.hexdigest()
    return made


def _document_hashes(each: Any) -> list[str]:  # noqa: ANN401 - as the file says
    """What the hash of a document may be: of one without both dates it is not known which."""
    said = ("title", "category", "content", "audience", "keywords", "source_url", "metadata")
    parts = [each["document_id"], *(each[name] for name in said)]
    approved, until = str(each["approved_on"]), str(each["valid_until"])
    days = [(approved, until)]
    if not each["dated"]:
        days += [(a, u) for a in (approved, "None") for u in (until, "not given")]
    texts = (json.dumps([*parts, *both], ensure_ascii=False, sort_keys=True) for both in days)
    return [hashlib.sha256(text.encode("utf-8")).hexdigest() for text in texts]


def _audience(of: Any) -> str:  # noqa: ANN401 - as the file says
    """The hash of everybody in the segment, bound to the rule that the campaign is narrowed to."""
    if not of["rule"]:
        return str(of["everybody"])
    return hashlib.sha256(f"{of['everybody']}\n{of['rule']}".encode()).hexdigest()


def _text(pack: Pack, name: str) -> str:
    return pack.content(name).decode("utf-8")
