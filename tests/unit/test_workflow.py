"""The two tables of the product: who may, and what may follow what."""

import itertools

import pytest

from core.errors import MoveRefused, NotAllowed
from core.models.campaign import CampaignState as C
from core.models.messages import VariantState as V
from core.models.people import Person, Role
from core.workflow import (
    MOVES,
    PERMISSIONS,
    Permission,
    Step,
    allowed,
    campaign_state,
    moved,
    require,
)


@pytest.mark.parametrize(("role", "permission"), list(itertools.product(Role, Permission)))
def test_a_role_may_exactly_what_the_table_says(role, permission):
    person = Person("p", frozenset({role}))
    assert allowed(person, permission) is (role in PERMISSIONS[permission])
    if role in PERMISSIONS[permission]:
        require(person, permission)
    else:
        with pytest.raises(NotAllowed, match=f"may not {permission}"):
            require(person, permission)


def test_every_permission_and_every_step_has_a_row():
    assert set(PERMISSIONS) == set(Permission)
    assert set(MOVES) == set(Step)


def test_nobody_may_decide_by_being_admin_or_marketer():
    assert PERMISSIONS[Permission.REVIEW] == {Role.APPROVER}


@pytest.mark.parametrize(("state", "step"), list(itertools.product(V, Step)))
def test_a_step_from_another_state_is_refused_in_words(state, step):
    if state in MOVES[step].sources:
        assert moved(state, step) is MOVES[step].target
    else:
        with pytest.raises(MoveRefused, match=f"cannot {step}"):
            moved(state, step)


def test_only_a_screened_message_reaches_the_queue_and_only_the_queue_is_approved():
    assert MOVES[Step.QUEUE].sources == {V.SCREENING}
    assert MOVES[Step.APPROVE].sources == {V.NEEDS_REVIEW}
    assert {m.step for m in MOVES.values() if m.target is V.APPROVED} == {Step.APPROVE}


def test_only_what_is_approved_is_exported_and_nothing_leaves_that_state():
    assert MOVES[Step.EXPORT].sources == {V.APPROVED, V.EXPORTED}
    leaving = {m.step for m in MOVES.values() if V.EXPORTED in m.sources}
    assert leaving == {Step.EXPORT}


@pytest.mark.parametrize(
    ("stored", "variants", "state"),
    [
        (C.DRAFT, [], C.DRAFT),
        (C.DRAFT, [V.DRAFT, V.BLOCKED], C.DRAFT),
        (C.DRAFT, [V.DRAFT, V.NEEDS_REVIEW], C.IN_REVIEW),
        (C.DRAFT, [V.APPROVED, V.NEEDS_REVIEW], C.IN_REVIEW),
        (C.DRAFT, [V.APPROVED, V.RETIRED], C.APPROVED),
        (C.DRAFT, [V.RETIRED], C.DRAFT),
        (C.DRAFT, [V.APPROVED, V.VOID], C.IN_REVIEW),
        (C.EXPORTED, [V.EXPORTED], C.EXPORTED),
        (C.FINISHED, [], C.FINISHED),
        (C.STOPPED, [V.APPROVED], C.STOPPED),
    ],
)
def test_a_campaign_stands_where_its_messages_put_it(stored, variants, state):
    assert campaign_state(stored, variants) is state
