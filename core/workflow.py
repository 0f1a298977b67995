"""Which state of a variant may follow which, who may ask for what, and where a campaign stands."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from core.errors import MoveRefused, NotAllowed
from core.models.campaign import CampaignState
from core.models.messages import VariantState as V
from core.models.people import Person, Role


class Permission(StrEnum):
    """Everything somebody may be allowed to do; reading is open to every known person."""

    IMPORT_CUSTOMERS = "import customers"
    LOOK_UP = "look up a customer"
    REVEAL = "see who a customer is"
    SEGMENT = "make segments"
    EDIT_LIBRARY = "change the library"
    RELEASE_CONTENT = "release a document from quarantine"
    WRITE = "write and generate messages"
    REVIEW = "decide about messages"
    DISCUSS = "comment and suggest edits"
    PREPARE_SEND = "prepare a send"
    EXPORT = "export a send"
    IMPORT_OUTCOMES = "import outcomes"
    DECIDE = "record a decision on results"
    BUILD_EVIDENCE = "build an evidence pack"
    MANAGE_PEOPLE = "manage people"
    CHANGE_SETTINGS = "change the settings"
    PROPOSE_POLICY = "propose a change of the content policy"
    ADOPT_POLICY = "adopt or turn down a content policy"


_MARKETER, _APPROVER, _ANALYST, _ADMIN = (
    Role.MARKETER,
    Role.APPROVER,
    Role.ANALYST,
    Role.ADMIN,
)

PERMISSIONS: dict[Permission, frozenset[Role]] = {
    Permission.IMPORT_CUSTOMERS: frozenset({_MARKETER, _ADMIN}),
    Permission.LOOK_UP: frozenset(Role),
    # Who may bring customers in has seen their data, and answers customers who ask.
    Permission.REVEAL: frozenset({_MARKETER, _ADMIN}),
    Permission.SEGMENT: frozenset({_MARKETER, _ANALYST, _ADMIN}),
    Permission.EDIT_LIBRARY: frozenset({_MARKETER, _ADMIN}),
    Permission.RELEASE_CONTENT: frozenset({_APPROVER, _ADMIN}),
    Permission.WRITE: frozenset({_MARKETER, _ADMIN}),
    Permission.REVIEW: frozenset({_APPROVER}),
    Permission.DISCUSS: frozenset(Role),
    Permission.PREPARE_SEND: frozenset({_MARKETER, _ANALYST, _ADMIN}),
    Permission.EXPORT: frozenset({_MARKETER, _ADMIN}),
    Permission.IMPORT_OUTCOMES: frozenset({_MARKETER, _ANALYST, _ADMIN}),
    Permission.DECIDE: frozenset({_MARKETER, _ANALYST, _ADMIN}),
    Permission.BUILD_EVIDENCE: frozenset({_MARKETER, _ANALYST, _ADMIN}),
    Permission.MANAGE_PEOPLE: frozenset({_ADMIN}),
    Permission.CHANGE_SETTINGS: frozenset({_ADMIN}),
    Permission.PROPOSE_POLICY: frozenset({_ADMIN}),
    Permission.ADOPT_POLICY: frozenset({_APPROVER, _ADMIN}),
}


def allowed(person: Person, permission: Permission) -> bool:
    """Whether one of the person's roles carries the permission."""
    return person.holds(*PERMISSIONS[permission])


def require(person: Person, permission: Permission) -> None:
    """Nothing, when the person may.

    Raises:
        NotAllowed: none of the person's roles carries the permission.
    """
    if not allowed(person, permission):
        holders = " or ".join(sorted(PERMISSIONS[permission]))
        mine = "who left" if person.removed else ", ".join(sorted(person.roles)) or "no role"
        raise NotAllowed(
            f"{person.name} ({mine}) may not {permission}; ask somebody who is {holders}."
        )


