"""Versions, proposals and decisions about the content policy, on both databases."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import exc, text

from core.errors import MoveRefused, NotFound, StaleRevision
from core.models.policy import (
    PolicyDecision,
    PolicyProposal,
    PolicyTexts,
    PolicyVersion,
    ProposalState,
)
from core.storage import policies
from core.storage.database import Connection, Database
from tests.storage.nouns import NOON

TEXTS = PolicyTexts("hate: {block_at: 3}\n", "subject_max: 50\n", "approvers: 2\n")
FIRST = PolicyVersion(1, "a" * 64, TEXTS, NOON, "system", files={"brand_rules.yaml": "b" * 64})
ASKED = PolicyProposal("P1", 1, TEXTS, "c" * 64, "ann", verified=True, at=NOON, reason="Because")
SAID = PolicyDecision(
    "P1", adopted=True, by="bob", verified=False, at=NOON, reason="Agreed", version=2
)


@pytest.fixture
def filled(database: Database) -> Database:
    with database.begin() as tx:
        policies.add_version(tx, FIRST)
        policies.propose(tx, ASKED)
    return database


def test_without_a_version_there_is_none_in_force(database: Database) -> None:
    with database.read() as tx:
        assert policies.newest(tx) is None
        assert policies.proposals(tx) == ()


def test_what_is_kept_comes_back_as_it_was(filled: Database) -> None:
    with filled.begin() as tx:
        policies.decide(tx, SAID)
        policies.add_version(tx, replace(FIRST, number=2))
    with filled.read() as tx:
        assert policies.version(tx, 1) == FIRST
        assert [v.number for v in policies.versions(tx)] == [2, 1]
        mark = policies.newest(tx)
        assert mark is not None
        assert (mark.number, mark.sha256) == (2, "a" * 64)
        known = policies.proposal(tx, "P1")
    assert (known.proposal, known.decision) == (ASKED, SAID)
    assert known.state is ProposalState.ADOPTED


@pytest.mark.parametrize(
    ("adopted", "newer", "state"),
    [
        (None, False, ProposalState.OPEN),
        (None, True, ProposalState.STALE),
        (True, True, ProposalState.ADOPTED),
        (False, False, ProposalState.REJECTED),
        (False, True, ProposalState.REJECTED),
    ],
)
def test_where_a_proposal_stands(
    filled: Database, *, adopted: bool | None, newer: bool, state: ProposalState
) -> None:
    with filled.begin() as tx:
        if adopted is not None:
            policies.decide(tx, replace(SAID, adopted=adopted))
        if newer:
            policies.add_version(tx, replace(FIRST, number=2))
    with filled.read() as tx:
        assert policies.proposal(tx, "P1").state is state


def _decide_twice(tx: Connection) -> None:
    policies.decide(tx, SAID)
    policies.decide(tx, SAID)


@pytest.mark.parametrize(
    ("again", "refusal"),
    [
        (lambda tx: policies.add_version(tx, FIRST), StaleRevision),
        (lambda tx: policies.propose(tx, ASKED), MoveRefused),
        (_decide_twice, StaleRevision),
        (lambda tx: policies.version(tx, 7), NotFound),
        (lambda tx: policies.proposal(tx, "P7"), NotFound),
    ],
)
def test_nothing_is_taken_twice_and_what_is_missing_is_named(
    filled: Database, again: Callable[[Connection], object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal), filled.begin() as tx:
        again(tx)


@pytest.mark.parametrize("table", ["policy_versions", "policy_proposals", "policy_decisions"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET payload = '1'", "DELETE FROM {}"])
def test_no_row_is_ever_changed_or_removed(filled: Database, table: str, statement: str) -> None:
    with filled.begin() as tx:
        policies.decide(tx, SAID)
    with pytest.raises(exc.DatabaseError, match="append-only"), filled.begin() as tx:
        tx.execute(text(statement.format(table)))
