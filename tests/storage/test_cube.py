import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadInput, FileInvalid
from core.models.cube import CubeRequest
from core.models.experiment import AnalysisPlan, MetricSpec
from core.statistics.moments import merge_by
from core.storage.cube import CubeTable
from core.storage.cube_query import cube_query
from core.storage.experiment_file import opened_file, opened_select


def plan(*metrics, **changes):
    specs = tuple(MetricSpec.parse(m) for m in metrics or ("visit:proportion",))
    return AnalysisPlan(**{"arm": "arm", "control": "a", "metrics": specs} | changes)


def customers(n=600, seed=79):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "customer_id": [f"{i:05d}" for i in range(n)],
            "arm": rng.choice(["a", "b"], n),
            "channel": rng.choice(np.array(["Web", "Phone", None]), n),
            "visit": rng.integers(0, 2, n),
            "spend": np.where(rng.random(n) < 0.7, 0.0, rng.lognormal(3, 1, n)),
            "orders": rng.poisson(2, n) + 1.0,
            "history": rng.gamma(2, 50, n),
        }
    )
    frame.loc[::50, "spend"] = None
    frame.loc[::70, "history"] = None
    return frame


@pytest.fixture(params=["csv", "csv.gz", "parquet", "select"])
def table(request, tmp_path):
    path = tmp_path / f"a [1] file.{request.param}"
    if request.param in {"parquet", "select"}:
        customers().to_parquet(path)
    else:
        customers().to_csv(path, index=False)
    if request.param == "select":
        plain = path.rename(tmp_path / "rows.parquet")
        with opened_select(f"FROM read_parquet('{plain}')") as source:
            yield CubeTable(source)
    else:
        with opened_file(path, text_columns=["arm", "channel", "customer_id"]) as source:
            yield CubeTable(source)


def cube_of(table, asked, **how):
    return table.cube(asked, CubeRequest(table.profile(asked), **how))


def test_every_way_in_gives_what_pandas_gives(table):
    asked = plan(
        "visit:proportion",
        "spend:mean",
        "aov=spend/orders:ratio",
        covariate="history",
        by=("channel",),
    )
    cube = cube_of(table, asked, by=("channel",), folds=5)
    frame = customers()
    history = frame.history.fillna(frame.history.mean())
    assert cube.counts() == frame.arm.value_counts().to_dict()
    assert set(cube.slices["channel"]) == {"Web", "Phone", "(missing)"}
    assert set(cube.folds) == set(range(5))
    for name, columns in {
        "visit": [frame.visit],
        "spend": [frame.spend, history],
        "aov": [frame.spend, frame.orders],
    }.items():
        for arm, ours in merge_by(cube.blocks[name], cube.arms).items():
            rows = pd.concat(columns, axis=1)[(frame.arm == arm) & columns[0].notna()]
            assert ours.n == len(rows)
            assert ours.mean == pytest.approx(rows.mean().to_list(), rel=1e-9)
            theirs = rows.cov().to_numpy() * (len(rows) - 1)
            assert np.array(ours.scatter) == pytest.approx(theirs, rel=1e-9)


def test_large_offsets_lose_no_digits(tmp_path):
    rng = np.random.default_rng(83)
    noise = rng.integers(-2000, 2000, 5000) / 1024  # exact in a double beside 1e9
    frame = pd.DataFrame(
        {"arm": np.resize(["a", "b"], 5000), "spend": noise + 1e9, "before": noise * 2 - 1e9}
    )
    frame.to_parquet(tmp_path / "f.parquet")
    with opened_file(tmp_path / "f.parquet") as source:
        cube = cube_of(CubeTable(source), plan("spend:mean", covariate="before"))
    ours = merge_by(cube.blocks["spend"], cube.arms)["a"]
    assert ours.covariance() == pytest.approx(noise[::2].var(ddof=1), rel=1e-9)
    assert ours.covariance(0, 1) == pytest.approx(2 * noise[::2].var(ddof=1), rel=1e-9)


