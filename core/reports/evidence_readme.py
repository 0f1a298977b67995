"""README.txt of an evidence pack: what is in it, how to check it, and what that proves."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.models.evidence import EvidenceIds, EvidenceWish

_TEXT = """Evidence of the campaign {campaign}
built on {built_at} by {by}

CHECK IT
  python3 -I -S verify.py            in this folder, or
  python3 -I -S verify.py PACK.zip   on the zip, which is checked to its last byte.
Python 3.9 or newer and nothing else. 0 means that everything holds; otherwise the files and lines
that do not are named.

BEFORE YOU RELY ON IT
A verifier that somebody changed cannot vouch for itself, and whoever can change every file can
write a new manifest and a new seal of the zip. Ask whoever keeps the workspace for the entry
"build evidence" of this pack in the audit trail. It holds three SHA-256 hashes, to be compared by
`sha256sum`: of the zip (`pack`), of MANIFEST.sha256 (`manifest`) and of verify.py (`verifier`).
The last one is
  {verifier}

WHAT IS DERIVED AGAIN
- which customer is in which group: SHA-256 of "salt:id" gives the order in each segment, the shares
  in experiment.json cut it ({ids})
- the outcomes: counts, means, differences, lifts, both intervals (Welch, Fieller, or the score test
  where events are few) and p-values, overall and by segment ({outcomes})
- approvals: the hash of the text from variants.jsonl, of the e-mail from mails/, of the sources
  from documents.jsonl, of the policy from policy/, as far as seals.json has the parts
- the audit trail: each entry about this campaign, and that all entries follow from each other

WHAT IS TAKEN FROM THE APPLICATION
- who was in the audience (the hash in segments.json; customers who were not assigned are not here)
- entries of the audit trail about other matters: their hashes only
- signatures, unless the secret key of the workspace is in CPO_AUDIT_KEY
- the conclusion, adjusted p-values, sequential bounds, quantiles and the figures

NOT IN THIS PACK
{missing}

PERSONAL DATA
{personal}

FILES
  campaign.json    the brief            segments.json    segments, their rules and audiences
  dataset.json     the hash of the data experiment.json  key, shares, decision card, counts
  documents.jsonl  what was cited       variants.jsonl   every revision, with findings
  decisions.jsonl  who decided and why  seals.json       what each approval is a hash of
  assignments.csv  who got what         outcomes.csv     what they did, where asked for
  statistics.csv   the outcomes, summed readout.json     all numbers; result.json the verdict
  results.csv      the numbers as shown erasures.json    what was erased on request
  audit.jsonl      the audit trail      MANIFEST.sha256  the hash of every file
"""

_IDS = {
    EvidenceIds.TOKEN: "here from the hashes; who has the ids can make those again",
    EvidenceIds.CLEAR: "here from the ids",
}
_PERSONAL = {
    EvidenceIds.TOKEN: 'Customers are named by the SHA-256 of "salt:id". That is a pseudonym: '
    "who has a list of ids can\nfind each of them in it. Treat the rows as personal data.",
    EvidenceIds.CLEAR: "Customers are named by their ids, in clear. The rows are personal data.",
}


def missing_parts(folder: Path) -> tuple[str, ...]:
    """What a whole campaign would have and this pack, unpacked in a folder, has not, and why."""
    return tuple(_missing(folder))


def _missing(folder: Path) -> Iterator[str]:
    if not (folder / "variants.jsonl").stat().st_size:
        yield "messages, approvals and sources: the mailing was made elsewhere"
    if not (folder / "readout.json").exists():
        yield "conclusion, numbers and figures: no outcomes could be read"
    if not json.loads((folder / "result.json").read_text(encoding="utf-8"))["decisions"]:
        yield "a decision on the result: nobody has recorded one"


def evidence_readme(
    campaign: str,
    built: tuple[str, str],
    verifier: str,
    wish: EvidenceWish,
    missing: Sequence[str],
) -> str:
    """The text of README.txt; `built` is when and by whom, `missing` what is not in the pack."""
    return _TEXT.format(
        campaign=campaign,
        built_at=built[0],
        by=built[1],
        verifier=verifier,
        ids=_IDS[wish.ids],
        outcomes="from the rows" if wish.with_outcomes else "from sums by group and segment",
        personal=_PERSONAL[wish.ids],
        missing="\n".join(f"- {part}" for part in missing) or "Nothing is missing.",
    )
