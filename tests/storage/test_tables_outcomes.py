"""Outcomes: refused with the line, merged once, simulated the same way every time."""

import duckdb
import pytest

from core.errors import BadInput, FileInvalid, NotFound
from core.storage.duck import copy_parquet, session
from core.storage.outcome_table import (
    OutcomesRequest,
    experiment_select,
    metrics_of,
    read_outcomes,
    store_outcomes,
)
from core.storage.simulation import Simulation, simulate_outcomes

GOOD = "customer_id,visit,spend\nC1,1,9.5\nC2,0,0\n"
SIMULATION = Simulation({"s0": 0.2, "s1": 0.1}, lift=0.5, control="none", seed=7)


@pytest.fixture
def assignments(tmp_path):
    path = tmp_path / "assignments.parquet"
    with session() as connection:
        copy_parquet(
            connection,
            "SELECT 'C' || i AS customer_id, 's' || i % 2 AS segment_id, 'S' || i % 2 AS segment, "
            "CASE WHEN i % 4 < 2 THEN 'none' ELSE 'mail' END AS arm, CAST(NULL AS VARCHAR) AS "
            "variant_id FROM range(20000) AS r(i) ORDER BY customer_id",
            path,
        )
    return path


@pytest.fixture
def take(tmp_path, assignments):
    def read(content, columns=None):
        path = tmp_path / "outcomes.csv"
        path.write_text(content)
        request = OutcomesRequest(assignments, "Spring", columns)
        return read_outcomes(path, request, tmp_path / "staging")

    return read


def rows(query, *values):
    connection = duckdb.connect()
    found = connection.execute(query, list(values)).fetchall()
    connection.close()
    return found


def stored(path):
    return rows("FROM read_parquet($1)", str(path))


def test_the_same_file_twice_is_the_same_as_once(take, tmp_path):
    path = tmp_path / "kept.parquet"
    first = store_outcomes(take(GOOD), path)
    assert (first.rows, first.added, first.repeated) == (2, 2, False)
    again = store_outcomes(take("customer_id,spend,visit\nC2,0.0,0\nC1,9.50,1\n"), path)
    assert (again.rows, again.added, again.repeated) == (2, 0, True)
    assert again.sha256 == first.sha256
    assert stored(path) == [("C1", 1.0, 9.5), ("C2", 0.0, 0.0)]
    assert not any((tmp_path / "staging").iterdir())


def test_the_content_hash_does_not_depend_on_the_order_of_the_rows(take):
    other = "customer_id,visit,spend\nC2,0,0\nC1,1,9.5\n"
    assert take(GOOD).sha256 == take(other).sha256 != take(GOOD.replace("9.5", "9")).sha256


def test_other_customers_are_added(take, tmp_path):
    path = tmp_path / "kept.parquet"
    store_outcomes(take(GOOD), path)
    more = store_outcomes(take("customer_id,visit,spend\nC2,0,0\nC0,1,-3.25\n"), path)
    assert (more.rows, more.added) == (3, 1)
    assert [row[0] for row in stored(path)] == ["C0", "C1", "C2"]
    assert metrics_of(path) == ("visit", "spend")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("customer_id,visit,spend\nC3,1,1\nC1,1,8\n", "line 3: spend of the customer 'C1' is 8, b"),
        ("customer_id,visit\nC3,1\n", "those kept so far are visit, spend"),
    ],
)
def test_what_contradicts_the_kept_outcomes_changes_nothing(take, tmp_path, content, said):
    path = tmp_path / "kept.parquet"
    store_outcomes(take(GOOD), path)
    before = path.read_bytes()
    with pytest.raises(FileInvalid, match=said):
        store_outcomes(take(content), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("customer_id,visit\n", "no rows"),
        ("id,visit\nC1,1\n", "no column customer_id; it has: id, visit"),
        ("customer_id\nC1\n", "no metric"),
        ("customer_id,arm\nC1,a\n", "the column arm cannot be a metric"),
        ("customer_id,visit\nC1,1\nX,1\n", "line 3: the customer 'X' was not part of 'Spring'"),
        ("customer_id,visit\nC1,1\n,1\n", "line 3: there is no customer id"),
        ("customer_id,visit\nC1,1\nC2,0\nC1,1\n", "line 4: the customer 'C1' is already on line 2"),
        ("customer_id,visit\nC1,1\nC2,often\n", "line 3: 'often' in visit is not a number"),
        ("customer_id,visit\nC1,1\nC2,inf\n", "line 3: 'inf' in visit is not a number"),
        ("customer_id,visit\nC1,1\nC2,nan\n", "line 3: 'nan' in visit is not a number"),
        ("customer_id,visit\nC1,1\nC2,-1\n", "line 3: '-1' in visit is not a number"),
        ("customer_id,visit\nC1,1\nC2,\n", "line 3: there is no value for visit; write 0"),
        ("customer_id,visit\nC1,1\nC2,1,1\n", "line 3: this row cannot be read"),
    ],
)
def test_a_file_that_is_not_right_is_refused_with_the_line(take, tmp_path, content, said):
    with pytest.raises(FileInvalid, match=said):
        take(content)
    assert list((tmp_path / "staging").iterdir()) == []


