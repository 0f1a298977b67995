"""How far customers came: the counts of DuckDB against those of pandas."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.models.experiment import AnalysisPlan, MetricSpec
from core.storage.experiment_file import opened_file
from core.storage.stages import StageTable


def plan(*stages, **changes):
    metrics = (MetricSpec.parse("visit:proportion"),)
    return AnalysisPlan(
        **{"arm": "arm", "control": "a", "metrics": metrics, "stages": stages} | changes
    )


def customers(n=900, seed=7):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"arm": rng.choice(["a", "b", "c"], n), "visit": rng.integers(0, 2, n)})
    frame["sent"] = (frame.arm != "a") & (rng.random(n) < 0.9)
    frame["delivered"] = rng.choice(np.array([0.0, 1.0, np.nan]), n)
    frame["matched"] = rng.integers(0, 2, n)
    frame.loc[::40, "arm"] = None
    return frame


@pytest.fixture
def counted(tmp_path):
    def count(frame, asked, *, kind="csv", **how):
        path = tmp_path / f"rows.{kind}"
        write = {
            "csv": lambda: frame.to_csv(path, index=False),
            "parquet": lambda: frame.to_parquet(path),
        }
        write[kind]()
        with opened_file(path) as source:
            return StageTable(source).stages(asked, **how)

    return count


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_counts_are_those_of_pandas(counted, kind):
    frame = customers()
    assigned, sent, delivered, matched = counted(
        frame, plan("sent", "delivered", "matched"), kind=kind
    )
    known = frame[frame.arm.notna()]
    by_arm = known.groupby("arm")
    assert assigned.reached == by_arm.size().to_dict()
    assert sent.reached == by_arm.sent.sum().to_dict()
    assert sent.before == assigned.reached
    of_sent = known[known.sent]
    expected = {"a": 0} | of_sent[of_sent.delivered == 1].groupby("arm").size().to_dict()
    assert delivered.reached == expected
    expected = {"a": 0} | of_sent[of_sent.delivered.notna()].groupby("arm").size().to_dict()
    assert delivered.before == expected
    expected = {"a": 0} | of_sent[of_sent.delivered.isna()].groupby("arm").size().to_dict()
    assert delivered.unknown == expected
    expected = known[~known.sent & (known.delivered == 1)].groupby("arm").size().to_dict()
    assert delivered.skipped == expected
    # Of everybody, whatever came before.
    assert (matched.reached, matched.before) == (by_arm.matched.sum().to_dict(), assigned.reached)


def test_rows_of_a_unit_count_once_and_units_of_several_arms_not_at_all(counted):
    frame = pd.DataFrame(
        [
            ("s1", "a", 0),
            ("s1", "a", 1),
            ("s2", "b", 0),
            ("s2", "b", 0),
            ("s3", "a", 1),
            ("s3", "b", 1),
        ],
        columns=["store", "arm", "sent"],
    )
    assigned, sent = counted(frame, plan("sent", unit="store"), clustered=True)
    assert (assigned.reached, sent.reached) == ({"a": 1, "b": 1}, {"a": 1, "b": 0})


@pytest.mark.parametrize(
    ("values", "reached"),
    [
        (["true", "false", "TRUE"], 2),
        (["1", "0", "1.0"], 2),
        (["1", "", "NaN"], 1),
    ],
)
def test_what_means_yes_and_no(counted, values, reached):
    frame = pd.DataFrame({"arm": ["a"] * 3, "sent": values})
    assert counted(frame, plan("sent"))[1].reached == {"a": reached}


@pytest.mark.parametrize(
    ("values", "said"),
    [(["1", "2", "0"], "holds '2'"), (["1", "yes", "0"], "holds 'yes'; a stage needs 0 and 1")],
)
def test_what_is_neither_is_refused(counted, values, said):
    with pytest.raises(BadInput, match=said):
        counted(pd.DataFrame({"arm": ["a"] * 3, "sent": values}), plan("sent"))


def test_a_stage_that_is_not_there_is_refused(counted):
    with pytest.raises(BadInput, match="no column 'opened'"):
        counted(customers(), plan("opened"))
