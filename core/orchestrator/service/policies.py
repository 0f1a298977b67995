"""The content policy: proposed by one person, adopted by another, every version kept."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import BadInput, MoveRefused, NotAllowed, StaleRevision
from core.models.messages import Variant
from core.models.people import Person
from core.models.policy import (
    KnownProposal,
    PolicyDecision,
    PolicyProposal,
    PolicyTexts,
    PolicyVersion,
    ProposalState,
)
from core.orchestrator.policy import (
    FILES,
    Policy,
    changes,
    file_hashes,
    policy_of,
    with_files,
)
from core.orchestrator.service.approvals import Approvals
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.people import present
from core.orchestrator.service.policy_effect import Effect, changed_files, effect_of
from core.orchestrator.service.what_if import WhatIfs
from core.storage import policies
from core.workflow import Permission, require

# Handed on: pages and commands work with them.
__all__ = ["FILES", "Adopted", "Effect", "Policies", "Policy", "changes"]

logger = logging.getLogger(__name__)

_REASON_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Adopted:
    """The version now in force, and the approvals it voided."""

    version: PolicyVersion
    voided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy in force, those before it, and what is proposed."""

    context: Context
    approvals: Approvals
    what_if: WhatIfs

    def in_force(self) -> Policy:
        """What everything is checked by at this moment."""
        return self.context.policy()

    def history(self) -> tuple[PolicyVersion, ...]:
        """Every version there was, newest first; the first of them is in force."""
        with self.context.read() as connection:
            return policies.versions(connection)

    def proposals(self) -> tuple[KnownProposal, ...]:
        """Everything that was proposed, newest first."""
        with self.context.read() as connection:
            return policies.proposals(connection)

    def proposal(self, proposal_id: str) -> KnownProposal:
        """One proposal; raises NotFound."""
        with self.context.read() as connection:
            return policies.proposal(connection, proposal_id)

    def checked(self, texts: PolicyTexts) -> Policy:
        """The policy these texts say, by the same rules as the files.

        Raises:
            ConfigInvalid: names the file, the line and the key that is wrong.
        """
        return policy_of(texts, self.context.settings.beside_policy)

    def with_files(self, files: dict[str, str]) -> PolicyTexts:
        """The texts in force with these files, by name, in place of those of the same kind.

        Raises:
            BadInput: one is no file of a policy, or two are the same one.
        """
        return with_files(self.in_force().texts, files)

    def changed_files(self) -> tuple[str, ...]:
        """The files in `config/` that changed since the policy in force was adopted, by name.

        What is adopted stays in force; a file that says the same again is not named.
        """
        return changed_files(self.context)

    def effect(self, texts: PolicyTexts) -> Effect:
        """Which approvals adopting these texts would void, and how much waits to be checked anew.

        Raises:
            ConfigInvalid: the texts are no policy.
        """
        wanted = self.checked(texts)
        with self.context.read() as connection:
            return effect_of(self.context, connection, wanted)

    def propose(self, texts: PolicyTexts, *, base: int, reason: str, by: Person) -> KnownProposal:
        """Ask for a change; nothing is different until somebody else adopts it.

        Args:
            texts: the policy as it should be.
            base: the number of the version that the person looked at.
            reason: why, for whoever is to adopt it.
            by: who answers for it by name.

        Raises:
            NotAllowed: the person may not propose, or is nobody of this workspace.
            BadInput: the texts are no policy, or the one in force; or there is no reason.
            StaleRevision: another version is in force by now.
        """
        require(by, Permission.PROPOSE_POLICY)
        wanted = self.checked(texts)
        why = _given(reason, "Say why the policy should change, for whoever is to adopt it.")
        with self.context.write(by) as write:
            require(present(write.connection, by), Permission.PROPOSE_POLICY)
            now = self.context.policy(write.connection)
            if now.number != base:
                raise _overtaken("the content policy", now)
            if wanted.sha256 == now.sha256:
                raise BadInput("This is the policy in force, word for word; nothing was proposed.")
            made = PolicyProposal(
                proposal_id=f"P{len(policies.proposals(write.connection)) + 1}",
                base=base,
                texts=texts,
                sha256=wanted.sha256,
                by=by.name,
                verified=by.verified,
                at=write.at,
                reason=why,
            )
            policies.propose(write.connection, made)
            write.record("propose policy", made.proposal_id, **_told(now, made), reason=why)
        logger.info("a change of the content policy was proposed")
        return KnownProposal(made, ProposalState.OPEN)

    def adopt(self, proposal_id: str, *, reason: str, by: Person) -> Adopted:
        """Put a proposal in force, from the next check on; approvals under the old one are void.

        Raises:
            NotAllowed: the person may not, or proposed it.
            MoveRefused: somebody decided about it before.
            BadInput: no reason is given.
            StaleRevision: the policy in force is no longer the one it was made for.
        """
        why = _given(reason, "Say why this policy is right; it stands in the audit trail.")
        with self._deciding(by) as write:
            made = _open(write, proposal_id)
            now = self.context.policy(write.connection)
            if now.number != made.base:
                raise _overtaken(f"the content policy that {proposal_id} was made for", now)
            _refuse_own(write, made)
            effect = effect_of(self.context, write.connection, self.checked(made.texts))
            version = _put_in_force(self.context, write, made, why)
            write.record(
                "adopt policy",
                f"policy {version.number}",
                **_told(now, made),
                proposal=proposal_id,
                proposed_by=made.by,
                reason=why,
                voids=len(effect.approvals),
            )
        voided = self._void(effect.approvals)
        logger.info("policy %d is in force, voided %d approvals", version.number, len(voided))
        return Adopted(version, voided)

    def reject(self, proposal_id: str, *, reason: str, by: Person) -> KnownProposal:
        """Turn a proposal down, also one that the policy has overtaken.

        Raises:
            NotAllowed: the person may not, or proposed it.
            MoveRefused: somebody decided about it before.
            BadInput: no reason is given.
        """
        why = _given(reason, "Say why it is turned down, for whoever proposed it.")
        with self._deciding(by) as write:
            made = _open(write, proposal_id)
            _refuse_own(write, made)
            said = _decision(write, made, why, version=None)
            policies.decide(write.connection, said)
            now = self.context.policy(write.connection)
            write.record(
                "turn down policy",
                proposal_id,
                **_told(now, made),
                proposed_by=made.by,
                reason=why,
            )
        return KnownProposal(made, ProposalState.REJECTED, said)

    @contextmanager
    def _deciding(self, by: Person) -> Iterator[Write]:
        """A transaction of somebody who may adopt, by what they may at this moment."""
        require(by, Permission.ADOPT_POLICY)
        with self.context.write(by) as write:
            require(present(write.connection, by), Permission.ADOPT_POLICY)
            yield write

    def _void(self, approvals: tuple[Variant, ...]) -> tuple[str, ...]:
        """Void what the seal no longer covers; it holds nothing meanwhile, whatever its state."""
        campaigns = dict.fromkeys(v.campaign_id for v in approvals)
        return tuple(v for name in campaigns for v in self.approvals.void_broken(name))


