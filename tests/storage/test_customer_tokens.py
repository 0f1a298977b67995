"""A customer in the audit trail is a random token, and what it stands for can be destroyed."""

import re
from pathlib import Path

import pytest

from core.storage import customer_tokens
from core.storage.customer_tokens import Named
from core.storage.database import Database
from core.storage.recipients import who_is_left_out
from core.storage.suppression_tokens import Suppressed, holds, marks_of
from tests.storage import files

ANN, BOB = Named("Zq-Ann-0001", "mark of ann"), Named("Zq-Bob-0002", "mark of bob")


def test_a_token_is_chance_and_stays_the_same(database: Database) -> None:
    with database.begin() as tx:
        first = customer_tokens.tokens(tx, (ANN, BOB))
        again = customer_tokens.tokens(tx, (BOB, ANN))
        assert first == again
        assert customer_tokens.customer_of(tx, first[ANN.customer_id]) == ANN.customer_id
    assert set(first) == {ANN.customer_id, BOB.customer_id}
    assert all(re.fullmatch("customer-[0-9a-f]{32}", token) for token in first.values())


def test_a_forgotten_customer_has_no_token_and_never_gets_one_again(database: Database) -> None:
    with database.begin() as tx:
        token = customer_tokens.tokens(tx, (ANN, BOB))[ANN.customer_id]
        assert customer_tokens.forget(tx, ANN) == token
        assert customer_tokens.customer_of(tx, token) is None
        assert customer_tokens.token_of(tx, ANN.customer_id) is None
        assert set(customer_tokens.tokens(tx, (ANN, BOB))) == {BOB.customer_id}
        assert customer_tokens.forget(tx, ANN) is None


def test_more_customers_than_a_statement_takes_have_a_token_each(database: Database) -> None:
    many = [Named(f"C{n}", f"mark {n}") for n in range(2_345)]
    with database.begin() as tx:
        made = customer_tokens.tokens(tx, many)
        assert len(set(made.values())) == len(many)
        assert customer_tokens.tokens(tx, many) == made


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_nothing_of_a_forgotten_id_is_left_in_the_files(database: Database) -> None:
    folder = Path(database.place).parent

    def found() -> list[str]:
        files = sorted(folder.glob("state.db*"))
        return [f.name for f in files if ANN.customer_id.encode() in f.read_bytes()]

    with database.begin() as tx:
        customer_tokens.tokens(tx, (ANN, BOB))
    assert found()
    with database.begin() as tx:
        customer_tokens.forget(tx, ANN)
    database.compact(())
    assert found() == []
    with database.read() as tx:
        assert customer_tokens.token_of(tx, BOB.customer_id) is not None


def test_who_is_left_out_is_known_by_id_and_by_the_mark_of_the_list(tmp_path: Path) -> None:
    assigned = tmp_path / "a.parquet"
    query = "SELECT 'C' || i AS customer_id, 'friendly' AS arm FROM range(10) AS t(i)"
    assigned.write_bytes(files.parquet(query, str(tmp_path)))
    marks = marks_of(("c2 ", "C7", "C99"), "secret")
    assert marks_of(("C2",), "secret") == marks[:1]
    assert marks_of(("C2",), "another secret") != marks[:1]
    gone = who_is_left_out(assigned, Suppressed("secret", marks))
    assert gone == (Named("C2", marks[0]), Named("C7", marks[1]))
    assert who_is_left_out(assigned, Suppressed("secret")) == ()
    assert holds(assigned, "C2")
    assert not holds(assigned, "C99")
