"""The part of the audit trail in a pack: entries made again, links, and the head."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from typing import Any

from core.reports.verifier.pack import Pack, Report
from core.reports.verifier.seals import DECISIONS

AUDIT, HEAD, KEY = "audit.jsonl", "audit_head.json", "CPO_AUDIT_KEY"
HASHED = ("sequence", "at", "actor", "verified", "action", "subject", "detail", "previous")


def check_trail(pack: Pack, report: Report, noted: str | None) -> list[Any]:
    """That the entries hold and follow from each other up to the head; gives those in full.

    Of entries about other matters only number, hash and signature are here: they link the chain,
    and only the key says that they were signed.
    """
    number, _, wanted = (noted or "0:").partition(":")
    chain = _Chain(report, os.environ.get(KEY, "").strip().encode("utf-8"))
    for line, entry in pack.lines(AUDIT):
        chain.link(line, entry)
        if number == str(chain.count) and wanted != entry["hash"]:
            report.bad(AUDIT, f"entry {number} is not the one that was noted outside.", line)
    head = pack.json(HEAD)
    if (head["sequence"], head["hash"]) != (chain.count, chain.previous):
        report.bad(HEAD, f"is not the last entry of {AUDIT}.")
    if not 0 <= int(number) <= chain.count:
        report.bad(AUDIT, f"has {chain.count} entries; the noted one is not among them.")
    report.say(
        f"Audit trail: {chain.count} entries linked, {len(chain.full)} of them about this campaign"
        f" and read in full; head {chain.count}:{chain.previous}."
    )
    report.say(chain.signatures())
    return chain.full


@dataclass
class _Chain:
    """The chain as far as it was followed."""

    report: Report
    key: bytes
    count: int = 0
    previous: str = "0" * 64
    signed: int = 0
    full: list[Any] = field(default_factory=list)

    def link(self, line: int, entry: Any) -> None:  # noqa: ANN401 - an entry as the file says it
        """Take the next entry."""
        self.count += 1
        problems = []
        if entry["sequence"] != self.count:
            problems.append(f"is entry {entry['sequence']}, not {self.count}.")
        if entry["previous"] != self.previous:
            problems.append(f"entry {self.count} does not follow from the one before.")
        if "action" in entry:
            self.full.append(entry)
            if digest(entry) != entry["hash"]:
                problems.append(f"entry {self.count} is not what was written.")
        if self.key and not self._is_signed(entry):
            problems.append(f"entry {self.count} does not bear the signature of the key.")
        for problem in problems:
            self.report.bad(AUDIT, problem, line)
        self.previous = entry["hash"]

    def _is_signed(self, entry: Any) -> bool:  # noqa: ANN401 - as above
        """Whether the key signed it; entries older than signing come before the first signed."""
        if entry["mac"] is None:
            return not self.signed
        self.signed += 1
        said = f"entry\n{entry['hash']}".encode()
        made = hmac.new(self.key, said, hashlib.sha256).hexdigest()
        return hmac.compare_digest(made.encode(), str(entry["mac"]).encode())

    def signatures(self) -> str:
        """What is known of the signatures."""
        if self.key:
            return f"Signatures: {self.signed} checked with the key of {KEY}."
        return f"Signatures: not checked; they need the secret key of the workspace in {KEY}."


def digest(entry: Any) -> str:  # noqa: ANN401 - an entry as the file says it
    """The hash an entry must carry: that of the canonical JSON of its other parts."""
    text = json.dumps(
        {part: entry[part] for part in HASHED},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def check_recorded(pack: Pack, report: Report, entries: list[Any], plan: Any) -> None:  # noqa: ANN401
    """That decisions, the locked assignment and erasures stand in the trail as in the files."""
    told: dict[tuple[str, str], list[Any]] = {}
    for entry in entries:
        told.setdefault((entry["action"], entry["subject"]), []).append(
            (entry["actor"], json.loads(entry["detail"]))
        )
    for line, review in pack.lines(DECISIONS):
        known = told.get((review["decision"], review["variant_id"]), [])
        wanted = (review["by"], review["revision"], review["seal"])
        if wanted not in [(by, d.get("revision"), d.get("seal")) for by, d in known]:
            said = f"the decision of {review['by']} does not stand so in the audit trail."
            report.bad(DECISIONS, said, line)
    prepared = told.get(("prepare send", plan["campaign_id"]), [])
    if plan["assigned_here"] and plan["assignments_sha256"] not in [
        d.get("assignments") for _, d in prepared
    ]:
        report.bad("experiment.json", "was not locked so, says the audit trail.")
    for each in pack.json("erasures.json")["erasures"]:
        detail = [d for (a, _), es in told.items() if a == "erase customer" for _, d in es]
        hashes = [d["hashes"].get(each["table"]) for d in detail
                  if d.get("erasure") == each["erasure_id"]]  # fmt: skip
        if [each["before"], each["after"]] not in hashes:
            report.bad("erasures.json", f"{each['erasure_id']} does not stand in the audit trail.")
