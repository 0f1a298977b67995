"""The content policies of a workspace: versions, proposals and decisions, all of them kept."""

from sqlalchemy import Connection, insert, select

from core.errors import MoveRefused, NotFound, StaleRevision
from core.models.policy import (
    KnownProposal,
    PolicyDecision,
    PolicyMark,
    PolicyProposal,
    PolicyVersion,
    ProposalState,
)
from core.storage.codec import from_row, to_row
from core.storage.database import unless_taken
from core.storage.policy_schema import POLICY_DECISIONS as DECISIONS
from core.storage.policy_schema import POLICY_PROPOSALS as PROPOSALS
from core.storage.policy_schema import POLICY_VERSIONS as VERSIONS


def newest(tx: Connection) -> PolicyMark | None:
    """The version in force, without its texts; None while there is none."""
    wanted = select(VERSIONS.c.number, VERSIONS.c.sha256).order_by(VERSIONS.c.number.desc())
    row = tx.execute(wanted.limit(1)).one_or_none()
    return PolicyMark(row.number, row.sha256) if row else None


def version(tx: Connection, number: int) -> PolicyVersion:
    """One version.

    Raises:
        NotFound: there is none of this number.
    """
    wanted = select(VERSIONS).where(VERSIONS.c.number == number)
    row = tx.execute(wanted).mappings().one_or_none()
    if row is None:
        mark = newest(tx)
        hint = f"The newest is {mark.number}." if mark else ""
        raise NotFound("policy version", str(number), hint)
    return from_row(PolicyVersion, row)


def versions(tx: Connection) -> tuple[PolicyVersion, ...]:
    """Every version, newest first."""
    rows = tx.execute(select(VERSIONS).order_by(VERSIONS.c.number.desc())).mappings()
    return tuple(from_row(PolicyVersion, row) for row in rows)


def add_version(tx: Connection, made: PolicyVersion) -> None:
    """Put a version in force.

    Raises:
        StaleRevision: another one took its number.
    """
    with unless_taken(StaleRevision("the content policy")):
        tx.execute(insert(VERSIONS).values(to_row(made, VERSIONS)))


def propose(tx: Connection, made: PolicyProposal) -> None:
    """Keep a proposal.

    Raises:
        MoveRefused: its id is taken.
    """
    with unless_taken(MoveRefused(f"There is already a proposal '{made.proposal_id}'.")):
        tx.execute(insert(PROPOSALS).values(to_row(made, PROPOSALS)))


def decide(tx: Connection, made: PolicyDecision) -> None:
    """Keep a decision.

    Raises:
        StaleRevision: somebody decided about this proposal before.
    """
    with unless_taken(StaleRevision(f"the proposal '{made.proposal_id}'")):
        tx.execute(insert(DECISIONS).values(to_row(made, DECISIONS)))


def proposal(tx: Connection, proposal_id: str) -> KnownProposal:
    """One proposal and how it stands; raises NotFound."""
    found = next((p for p in proposals(tx) if p.proposal.proposal_id == proposal_id), None)
    if found is None:
        raise NotFound("proposal", proposal_id, "`policy history` lists those there are.")
    return found


def proposals(tx: Connection) -> tuple[KnownProposal, ...]:
    """Every proposal, newest first."""
    decided = {
        row["proposal_id"]: from_row(PolicyDecision, row)
        for row in tx.execute(select(DECISIONS)).mappings()
    }
    mark = newest(tx)
    now = mark.number if mark else 0
    rows = tx.execute(select(PROPOSALS).order_by(PROPOSALS.c.number.desc())).mappings()
    return tuple(
        _known(from_row(PolicyProposal, row), decided.get(row["proposal_id"]), now) for row in rows
    )


def _known(made: PolicyProposal, decision: PolicyDecision | None, now: int) -> KnownProposal:
    if decision is not None:
        state = ProposalState.ADOPTED if decision.adopted else ProposalState.REJECTED
    else:
        state = ProposalState.OPEN if made.base == now else ProposalState.STALE
    return KnownProposal(made, state, decision)
