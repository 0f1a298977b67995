"""The evidence pack of a campaign: what somebody may ask to be in it, and what was built."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class EvidenceIds(StrEnum):
    """How customers are named in a pack.

    A token is the SHA-256 of `salt:id`, by whose order customers were dealt out: every group can
    be derived again from it, and that it belongs to an id can be checked by whoever has the id.
    In clear, the hash itself is made again too. A token is a pseudonym: it stays personal data.
    """

    TOKEN = "token"  # noqa: S105 - a name, not a password
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class EvidenceWish:
    """What a pack holds of customers: how they are named, and their own outcomes or sums only."""

    ids: EvidenceIds = EvidenceIds.TOKEN
    with_outcomes: bool = False


@dataclass(frozen=True, slots=True)
class EvidencePack:
    """A pack as it was built; the three hashes stand in the audit trail, to be compared with.

    `erased` customers were assigned and are in no row any more. `missing` says what a whole
    campaign has and the pack has not, and why.
    """

    path: Path
    sha256: str
    manifest_sha256: str
    verifier_sha256: str
    files: int
    rows: int
    erased: int
    missing: tuple[str, ...]
