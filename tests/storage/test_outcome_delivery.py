"""Outcomes that say how a message travelled, and rows of customers who are not in the test."""

from datetime import date

import pytest

from core.errors import BadInput, FileInvalid
from core.models.stages import DELIVERY, OutcomeRows
from core.storage.duck import copy_parquet, session
from core.storage.experiment_file import opened_select
from core.storage.outcome_rows import RowsAsked, outcome_rows
from core.storage.outcome_table import (
    OutcomesRequest,
    delivery_of,
    experiment_select,
    metrics_of,
    read_outcomes,
    store_outcomes,
)

HEADER = "customer_id,visit,sent,delivered,sent_on,outcome_on\n"
GOOD = (
    f"{HEADER}C1,1,1,1,2026-03-01,2026-03-02\nC2,0,TRUE,false,2026-03-01T23:30:00+02:00,\n"
    "C3,1,0,0,,2026-03-05 08:00\n"
)


@pytest.fixture
def assignments(tmp_path):
    path = tmp_path / "assignments.parquet"
    with session() as connection:
        copy_parquet(
            connection,
            "SELECT 'C' || i AS customer_id, 's' AS segment_id, 'S' AS segment, "
            "CASE WHEN i < 3 THEN 'mail' ELSE 'none' END AS arm, "
            "CASE WHEN i < 3 THEN 'v1' END AS variant_id FROM range(1, 9) AS r(i)",
            path,
        )
    return path


@pytest.fixture
def take(tmp_path, assignments):
    def read(content, **choices):
        path = tmp_path / "outcomes.csv"
        path.write_text(content)
        return read_outcomes(
            path, OutcomesRequest(assignments, "Spring", **choices), tmp_path / "staging"
        )

    return read


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "kept.parquet"


def stored(path):
    with session() as connection:
        relation = connection.execute(f"FROM read_parquet('{path}')")
        names = [column[0] for column in relation.description or ()]
        return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]


def test_delivery_is_kept_in_its_own_types_and_is_no_metric(take, kept):
    store_outcomes(take(GOOD), kept)
    assert stored(kept)[:2] == [
        {
            "customer_id": "C1", "visit": 1.0, "sent": True, "delivered": True,
            "sent_on": date(2026, 3, 1), "outcome_on": date(2026, 3, 2),
        },
        {
            "customer_id": "C2", "visit": 0.0, "sent": True, "delivered": False,
            "sent_on": date(2026, 3, 1), "outcome_on": None,
        },
    ]  # fmt: skip
    assert (metrics_of(kept), delivery_of(kept)) == (("visit",), DELIVERY)


def test_columns_of_delivery_can_be_mapped(take, kept):
    content = "who,came,gone\nC1,1,1\nC2,0,0\n"
    staged = take(content, columns={"customer_id": "who", "visit": "came", "sent": "gone"})
    store_outcomes(staged, kept)
    assert (staged.metrics, delivery_of(kept)) == (("visit",), ("sent",))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("C2,0,0,1,,", "line 3: the message was delivered but not sent"),
        ("C2,0,2,0,,", "line 3: '2' in sent is not 0 or 1"),
        ("C2,0,yes,0,,", "line 3: 'yes' in sent is not 0 or 1"),
        ("C2,0,1,,,", "line 3: there is no value for delivered; write 0 where it was not"),
        ("C2,0,1,1,01/03/2026,", "line 3: '01/03/2026' in sent_on is not a date such as"),
        ("C2,0,1,1,2026-02-30,", "line 3: '2026-02-30' in sent_on is not a date"),
        ("C2,0,1,1,2026-03-01,soon", "line 3: 'soon' in outcome_on is not a date"),
    ],
)
def test_what_contradicts_itself_or_cannot_be_read_is_refused_with_the_line(take, row, said):
    with pytest.raises(FileInvalid, match=said):
        take(f"{HEADER}C1,1,1,1,2026-03-01,\n{row}\n")


def test_delivery_alone_is_no_outcome(take):
    with pytest.raises(FileInvalid, match="no metric beside the customer"):
        take("customer_id,sent\nC1,1\n")


def test_the_same_file_twice_is_the_same_as_once(take, kept):
    first, before = store_outcomes(take(GOOD), kept), kept.read_bytes()
    again = store_outcomes(take(GOOD), kept)
    assert (first.repeated, again.repeated, again.sha256) == (False, True, first.sha256)
    assert kept.read_bytes() == before


