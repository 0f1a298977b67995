"""Who may be assigned at all, and that anybody can recompute who was."""

import hashlib
import math
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from core.errors import Refused
from core.models.customers import Column, ColumnKind, ColumnRole
from core.models.send import ArmPlan, Excluded
from core.statistics.assignment import uniform
from core.storage import eligible
from core.storage.assignment_table import AssignmentPlan, assign, preview
from core.storage.eligible import GLOBAL_HOLDOUT, Cap, Held, Rules

NAMES = {"big": "Big", "rest": "The rest"}
ARMS = (ArmPlan("None", 0.2, None), ArmPlan("a", 0.5, "urgent"), ArmPlan("b", 0.3, "friendly"))
VARIANTS = {(s, t): f"{s}-{t}" for s in NAMES for t in ("urgent", "friendly")}
IDS = [f"C{i}" for i in range(600)]
WILLING = {i: "no" if n % 7 == 0 else None if n % 11 == 0 else "yes" for n, i in enumerate(IDS)}


def written(path, **columns):
    duckdb.from_df(pd.DataFrame(columns)).write_parquet(str(path))
    return path


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("eligible")
    segments = ["big" if n % 3 else "rest" for n in range(len(IDS))]
    return (
        written(folder / "s.parquet", customer_id=IDS, segment_id=segments),
        written(folder / "d.parquet", customer_id=IDS, ok=list(WILLING.values())),
    )


def two(tables) -> tuple[Path, Path]:
    return tables[0], tables[1]


@pytest.fixture
def other_test(tmp_path):
    """Another test of these customers: `other_test("in the running test 'X'", ids)`."""

    def make(reason, ids):
        path = tmp_path / f"{hashlib.sha256(reason.encode()).hexdigest()}.parquet"
        arms = ["None" if n % 2 else "a" for n in range(len(ids))]
        return Held(reason, written(path, customer_id=ids, arm=arms))

    return make


@pytest.mark.parametrize("customer", ["C1", "", "Zoë", "中文", "a'b", "0" * 300])
def test_the_number_of_a_customer_is_the_same_in_sql_and_in_python(customer):
    query = f"SELECT {eligible.uniform(GLOBAL_HOLDOUT, '$1')}"
    (found,) = duckdb.execute(query, [customer]).fetchall()
    assert found == (uniform("global holdout", customer),)


def test_the_global_holdout_is_recomputed_from_the_ids_alone(tables):
    found = preview(*two(tables), NAMES, Rules("ok", global_holdout=0.15))
    willing = [i for i in IDS if WILLING[i] == "yes"]
    digest = {i: hashlib.sha256(f"global holdout:{i}".encode()).hexdigest() for i in willing}
    outside = [i for i in willing if int(digest[i][:13], 16) / 2**52 < 0.15]
    assert 0.1 < len(outside) / len(willing) < 0.2
    assert found.excluded[-1] == Excluded("global holdout", len(outside))
    assert sum(found.eligible.values()) == len(willing) - len(outside)


def test_a_larger_holdout_keeps_everybody_who_was_held_out(tables):
    small = {i for i in IDS if uniform(GLOBAL_HOLDOUT, i) < 0.05}
    assert small < {i for i in IDS if uniform(GLOBAL_HOLDOUT, i) < 0.10}


def test_every_customer_is_left_out_for_one_reason_only(tables, other_test):
    first, second = other_test("first", IDS[:200]), other_test("second", IDS[100:400])
    found = preview(*two(tables), NAMES, Rules("ok", 0.1, (first, second)))
    assert [e.reason for e in found.excluded] == [
        "no permission", "permission unknown", "global holdout", "first", "second",
    ]  # fmt: skip
    assert sum(e.customers for e in found.excluded) + sum(found.eligible.values()) == len(IDS)
    free = [i for i in IDS if WILLING[i] == "yes" and uniform(GLOBAL_HOLDOUT, i) >= 0.1]
    counts = {e.reason: e.customers for e in found.excluded}
    assert counts["first"] == len(set(free) & set(IDS[:200]))
    assert counts["second"] == len(set(free) & set(IDS[200:400]))


def test_the_not_contacted_of_another_test_are_held_too(tables, other_test, tmp_path):
    held = other_test("in the running test 'X' until 6 December 2026", IDS[:300])
    plan = AssignmentPlan(ARMS, "salt", NAMES, VARIANTS, "ok", held=(held,))
    assign(*two(tables), plan, tmp_path / "assignments.parquet")
    found = duckdb.read_parquet(str(tmp_path / "assignments.parquet")).fetchall()
    assert {row[0] for row in found} == {i for i in IDS[300:] if WILLING[i] == "yes"}