def test_columns_can_be_mapped(take, tmp_path):
    content = "Who,When,Came\nC1,monday,1\nC2,tuesday,0\n"
    staged = take(content, {"customer_id": "Who", "visit": "Came"})
    assert staged.metrics == ("visit",)
    with pytest.raises(FileInvalid, match="no column 'Went'"):
        take(content, {"customer_id": "Who", "visit": "Went"})


def test_the_experiment_counts_the_silent_as_zero(take, assignments, tmp_path):
    path, dataset = tmp_path / "kept.parquet", tmp_path / "dataset.parquet"
    store_outcomes(take(GOOD), path)
    with session() as connection:
        ids = "SELECT 'C' || i AS customer_id, 3 AS tenure, 1 AS spend FROM range(20000) AS r(i)"
        copy_parquet(connection, ids, dataset)
    query = experiment_select(assignments, path, dataset, ["tenure"])
    found = rows(f"{query} ORDER BY visit DESC, spend DESC LIMIT 2")
    assert found[0] == ("C1", "none", "S1", 1.0, 9.5, 3)
    assert found[1][3:] == (0.0, 0.0, 3)
    everybody = rows(query)
    assert (len(everybody), sum(row[4] for row in everybody)) == (20000, 9.5)
    with pytest.raises(NotFound, match="no covariate 'age'"):
        experiment_select(assignments, path, dataset, ["age"])
    with pytest.raises(BadInput, match="spend cannot be a covariate"):
        experiment_select(assignments, path, dataset, ["spend"])


def test_a_rehearsal_is_plausible_and_repeats(assignments, tmp_path):
    path = tmp_path / "simulated.parquet"
    first = simulate_outcomes(assignments, SIMULATION, path)
    summary = rows(
        "SELECT segment_id, arm, avg(visit) FROM read_parquet($1) JOIN read_parquet($2) "
        "USING (customer_id) GROUP BY ALL ORDER BY ALL",
        str(path),
        str(assignments),
    )
    shares = [share for _, _, share in summary]
    assert shares == pytest.approx([0.3, 0.2, 0.15, 0.1], abs=0.025)
    buyers = rows(
        "SELECT sum(conversion) / sum(visit), avg(spend) FILTER (conversion = 1), "
        "count(*) FILTER ((spend > 0) <> (conversion = 1)), "
        "count(*) FILTER (conversion > visit) FROM read_parquet($1)",
        str(path),
    )[0]
    assert buyers[0] == pytest.approx(0.06, abs=0.015)
    assert buyers[1] == pytest.approx(110, rel=0.2)
    assert buyers[2:] == (0, 0)
    assert simulate_outcomes(assignments, SIMULATION, path) == first
    other = Simulation({"s0": 0.2, "s1": 0.1}, lift=0.5, control="none", seed=8)
    assert simulate_outcomes(assignments, other, path) != first


@pytest.mark.parametrize(
    ("simulation", "said"),
    [
        (Simulation({"s0": 1.2, "s1": 0.1}, 0.1, "none", 1), "between 0 and 1"),
        (Simulation({"s0": 0.2, "s1": 0.1}, -1.5, "none", 1), "at least -1"),
        (Simulation({"s0": 0.2}, 0.1, "none", 1), "no baseline for the segment 's1'"),
    ],
)
def test_a_rehearsal_without_sense_is_refused(assignments, tmp_path, simulation, said):
    with pytest.raises(BadInput, match=said):
        simulate_outcomes(assignments, simulation, tmp_path / "simulated.parquet")
