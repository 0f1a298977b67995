"""The sums of traits in a table are those of its rows."""

import numpy as np
import pandas as pd
import pytest

from core.models.customers import Column, ColumnKind, ColumnRole
from core.statistics.association import associations, slope
from core.storage.duck import parquet
from core.storage.trait_sums import trait_sums

N = 1200


def column(name, kind, distinct=2):
    return Column(name, ColumnRole.ATTRIBUTE, kind, distinct=distinct)


COLUMNS = (
    column("spend", ColumnKind.NUMBER, N),
    column("new", ColumnKind.YES_NO),
    column('a "b"', ColumnKind.TEXT, 3),
    column("joined", ColumnKind.DATE, 400),
    column("city", ColumnKind.TEXT, N),
    column("one", ColumnKind.TEXT, 1),
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("traits"), np.random.default_rng(5)
    spend = rng.gamma(1.0, 100, N)
    spend[:20] = np.nan
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{i:05}" for i in range(N)],
            "spend": spend,
            "new": rng.choice(["yes", "no"], N),
            'a "b"': rng.choice(["x", "y's", "z"], N, p=[0.5, 0.3, 0.2]),
            "joined": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, N), "D"),
            "city": [f"city {i}" for i in range(N)],
            "one": "same",
            "arm": rng.choice(["a", "b"], N),
            "visit": (rng.random(N) < 0.2).astype(int),
        }
    )
    frame.drop(columns=["arm", "visit"]).to_parquet(folder / "dataset.parquet")
    frame[["customer_id", "arm", "visit"]][: N - 5].to_parquet(folder / "rows.parquet")
    return folder, frame[: N - 5]


@pytest.fixture(scope="module")
def found(tables):
    folder, _ = tables
    select = f"FROM {parquet(folder / 'rows.parquet')}"
    return trait_sums(select, folder / "dataset.parquet", COLUMNS, "visit")


def test_every_trait_is_named_and_what_is_none_says_why(found):
    names = [facts.name for facts in found.facts]
    assert names == ["spend", "new", 'a "b": z', 'a "b": y\'s', 'a "b": x', "joined"]
    assert found.left_out == (
        "city: more than 12 different texts",
        "one: the same for everybody",
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("spend", lambda f: f["spend"]),
        ("new", lambda f: (f["new"] == "yes").astype(float)),
        ('a "b": y\'s', lambda f: (f['a "b"'] == "y's").astype(float)),
        ("joined", lambda f: (f["joined"] - pd.Timestamp("2020-01-01")).dt.days.astype(float)),
    ],
)
def test_the_slope_is_that_of_the_rows(tables, found, name, values):
    frame = tables[1].assign(x=values(tables[1])).dropna(subset="x")
    u = frame["x"] - frame.groupby("arm")["x"].transform("mean")
    v = frame["visit"] - frame.groupby("arm")["visit"].transform("mean")
    facts = next(each for each in found.facts if each.name == name)
    told = slope(facts)
    assert facts.n == len(frame)
    assert told.slope == pytest.approx((u @ v) / (u @ u), rel=1e-9)
    left = ((u * (v - told.slope * u)) ** 2).sum()
    error = (len(frame) / (len(frame) - 3) * left) ** 0.5 / (u @ u)
    assert told.standard_error == pytest.approx(error, rel=1e-9)


def test_the_same_rows_give_the_same_digits(tables, found):
    folder, _ = tables
    select = f"FROM {parquet(folder / 'rows.parquet')} ORDER BY random()"
    again = trait_sums(select, folder / "dataset.parquet", COLUMNS, "visit")
    assert associations(again.facts, 0.05) == associations(found.facts, 0.05)