@pytest.fixture
def mailings(tmp_path):
    """Three mailings: everybody got the first, those in its second half not contacted."""
    paths = []
    for number, (first, last) in enumerate([(0, 600), (0, 300), (150, 450)]):
        ids = IDS[first:last]
        sent = [None if number == 0 and i >= 300 else "v" for i in range(len(ids))]
        path = tmp_path / f"mailing-{number}.parquet"
        paths.append(written(path, customer_id=ids, arm=["a"] * len(ids), variant_id=sent))
    return tuple(paths)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_who_got_as_many_messages_as_allowed_gets_no_more(tables, mailings, most):
    cap = Cap("at the limit", most, mailings)
    found = preview(*two(tables), NAMES, Rules("ok", cap=cap))
    got = dict.fromkeys(IDS, 0)
    for first, last in ((0, 300), (0, 300), (150, 450)):
        got |= {i: got[i] + 1 for i in IDS[first:last]}
    full = [i for i in IDS if WILLING[i] == "yes" and got[i] >= most]
    assert full
    assert found.excluded[-1] == Excluded("at the limit", len(full))
    willing = sum(said == "yes" for said in WILLING.values())
    assert sum(found.eligible.values()) == willing - len(full)


def test_a_limit_without_mailings_leaves_nobody_out_and_a_running_test_comes_first(
    tables, mailings, other_test
):
    willing = sum(said == "yes" for said in WILLING.values())
    free = preview(*two(tables), NAMES, Rules("ok", cap=Cap("at the limit", 1, ())))
    assert sum(free.eligible.values()) == willing
    held, cap = other_test("in a test", IDS[:200]), Cap("at the limit", 1, mailings)
    both = preview(*two(tables), NAMES, Rules("ok", held=(held,), cap=cap))
    counts = {e.reason: e.customers for e in both.excluded}
    assert counts["in a test"] == sum(WILLING[i] == "yes" for i in IDS[:200])
    assert counts["at the limit"] == sum(WILLING[i] == "yes" for i in IDS[200:450])


def test_when_nobody_is_left_the_test_that_holds_them_is_named(tables, other_test, tmp_path):
    held = other_test("in the running test 'X' until 6 December 2026", IDS)
    plan = AssignmentPlan(ARMS, "salt", NAMES, VARIANTS, "ok", held=(held,))
    willing = sum(said == "yes" for said in WILLING.values())
    with pytest.raises(Refused, match=f"{willing} customers: in the running test 'X' until 6 Dec"):
        assign(*two(tables), plan, tmp_path / "assignments.parquet")
    assert not (tmp_path / "assignments.parquet").exists()


def test_anybody_recomputes_a_stratified_assignment_with_plain_python(tables, tmp_path):
    """SHA-256 of `salt:id`, order, cut at the largest remainders; nothing of ours is used."""
    plan = AssignmentPlan(ARMS, "a key", NAMES, VARIANTS, "ok", global_holdout=0.1)
    assign(*two(tables), plan, tmp_path / "assignments.parquet")
    expected: dict[str, str] = {}
    for segment in NAMES:
        ids = [
            i
            for n, i in enumerate(IDS)
            if ("big" if n % 3 else "rest") == segment
            and WILLING[i] == "yes"
            and int(sha(f"global holdout:{i}")[:13], 16) / 2**52 >= 0.1
        ]
        ids.sort(key=lambda i: (sha(f"a key:{i}"), i))
        shares = {"None": 0.2, "a": 0.5, "b": 0.3}
        whole = {arm: math.floor(round(len(ids) * w, 9)) for arm, w in shares.items()}
        rest = {arm: round(len(ids) * w - whole[arm], 9) for arm, w in shares.items()}
        order = sorted(shares, key=lambda arm: (-rest[arm], sha(f"a key:{segment}:{arm}")))
        for arm in order[: len(ids) - sum(whole.values())]:
            whole[arm] += 1
        slots = [arm for arm in shares for _ in range(whole[arm])]
        expected |= dict(zip(ids, slots, strict=True))
    rows = duckdb.read_parquet(str(tmp_path / "assignments.parquet")).fetchall()
    assert {row[0]: row[3] for row in rows} == expected


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_only_those_of_whom_the_audience_is_true_take_part(tmp_path):
    """A missing value is unknown, so such a customer is outside; each counts for one reason."""
    ids = [f"C{n}" for n in range(12)]
    tiers = ["Gold"] * 4 + ["Silver"] * 5 + [None] * 3
    willing = ["no", *["yes"] * 11]
    paths = (
        written(tmp_path / "s.parquet", customer_id=ids, segment_id=["big"] * 12),
        written(tmp_path / "d.parquet", customer_id=ids, ok=willing, tier=tiers),
    )
    columns = (Column("tier", ColumnRole.ATTRIBUTE, ColumnKind.TEXT),)
    rules = Rules("ok", audience="tier = 'Gold'", columns=columns)
    found = preview(*paths, ["big"], rules)
    assert found.eligible == {"big": 3}
    assert found.excluded == (
        Excluded("no permission", 1),
        Excluded("outside the campaign's audience", 8),
    )