def test_a_cap_is_one_quantile_over_all_arms_and_over_buyers_where_most_have_none(table):
    frame = customers()
    one = table.profile(plan("spend:mean", winsorize=0.9)).columns["spend"]
    assert one.cap == pytest.approx(frame.spend.quantile(0.9), rel=1e-9)
    assert one.capped == (frame.spend > one.cap).sum()
    rare = table.profile(plan("spend:mean", winsorize=0.5)).columns["spend"]
    assert rare.cap == pytest.approx(frame.spend[frame.spend > 0].quantile(0.5), rel=1e-9)
    asked = plan("spend:mean", winsorize=0.9)
    block = cube_of(table, asked).blocks["spend"]
    assert merge_by(block, [0] * len(block.n))[0].mean[0] == pytest.approx(
        frame.spend.dropna().clip(upper=one.cap).mean(), rel=1e-9
    )


def test_rows_of_a_unit_are_summed_and_units_in_two_arms_left_out(tmp_path):
    rng = np.random.default_rng(89)
    frame = pd.DataFrame(
        {
            "store": rng.integers(0, 80, 900),
            "week": rng.integers(1, 5, 900),
            "spend": rng.random(900),
            "before": rng.random(900),
            "orders": rng.poisson(2, 900) + 1,
        }
    )
    frame["arm"] = np.where(frame.store % 2, "b", "a")
    frame.loc[0, "arm"] = "b" if frame.arm[0] == "a" else "a"
    frame.loc[5, "spend"] = None
    frame.to_csv(tmp_path / "f.csv", index=False)
    asked = plan("spend:mean", "r=spend/orders:ratio", unit="store", covariate="before")
    with opened_file(tmp_path / "f.csv", text_columns=["store", "arm"]) as source:
        table = CubeTable(source)
        repeats = table.repeats("store", asked)
        cube = cube_of(table, asked, clustered=True)
    kept = frame[frame.store != frame.store[0]]
    assert (repeats.rows, repeats.distinct, repeats.crossing) == (900, frame.store.nunique(), 1)
    assert cube.counts() == kept.groupby("arm").store.nunique().to_dict()
    known = kept[kept.spend.notna()].assign(rows=1.0)
    sums = known.groupby(["arm", "store"])[["spend", "rows", "before", "orders"]].sum()
    for name, columns in {"spend": ["spend", "rows", "before"], "r": ["spend", "orders"]}.items():
        ours = merge_by(cube.blocks[name], cube.arms)["a"]
        theirs = sums.loc["a"][columns]
        assert ours.mean == pytest.approx(theirs.mean().to_list(), rel=1e-9)
        assert ours.covariance(0, 1) == pytest.approx(theirs.cov().iloc[0, 1], rel=1e-9)


@pytest.mark.parametrize(
    ("values", "days"),
    [
        (["2025-01-02", "2025-01-01 23:00"], ["2025-01-01", "2025-01-02"]),
        ([4, 3], ["3", "4"]),
    ],
)
def test_days_are_dates_or_numbers(tmp_path, values, days):
    frame = pd.DataFrame({"arm": ["a", "b"] * 2, "visit": 1, "day": np.resize(values, 4)})
    frame.to_csv(tmp_path / "f.csv", index=False)
    with opened_file(tmp_path / "f.csv") as source:
        cube = cube_of(CubeTable(source), plan(time="day"))
    assert sorted({str(day) for day in cube.days}) == days


@pytest.mark.parametrize(
    "values", [["true", "false"], ["True", "FALSE"], ["1", "0"], ["1.0", " 0 "], [1.0, 0.0]]
)
def test_true_and_false_may_be_written_in_many_ways(tmp_path, values):
    pd.DataFrame({"arm": ["a", "b"], "visit": values}).to_parquet(tmp_path / "f.parquet")
    with opened_file(tmp_path / "f.parquet") as source:
        cube = cube_of(CubeTable(source), plan())
    assert cube.blocks["visit"].mean.ravel().tolist() == [1.0, 0.0]