def _open(write: Write, proposal_id: str) -> PolicyProposal:
    known = policies.proposal(write.connection, proposal_id)
    if known.decision is not None:
        raise MoveRefused(
            f"{known.decision.by} decided about {proposal_id} before: it is {known.state}. "
            "Nothing was recorded."
        )
    return known.proposal


def _refuse_own(write: Write, made: PolicyProposal) -> None:
    if present(write.connection, write.by).among({made.by}):
        raise NotAllowed(
            f"{write.by.name} proposed {made.proposal_id}; a second person has to decide about it."
        )


def _put_in_force(context: Context, write: Write, made: PolicyProposal, why: str) -> PolicyVersion:
    version = PolicyVersion(
        number=made.base + 1,
        sha256=made.sha256,
        texts=made.texts,
        at=write.at,
        adopted_by=write.by.name,
        proposed_by=made.by,
        proposal_id=made.proposal_id,
        why=made.reason,
        reason=why,
        files=file_hashes(context.settings.file_policy.texts),
    )
    policies.decide(write.connection, _decision(write, made, why, version=version.number))
    policies.add_version(write.connection, version)
    return version


def _decision(
    write: Write, made: PolicyProposal, why: str, *, version: int | None
) -> PolicyDecision:
    return PolicyDecision(
        proposal_id=made.proposal_id,
        adopted=version is not None,
        by=write.by.name,
        verified=write.by.verified,
        at=write.at,
        reason=why,
        version=version,
    )


def _overtaken(thing: str, now: Policy) -> StaleRevision:
    return StaleRevision(
        thing, advice=f"version {now.number} is in force now, so propose the change anew"
    )


def _told(now: Policy, made: PolicyProposal) -> dict[str, object]:
    """What the audit trail says of a change: hashes, and every key with before and after."""
    return {
        "base": made.base,
        "before": now.sha256,
        "after": made.sha256,
        "changes": {
            f"{c.file} {c.key}": {"from": c.before, "to": c.after}
            for c in changes(now.texts, made.texts)
        },
    }


def _given(reason: str, otherwise: str) -> str:
    reason = reason.strip()
    if not reason:
        raise BadInput(otherwise)
    if len(reason) > _REASON_MAX:
        raise BadInput(f"A reason has at most {_REASON_MAX:,} characters.")
    return reason
