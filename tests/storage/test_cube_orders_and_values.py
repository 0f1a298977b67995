import numpy as np
import pandas as pd
import pytest

from core.models.cube import CubeRequest
from core.models.experiment import AnalysisPlan, MetricSpec
from core.statistics.moments import merge_by
from core.statistics.quantile import wanted
from core.storage.cube import CubeTable
from core.storage.experiment_file import opened_file


def plan(*metrics, **changes):
    specs = tuple(MetricSpec.parse(m) for m in metrics)
    return AnalysisPlan(**{"arm": "arm", "control": "a", "metrics": specs} | changes)


def customers(n=3000):
    rng = np.random.default_rng(31)
    frame = pd.DataFrame(
        {
            "id": np.arange(n),
            "arm": rng.choice(["a", "b's"], n),
            "channel": rng.choice(np.array(["Web", "Phone", None]), n),
            "visit": rng.integers(0, 2, n),
            "spend": rng.lognormal(3, 1, n).round(2),
            "history": rng.gamma(2, 50, n),
        }
    )
    frame.loc[::50, "spend"] = None
    frame.loc[::70, "history"] = None
    return frame


@pytest.fixture(params=["csv", "parquet"])
def table(request, tmp_path):
    path = tmp_path / f"f.{request.param}"
    if request.param == "csv":
        customers().to_csv(path, index=False)
    else:
        customers().to_parquet(path)
    with opened_file(path, text_columns=["arm", "channel"]) as source:
        yield CubeTable(source)


@pytest.mark.parametrize("by", [None, "channel"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.95])
def test_order_statistics_are_numpys(table, by, share):
    asked = plan(f"spend@{share}:quantile", by=("channel",), winsorize=0.9)
    cube = table.cube(asked, CubeRequest(table.profile(asked), ("channel",)))
    ranks = wanted(cube, asked.primary, by)
    found = table.order_statistics(asked, asked.primary, by, ranks)
    frame = customers()
    frame["channel"] = frame.channel.fillna("(missing)")
    assert set(found) == set(ranks)
    assert len(found) == (2 if by is None else 6)
    for (value, arm), ordered in found.items():
        rows = frame[frame.arm == arm]
        rows = rows if by is None else rows[rows.channel == value]
        expected = np.sort(rows.spend.dropna().to_numpy())
        places = ranks[value, arm].places
        assert ranks[value, arm].n == len(expected)
        assert ordered == tuple(expected[place - 1] for place in places)
        assert ordered[1] == np.quantile(expected, share, method="inverted_cdf")


def test_the_values_to_shuffle_have_the_moments_of_the_cube(table):
    asked = plan("visit:proportion", "spend:mean", "r=spend/history:ratio", covariate="id")
    request = CubeRequest(table.profile(asked))
    found, cube = table.values(asked, request), table.cube(asked, request)
    for name, values in found.metrics.items():
        known = values[~np.isnan(values).any(axis=1)]
        (all_together,) = merge_by(cube.blocks[name], [0] * len(cube.arms)).values()
        assert len(values) == 3000
        assert len(known) == all_together.n
        assert known.mean(axis=0) == pytest.approx(all_together.mean, rel=1e-9)
        theirs = np.atleast_2d(np.cov(known.T)) * (len(known) - 1)
        assert np.array(all_together.scatter) == pytest.approx(theirs, rel=1e-7)


def test_units_are_shuffled_with_the_sums_of_their_rows(tmp_path):
    frame = customers()
    frame["store"] = np.where(frame.arm == "a", frame.id % 40, 40 + frame.id % 30)
    frame.to_parquet(tmp_path / "f.parquet")
    asked = plan("spend:mean", unit="store")
    with opened_file(tmp_path / "f.parquet") as source:
        table = CubeTable(source)
        request = CubeRequest(table.profile(asked), clustered=True)
        values = table.values(asked, request).metrics["spend"]
    theirs = frame.groupby("store").spend.agg(["sum", "count"])
    assert np.sort(values[:, 0]) == pytest.approx(np.sort(theirs["sum"]), rel=1e-9)
    assert np.sort(values[:, 1]) == pytest.approx(np.sort(theirs["count"]), rel=1e-9)
