"""The content policy as data of a workspace: texts, versions, and proposals to change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class PolicyTexts:
    """The three files of a policy, as YAML, comments included."""

    thresholds: str
    brand: str
    approval: str


@dataclass(frozen=True, slots=True)
class PolicyMark:
    """Which version is in force, and the hash of its texts."""

    number: int
    sha256: str


class ProposalState(StrEnum):
    """Where a proposal stands; `stale` means that the policy in force is no longer its base."""

    OPEN = "open"
    STALE = "stale"
    ADOPTED = "adopted"
    REJECTED = "turned down"


@dataclass(frozen=True, slots=True)
class PolicyProposal:
    """A change of the policy that somebody asks for, held against the version they looked at."""

    proposal_id: str
    base: int
    texts: PolicyTexts
    sha256: str
    by: str
    verified: bool
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """What a second person decided about a proposal; `version` is what it became, if adopted."""

    proposal_id: str
    adopted: bool
    by: str
    verified: bool
    at: datetime
    reason: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy that is or was in force, since when, and who answers for it.

    The first one is that of the files, and nobody proposed it. `files` holds the SHA-256 of each
    file in `config/` at that moment, by name, so that a later change there is noticed.
    """

    number: int
    sha256: str
    texts: PolicyTexts
    at: datetime
    adopted_by: str
    proposed_by: str = ""
    proposal_id: str = ""
    why: str = ""
    reason: str = ""
    files: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class KnownProposal:
    """A proposal with how it stands."""

    proposal: PolicyProposal
    state: ProposalState
    decision: PolicyDecision | None = None


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One key that a change of the policy touches: its value before and after, in YAML's words."""

    file: str
    key: str
    before: object
    after: object