class Step(StrEnum):
    """What can happen to a variant."""

    SCREEN = "screen"
    FAIL = "fail"
    BLOCK = "block"
    QUEUE = "send for review"
    REWRITE = "rewrite"
    APPROVE = "approve"
    REQUEST_CHANGES = "request changes to"
    REJECT = "reject"
    REOPEN = "take back the decision about"
    VOID = "void"
    EXPIRE = "expire"
    EXPORT = "export"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table of moves; `by` is None for what the product does by itself."""

    step: Step
    sources: frozenset[V]
    target: V
    by: Permission | None = None


_OPEN = frozenset({V.DRAFT, V.FAILED, V.BLOCKED, V.NEEDS_REVIEW, V.CHANGES_REQUESTED})
_REWRITABLE = _OPEN | {V.SCREENING, V.REJECTED, V.APPROVED, V.VOID, V.EXPIRED}
_REVIEWABLE = frozenset({V.NEEDS_REVIEW})
_DECIDED = frozenset({V.APPROVED, V.CHANGES_REQUESTED, V.REJECTED})
# A crash leaves a variant in `screening`; a voided or expired one may be checked again unchanged,
# and so may one in review when the policy changed since.
_SCREENABLE = frozenset({V.DRAFT, V.SCREENING, V.BLOCKED, V.NEEDS_REVIEW, V.VOID, V.EXPIRED})

MOVES: dict[Step, Move] = {
    move.step: move
    for move in (
        Move(Step.SCREEN, _SCREENABLE, V.SCREENING),
        Move(Step.FAIL, frozenset({V.DRAFT, V.SCREENING}), V.FAILED),
        Move(Step.BLOCK, frozenset({V.SCREENING}), V.BLOCKED),
        Move(Step.QUEUE, frozenset({V.SCREENING}), V.NEEDS_REVIEW),
        Move(Step.REWRITE, _REWRITABLE, V.DRAFT, Permission.WRITE),
        Move(Step.APPROVE, _REVIEWABLE, V.APPROVED, Permission.REVIEW),
        Move(Step.REQUEST_CHANGES, _REVIEWABLE, V.CHANGES_REQUESTED, Permission.REVIEW),
        Move(Step.REJECT, _REVIEWABLE, V.REJECTED, Permission.REVIEW),
        Move(Step.REOPEN, _DECIDED, V.NEEDS_REVIEW, Permission.REVIEW),
        Move(Step.VOID, frozenset({V.APPROVED}), V.VOID),
        Move(Step.EXPIRE, frozenset({V.NEEDS_REVIEW, V.APPROVED}), V.EXPIRED),
        Move(Step.EXPORT, frozenset({V.APPROVED, V.EXPORTED}), V.EXPORTED, Permission.EXPORT),
        Move(Step.RETIRE, _REWRITABLE, V.RETIRED, Permission.WRITE),
    )
}


def moved(state: V, step: Step) -> V:
    """The state after the step.

    Raises:
        MoveRefused: the step is not possible from this state.
    """
    move = MOVES[step]
    if state not in move.sources:
        wanted = " or ".join(sorted(s.replace("_", " ") for s in move.sources))
        raise MoveRefused(
            f"You cannot {step} a message that is {state.replace('_', ' ')}; "
            f"it must be {wanted} first."
        )
    return move.target


_IN_REVIEW = frozenset({V.NEEDS_REVIEW, V.CHANGES_REQUESTED, V.APPROVED, V.REJECTED, V.VOID})
_LATER = frozenset(
    {
        CampaignState.EXPORTED,
        CampaignState.FINISHED,
        CampaignState.STOPPED,
        CampaignState.ARCHIVED,
    }
)


def campaign_state(stored: CampaignState, variants: Collection[V]) -> CampaignState:
    """Where a campaign stands, given the states of its variants.

    From `exported` on only a recorded step changes it; before, its variants say where it is.
    Retired variants do not count.
    """
    live = [v for v in variants if v is not V.RETIRED]
    if stored in _LATER:
        return stored
    if live and all(v is V.APPROVED for v in live):
        return CampaignState.APPROVED
    if any(v in _IN_REVIEW for v in live):
        return CampaignState.IN_REVIEW
    return CampaignState.DRAFT
