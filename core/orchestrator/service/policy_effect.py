"""The policy a workspace begins with, and what adopting another one does to work under way."""

from dataclasses import dataclass

from core.models.messages import Variant, VariantState
from core.models.policy import PolicyVersion
from core.orchestrator.policy import Policy, file_hashes, texts_sha256
from core.orchestrator.service.approvers import ApproverRules, people_of
from core.orchestrator.service.context import SYSTEM, Context
from core.orchestrator.service.sealing import seal_of
from core.storage import policies, reviews, variants
from core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class Effect:
    """What adopting would do: messages whose approval is void, and those to be checked again."""

    approvals: tuple[Variant, ...]
    waiting: tuple[Variant, ...]


def begin_policy(context: Context) -> None:
    """Give a workspace that has none the policy of its files, as version 1."""
    with context.read() as connection:
        if policies.newest(connection) is not None:
            return
    texts = context.settings.file_policy.texts
    with context.write(SYSTEM) as write:
        if policies.newest(write.connection) is None:
            made = PolicyVersion(
                number=1,
                sha256=texts_sha256(texts),
                texts=texts,
                at=write.at,
                adopted_by=SYSTEM.name,
                why="The files in config/ when this workspace began to keep its policy.",
                files=file_hashes(texts),
            )
            policies.add_version(write.connection, made)
            write.record("begin policy", "policy 1", sha256=made.sha256)


def effect_of(context: Context, connection: Connection, wanted: Policy) -> Effect:
    """What adopting this policy would do to the approvals that hold, and to what waits."""
    now = context.policy(connection)
    sealed_anew = wanted.content_sha256 != now.content_sha256
    approved = variants.in_state(connection, {VariantState.APPROVED})
    waiting = variants.in_state(connection, {VariantState.NEEDS_REVIEW}) if sealed_anew else ()
    return Effect(
        tuple(
            v
            for v in approved
            if holds(context, connection, v)
            and (sealed_anew or _too_few(context, connection, v, wanted))
        ),
        waiting,
    )


def holds(context: Context, connection: Connection, variant: Variant) -> bool:
    """Whether an approval covers what is there now, under the policy in force."""
    given = reviews.approvals_of(connection, variant.variant_id, variant.revision)
    now = seal_of(context, connection, variant)
    enough = ApproverRules(context).needed(connection, variant).approvers
    fits = all(r.seal is not None and r.seal.changed_part(now) is None for r in given)
    return bool(given) and fits and len(people_of(given)) >= enough


def _too_few(context: Context, connection: Connection, variant: Variant, wanted: Policy) -> bool:
    given = reviews.approvals_of(connection, variant.variant_id, variant.revision)
    needed = wanted.approval.needed(ApproverRules(context).facts(connection, variant))
    return len(people_of(given)) < needed.approvers


def changed_files(context: Context) -> tuple[str, ...]:
    """The files in `config/` that changed since the policy in force was adopted, by name."""
    with context.read() as connection:
        policy = context.policy(connection)
        then = policies.version(connection, policy.number).files or {}
    on_disk = context.settings.file_policy.texts
    now, in_force = file_hashes(on_disk), file_hashes(policy.texts)
    return tuple(n for n, sha in now.items() if sha not in {then.get(n), in_force[n]})