def test_nan_is_missing(tmp_path):
    (tmp_path / "f.csv").write_text("arm,spend\na,1\na,nan\nb,2\nb,\n")
    with opened_file(tmp_path / "f.csv") as source:
        assert CubeTable(source).profile(plan("spend:mean")).columns["spend"].missing == 2


@pytest.mark.parametrize(("value", "known"), [("2e0", 2), ("'nan'::DOUBLE", 1)])
def test_only_a_column_with_missing_values_is_asked_for_nan(value, known):
    rows = f"VALUES ('a', 1e0), ('a', {value}), ('b', 5e0), (NULL, 'nan'::DOUBLE)"
    asked = plan("spend:mean")
    with opened_select(f"FROM ({rows}) AS v(arm, spend)") as source:
        request = CubeRequest(CubeTable(source).profile(asked))
        query = cube_query(asked, request, source.types, (source.table, source.row_number))
        cube = CubeTable(source).cube(asked, request)
    assert ("isnan" in query.text) == (known == 1)
    assert cube.blocks["spend"].n.tolist() == [known, 1]
    assert cube.blocks["spend"].mean.ravel().tolist() == [(1 + 2) / 2 if known == 2 else 1, 5]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text("ab\"'; .-%é", min_size=1, max_size=6).filter(lambda t: t.strip() and t != "visit"))
def test_any_column_name_is_quoted(tmp_path, name):
    pd.DataFrame({name: ["a", "b"], "visit": [0, 1]}).to_parquet(tmp_path / "f.parquet")
    with opened_file(tmp_path / "f.parquet") as source:
        assert cube_of(CubeTable(source), plan(arm=name)).counts() == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("none.csv", None, "no such file"),
        ("empty.csv", b"", "empty"),
        ("header.csv", b"arm,visit\n", "no rows"),
        ("latin.csv", "arm,visit\né,1\n".encode("latin-1"), "UTF-8"),
        ("junk.parquet", b"not a parquet file", "no table"),
        ("cut.parquet", b"PAR1 and then nothing", "no table"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(tmp_path, name, content, problem):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(FileInvalid, match=problem), opened_file(tmp_path / name):
        pass


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FileInvalid, match="folder"), opened_file(tmp_path):
        pass


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (plan(arm="amr"), r"no column 'amr' \(--arm\). Did you mean 'arm'\? The columns are"),
        (plan("vist:mean"), "metric vist"),
        (plan(by=("nothing",)), "--by"),
        (plan("spend:proportion"), "0 and 1"),
        (plan("channel:mean"), "'(Web|Phone)', which is not a number"),
        (plan("day:mean"), "not numbers"),
        (plan("huge:mean"), "infinite"),
        (plan("large:mean"), "nearer to 1"),
        (plan(arm="customer_id"), "different values"),
        (plan(time="channel"), "no date"),
        (plan(time="flag"), "not days"),
        (plan(arm="nobody"), "No row has a value"),
    ],
)
def test_a_column_that_is_not_what_the_plan_says_is_refused(tmp_path, asked, problem):
    frame = customers().assign(
        day=pd.Timestamp("2025-01-01"), huge=np.inf, flag=True, nobody=None, large=1e99
    )
    frame["nobody"] = frame.nobody.astype("string")
    frame.to_parquet(tmp_path / "f.parquet")
    with opened_file(tmp_path / "f.parquet") as source, pytest.raises(BadInput, match=problem):
        CubeTable(source).profile(asked)


def test_ids_of_millions_of_rows_are_counted_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("core.storage.cube.ROWS_AT_ONCE", 100)
    frame = customers()
    pd.concat([frame, frame[:30]]).to_parquet(tmp_path / "f.parquet")
    with opened_file(tmp_path / "f.parquet") as source:
        found = CubeTable(source).repeats("customer_id", plan())
    assert (found.rows, found.distinct, found.extra_rows, found.repeating) == (630, 600, 30, 30)
