"""The approval seals, each made again out of the parts it is of."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from core.reports.verifier.pack import Pack, Report

DECISIONS, SEALS, VARIANTS = "decisions.jsonl", "seals.json", "variants.jsonl"
DOCUMENTS = "documents.jsonl"
PARTS = ("text", "mail", "sources", "audience", "policy")


def sha256_json(parts: Any) -> str:  # noqa: ANN401 - what JSON has words for
    """The SHA-256 of a list as an approval makes it: JSON keeps the borders of its parts."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8")).hexdigest()


def check_seals(pack: Pack, report: Report) -> None:
    """That each approval rests on what the pack shows; what cannot be made again is counted."""
    variants = {}
    for line, each in pack.lines(VARIANTS):
        variants[each["variant_id"], each["revision"]] = (line, each)
    documents = {(d["document_id"], d["version"]): d for _, d in pack.lines(DOCUMENTS)}
    parts = {each["review_id"]: each for each in pack.json(SEALS)["seals"]}
    approvals, made = 0, dict.fromkeys(PARTS, 0)
    for line, review in pack.lines(DECISIONS):
        key = (review["variant_id"], review["revision"])
        if key not in variants:
            report.bad(DECISIONS, f"is about {key[0]}, revision {key[1]}, not in the pack.", line)
        elif review["seal"] is not None:
            approvals += 1
            of = parts.get(review["review_id"])
            if of is None:
                report.bad(SEALS, f"lacks the parts of {review['review_id']}.")
                continue
            found = _remade(pack, variants[key][1], of, documents)
            for name, value in found.items():
                if value != review["seal"][name]:
                    said = f"the {name} of {key[0]} is not what was approved."
                    report.bad(_file_of(name), said, variants[key][0] if name == "text" else None)
                made[name] += 1
    said = ", ".join(f"{name} of {count}" for name, count in made.items())
    report.say(f"Approvals: {approvals}; made again from their parts: {said}.")


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
    if of["audience"]["rule"]:
        text = f"{of['audience']['everybody']}\n{of['audience']['rule']}"
        made["audience"] = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if of["policy"] is not None:
        digest = hashlib.sha256()
        for file in of["policy"]:
            content = pack.open(file["file"]).read()
            digest.update(file["name"].encode("utf-8") + b"\0" + content + b"\0")
        made["policy"] = digest.hexdigest()
    return made


def _text(pack: Pack, name: str) -> str:
    with pack.open(name) as file:
        return file.read().decode("utf-8")