def test_a_later_file_completes_what_was_not_known(take, kept):
    store_outcomes(take("customer_id,visit\nC1,1\nC2,0\n"), kept)
    more = store_outcomes(take("customer_id,visit,sent\nC2,0,1\nC4,1,0\n"), kept)
    assert (more.rows, more.added, more.completed, more.repeated) == (3, 1, 1, False)
    assert [row["sent"] for row in stored(kept)] == [None, True, False]
    again = store_outcomes(take("customer_id,visit\nC1,1\nC4,1\n"), kept)
    assert (again.repeated, [row["sent"] for row in stored(kept)]) == (True, [None, True, False])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("C1,1,0,0,2026-03-01,2026-03-02", "sent of the customer 'C1' is 0, but 1 is already"),
        ("C1,1,1,1,2026-03-04,2026-03-02", "sent_on of the customer 'C1' is 2026-03-04, but 2026"),
    ],
)
def test_what_is_known_is_never_replaced(take, kept, row, said):
    store_outcomes(take(GOOD), kept)
    before = kept.read_bytes()
    with pytest.raises(FileInvalid, match=f"line 2: {said}"):
        store_outcomes(take(f"{HEADER}{row}\n"), kept)
    assert kept.read_bytes() == before


def test_strangers_are_refused_with_their_number_and_the_first_of_them(take):
    content = "customer_id,visit\nC1,1\nX7,1\nC2,0\nX8,0\nC3,1\n"
    with pytest.raises(FileInvalid) as refused:
        take(content)
    said = str(refused.value)
    for part in ("line 3: the customer 'X7' was not part of 'Spring'", "2 of 5 rows", "leave such"):
        assert part in said


def test_strangers_are_left_out_where_that_is_chosen(take, kept):
    # A value that is no number, and an id that comes twice, do not matter in a row left out.
    staged = take("customer_id,visit\nC1,1\nX7,often\nC2,0\nX7,0\n", leave_out_others=True)
    assert (staged.rows, staged.others) == (2, 2)
    store_outcomes(staged, kept)
    assert [row["customer_id"] for row in stored(kept)] == ["C1", "C2"]


def test_mostly_strangers_are_refused_even_then(take):
    content = "customer_id,visit\nC1,1\nX7,1\nX8,0\n"
    with pytest.raises(FileInvalid, match=r"2 of 3 rows.*probably the file of another campaign"):
        take(content, leave_out_others=True)


@pytest.fixture
def select(assignments, kept, tmp_path):
    dataset = tmp_path / "dataset.parquet"
    with session() as connection:
        copy_parquet(connection, "SELECT 'C1' AS customer_id, 3 AS tenure, 1 AS sent_on", dataset)

    def made(stages=(), covariates=()):
        return experiment_select(assignments, kept, dataset, covariates, stages=stages)

    return made


def test_the_experiment_shows_delivery_and_the_stages_asked_for(take, kept, select):
    store_outcomes(take(GOOD), kept)
    with session() as connection:
        query = f"{select(('exported', 'sent', 'matched'))} ORDER BY ALL"
        rows = connection.execute(query).fetchall()
    # Customer, arm, segment, visit; sent, delivered, sent_on, outcome_on; exported, matched.
    assert rows[0][4:] == (True, True, date(2026, 3, 1), date(2026, 3, 2), True, True)
    assert rows[2][4:] == (False, False, None, date(2026, 3, 5), False, True)
    assert rows[3][3:] == (0.0, None, None, None, None, False, False)
    with pytest.raises(BadInput, match="sent_on cannot be a covariate"):
        select(covariates=["sent_on"])


def rows_of(select, **asked):
    with opened_select(select(("matched",))) as source:
        return outcome_rows(source, RowsAsked(("visit",), **asked))


def test_rows_before_the_send_are_counted_from_the_best_day_known(take, kept, select):
    # C1 early by its own day, C3 by the first day of all, as it has none of its own.
    late = GOOD.replace("2026-03-01,2026-03-02", "2026-03-04,2026-03-02")
    store_outcomes(take(late.replace("2026-03-05", "2026-02-27")), kept)
    assert rows_of(select, exported_on=date(2026, 1, 1), others=4) == OutcomeRows(
        customers=8, rows=3, idle=1, others=4, dated=2, early=2
    )


@pytest.mark.parametrize(
    ("exported", "dated", "early"),
    [(None, 0, 0), (date(2026, 3, 3), 2, 1), (date(2026, 3, 2), 2, 0)],
)
def test_without_days_of_the_send_the_export_is_its_day(take, kept, select, exported, dated, early):
    store_outcomes(
        take("customer_id,visit,outcome_on\nC1,1,2026-03-02\nC2,0,\nC3,1,2026-03-05\n"), kept
    )
    found = rows_of(select, exported_on=exported)
    assert (found.dated, found.early, found.idle) == (dated, early, 1)
    assert not found.lists_the_active


def test_a_file_of_those_who_did_something_is_known_by_having_no_other_row(take, kept, select):
    store_outcomes(take("customer_id,visit,spend\nC1,1,0\nC2,0,3\n"), kept)
    with opened_select(select(("matched",))) as source:
        found = outcome_rows(source, RowsAsked(("visit", "spend")))
    assert (found.missing, found.idle, found.lists_the_active) == (6, 0, True)
