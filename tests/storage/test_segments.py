"""Segments from files: RFM against pandas, clusters on hostile tables, confidence and drift."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from core.agents.segment_quality import SegmentQualityAgent
from core.agents.segmentation import SegmentationAgent
from core.clusters.encoding import encoded
from core.clusters.kmeans import placed
from core.clusters.resampling import adjusted_rand
from core.errors import BadInput, NotFound
from core.models.customers import Column, ColumnKind, ColumnRole, SegmentationMethod, SegmentRule
from core.models.segmentation import SegmentationRequest
from core.rules.rfm import CELLS, RfmConfig, cells_of, cut_anew, rfm_model, rfm_rules
from core.statistics.population_stability import population_stability
from core.storage import segment_drift, segment_facts, segment_profile
from core.storage.segment_export import members_csv
from core.storage.segment_table import member, write_placed, write_segments
from core.storage.tables import ParquetCustomers

CDNOW = Path(__file__).parents[3] / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"
KINDS = {"i": ColumnKind.NUMBER, "u": ColumnKind.NUMBER, "f": ColumnKind.NUMBER}
KMEANS = SegmentationMethod.KMEANS


def table(frame, folder, name="customers", private=()):
    """A customer table of a frame; `private` columns are personal."""
    frame = frame.copy()
    if "customer_id" not in frame:
        frame.insert(0, "customer_id", [f"C{i:05d}" for i in range(len(frame))])
    path = folder / f"{name}.parquet"
    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.table("frame").write_parquet(str(path))
    connection.close()
    columns = [Column("customer_id", ColumnRole.ID, ColumnKind.TEXT)]
    for column in frame.columns[1:]:
        kind = KINDS.get(frame[column].dtype.kind, ColumnKind.TEXT)
        if frame[column].dtype.kind == "M":
            kind = ColumnKind.DATE
        elif set(frame[column].dropna().unique()) <= {"yes", "no"}:
            kind = ColumnKind.YES_NO
        role = ColumnRole.PERSONAL if column in private else ColumnRole.ATTRIBUTE
        columns.append(Column(column, role, kind, distinct=int(frame[column].nunique())))
    return ParquetCustomers(path, tuple(columns))


def shop(rows=600, seed=1):
    """Customers of a shop: two kinds of people, skewed spend, a category, a few missing values."""
    rng = np.random.default_rng(seed)
    kind = rng.random(rows) < 0.4
    spend = np.where(kind, rng.lognormal(6, 0.4, rows), rng.lognormal(3, 0.4, rows)).round(2)
    orders = np.where(kind, rng.poisson(12, rows), rng.poisson(2, rows)) + 1
    recency = np.where(kind, rng.integers(1, 60, rows), rng.integers(30, 400, rows)).astype(float)
    recency[rng.random(rows) < 0.03] = np.nan
    channel = np.where(rng.random(rows) < np.where(kind, 0.8, 0.3), "Phone", "Web")
    return pd.DataFrame(
        {"recency_days": recency, "orders": orders, "total_spend": spend, "channel": channel}
    )


def by_pandas(frame):
    """The cell of each customer, computed without anything of ours: R's rfm_table_customer."""

    def scores(values, *, whole, reverse=False):
        cuts = values.quantile([0.2, 0.4, 0.6, 0.8]).to_numpy()
        above = (
            (values.to_numpy()[:, None] >= cuts + 1)
            if whole
            else (values.to_numpy()[:, None] > cuts)
        )
        score = 1 + above.sum(axis=1)
        return 6 - score if reverse else score

    r = scores(frame.recency_days, whole=True, reverse=True)
    f = scores(frame.orders, whole=True)
    m = scores(frame.total_spend, whole=False)
    fm = np.ceil((f + m) / 2).astype(int)
    grid = {
        5: "new-customers potential-loyalists potential-loyalists champions champions",
        4: "promising potential-loyalists potential-loyalists loyal-customers loyal-customers",
        3: "about-to-sleep about-to-sleep need-attention loyal-customers loyal-customers",
        2: "hibernating hibernating at-risk at-risk cannot-lose-them",
        1: "lost lost at-risk at-risk cannot-lose-them",
    }
    return pd.Series([grid[a].split()[b - 1] for a, b in zip(r, fm, strict=True)], frame.index)


def cdnow():
    names = ["master", "id", "day", "cds", "value"]
    rows = pd.read_csv(CDNOW, sep=r"\s+", names=names, dtype={"id": str, "day": str})
    rows["day"] = pd.to_datetime(rows.day, format="%Y%m%d")
    found = rows.groupby("id").agg(
        orders=("day", "size"), last_order=("day", "max"), total_spend=("value", "sum")
    )
    found["recency_days"] = (rows.day.max() - found.last_order).dt.days
    found["total_spend"] = found.total_spend.round(2)
    return found.reset_index().rename(columns={"id": "customer_id"})


def segments_of(path):
    connection = duckdb.connect()
    rows = connection.execute(
        "SELECT customer_id, segment_id, confidence FROM read_parquet($1)", [str(path)]
    ).fetchall()
    connection.close()
    return pd.DataFrame(rows, columns=["customer_id", "segment_id", "confidence"])


def rfm_written(customers, folder, **asked):
    rules = rfm_rules(rfm_model(customers, RfmConfig(**asked)))
    return write_segments(customers, rules, folder / "rfm.parquet", exclusive=True).path


def test_rfm_equals_an_independent_computation(tmp_path):
    frame = shop().dropna().reset_index(drop=True)
    found = segments_of(rfm_written(table(frame, tmp_path), tmp_path))
    assert list(found.segment_id) == list(by_pandas(frame))
    assert found.segment_id.nunique() >= 8


@pytest.mark.skipif(not CDNOW.exists(), reason="the CDNOW sample is not on this machine")
def test_rfm_of_cdnow_equals_an_independent_computation_by_days_and_by_date(tmp_path):
    frame = cdnow()
    expected = list(by_pandas(frame))
    days = frame[["customer_id", "orders", "recency_days", "total_spend"]]
    assert list(segments_of(rfm_written(table(days, tmp_path), tmp_path)).segment_id) == expected
    dates = frame[["customer_id", "orders", "last_order", "total_spend"]]
    customers = table(dates, tmp_path, "dated")
    assert rfm_model(customers, RfmConfig()).recency.date
    assert list(segments_of(rfm_written(customers, tmp_path)).segment_id) == expected


def test_scores_in_memory_and_cells_as_rules_agree_also_where_nothing_is_known(tmp_path):
    frame = shop()
    customers = table(frame, tmp_path)
    model = rfm_model(customers, RfmConfig())
    ids = ["no-purchase-known", *(c.segment_id for c in CELLS)]
    values = frame[["recency_days", "orders", "total_spend"]].to_numpy(dtype=float)
    cells = cells_of(values, model)
    found = segments_of(rfm_written(customers, tmp_path)).segment_id
    assert [ids[c] for c in cells] == list(found)
    assert (found == "no-purchase-known").sum() == frame.recency_days.isna().sum() > 0
    known = values[~np.isnan(values).any(axis=1)]
    assert cut_anew(values, model).frequency.cuts == tuple(
        np.quantile(values[:, 1], (0.2, 0.4, 0.6, 0.8)) + 1
    )
    assert len(known) < len(values)


def test_every_pair_of_scores_is_in_exactly_one_cell():
    for r in range(1, 6):
        for both in range(2, 11):
            fits = [c for c in CELLS if r >= c.recency and both >= c.both]
            assert fits, (r, both)


def test_quantiles_are_those_of_numpy_and_speak_of_attributes_only(tmp_path):
    frame = shop()
    customers = table(frame, tmp_path, private=("channel",))
    shares = (0.0, 0.2, 0.5, 1.0)
    found = customers.quantiles("total_spend", shares)
    assert found == pytest.approx(np.quantile(frame.total_spend, shares))
    for name in ("channel", "customer_id", "nothing"):
        with pytest.raises(NotFound):
            customers.quantiles(name, shares)


def test_confidence_of_rules_varies_and_grows_with_the_distance_to_the_limit(tmp_path):
    frame = pd.DataFrame({"spend": np.arange(1000), "area": ["a", "b"] * 500})
    rules = (SegmentRule("top", "Top", "spend >= 600"), SegmentRule("rest", "Rest", ""))
    path = write_segments(table(frame, tmp_path), rules, tmp_path / "s.parquet").path
    found = segments_of(path)
    top, rest = found[found.segment_id == "top"], found[found.segment_id == "rest"]
    assert top.confidence.is_monotonic_increasing
    assert rest.confidence.is_monotonic_decreasing
    assert top.confidence.iloc[0] < 0.01
    assert 0.99 < top.confidence.iloc[-1] <= 1
    # Half of those on the side of the limit are nearer to it than the one in the middle.
    assert found.confidence[800] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("rules", "row", "confidence"),
    [
        (["area = 'a'", ""], {"spend": 1.0, "area": "a"}, 1.0),  # only a category decides
        (["area = 'a'", "spend >= 0", ""], {"spend": 1.0, "area": "a"}, 0.5),  # two rules hold
        (["spend >= 0", ""], {"spend": np.nan, "area": "a"}, 0.0),  # nobody knows
        (["everyone"], {"spend": 1.0, "area": "a"}, 1.0),
        (["spend is missing", ""], {"spend": np.nan, "area": "a"}, 1.0),
    ],
)
def test_what_the_confidence_of_a_rule_is(rules, row, confidence, tmp_path):
    others = pd.DataFrame({"spend": np.arange(20.0), "area": ["a", "b"] * 10})
    frame = pd.concat([pd.DataFrame([row]), others], ignore_index=True)
    named = tuple(SegmentRule(f"s{i}", f"S{i}", rule) for i, rule in enumerate(rules))
    path = write_segments(table(frame, tmp_path), named, tmp_path / "s.parquet").path
    found = member(path, "C00000")
    assert found is not None
    assert found.confidence == pytest.approx(confidence)


def clustered(customers, folder, name="k.parquet", **asked):
    draft = SegmentationAgent().run(customers, SegmentationRequest(KMEANS, **asked))
    model = draft.clusters
    assert model is not None

    def place(values):
        found = placed(encoded(values, model.features), np.array(model.centers))
        return found.nearest, found.confidence

    return draft, write_placed(customers, model.features, place, draft.ids, folder / name)


def test_the_same_data_give_the_same_bytes_and_one_cell_another_result(tmp_path):
    frame = shop(300)
    first = clustered(table(frame, tmp_path), tmp_path, k=3)
    again = clustered(table(frame, tmp_path, "again"), tmp_path, "again.parquet", k=3)
    assert first[0] == again[0]
    assert first[1].sha256 == again[1].sha256
    frame.loc[7, "total_spend"] += 500
    other = clustered(table(frame, tmp_path, "other"), tmp_path, "other.parquet", k=3)
    assert other[0].clusters.centers != first[0].clusters.centers
    assert other[1].sha256 != first[1].sha256


def test_clusters_look_at_attributes_only_and_say_what_they_did(tmp_path):
    frame = shop().assign(email="x@example.com", constant=4, note=[f"n{i}" for i in range(600)])
    customers = table(frame, tmp_path, private=("email",))
    draft, written = clustered(customers, tmp_path, k=2)
    assert [f.column for f in draft.clusters.features] == list(shop().columns)
    said = " ".join(draft.notes)
    assert "constant is the same for everybody" in said
    assert "note has 600 different values" in said
    assert "logarithm of 1 + value: total_spend" in said or "orders" in said
    assert "median: recency_days" in said
    for name in ("email", "customer_id"):
        with pytest.raises(NotFound):
            clustered(customers, tmp_path, k=2, columns=(name,))
    found = segments_of(written.path)
    assert list(found.customer_id) == [f"C{i:05d}" for i in range(600)]
    assert set(found.segment_id) == {"cluster-1", "cluster-2"}
    assert found.confidence.nunique() > 300
    assert found.confidence.between(0, 1).all()


HOSTILE = {
    "infinite values": lambda f: f.assign(total_spend=f.total_spend.where(f.index > 3, np.inf)),
    "all missing": lambda f: f.assign(nothing=np.nan),
    "nearly constant": lambda f: f.assign(flat=1e9 + (f.index == 0) * 1e-7),
    "200 columns": lambda f: pd.concat(
        [f, pd.DataFrame(np.random.default_rng(0).normal(size=(len(f), 200))).add_prefix("n")],
        axis=1,
    ),
    "names with quotes": lambda f: f.rename(columns={"orders": "or\"de'rs, x"}),
    "missing categories": lambda f: f.assign(channel=f.channel.where(f.index % 3 > 0)),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_tables_still_put_everybody_into_one_segment(what, tmp_path):
    customers = table(HOSTILE[what](shop(200)), tmp_path)
    draft, written = clustered(customers, tmp_path, k=2)
    quality = SegmentQualityAgent().run(customers, draft)
    found = segments_of(written.path)
    assert len(found) == 200
    assert found.confidence.notna().all()
    assert quality.rows == 200
    assert all(0 <= a.fidelity <= 1 for a in quality.approximations)
    counts = segment_profile.counted(customers, written.path, draft.ids)
    assert sum(c.size for c in counts) == 200


def test_two_kinds_of_rows_give_two_clusters_and_identical_customers_none(tmp_path):
    two = table(pd.DataFrame({"a": [1, 5] * 40, "b": [2, 2] * 40}), tmp_path)
    draft, written = clustered(two, tmp_path)
    assert draft.clusters.k == 2
    assert set(segments_of(written.path).confidence) == {1.0}
    same = table(pd.DataFrame({"a": [1] * 80}), tmp_path, "same")
    with pytest.raises(BadInput, match="Nothing is left to tell customers apart by"):
        clustered(same, tmp_path)


def test_the_short_rule_of_a_cluster_agrees_with_it_as_often_as_it_says(tmp_path):
    customers = table(shop(2000), tmp_path)
    draft, written = clustered(customers, tmp_path, k=2)
    quality = SegmentQualityAgent().run(customers, draft)
    found = segments_of(written.path)
    for approximation in quality.approximations:
        parts = customers.parts([SegmentRule("a", "A", approximation.rule)])
        agreed = ((parts == 0) == (found.segment_id == approximation.segment_id)).mean()
        assert agreed == pytest.approx(approximation.fidelity, abs=0.03)
        assert approximation.fidelity > 0.9
    assert quality.importances[0].mean > quality.importances[-1].mean
    assert quality.stability is not None
    assert quality.stability > 0.9
    assert not quality.unstable


def test_noise_is_called_unstable(tmp_path):
    noise = pd.DataFrame(np.random.default_rng(3).normal(size=(400, 4))).add_prefix("x")
    customers = table(noise, tmp_path)
    draft, _ = clustered(customers, tmp_path, k=6)
    assert SegmentQualityAgent().run(customers, draft).unstable


def test_rules_are_stable_by_nature_and_quantiles_by_resampling(tmp_path):
    customers = table(shop(), tmp_path)
    agent, judge = SegmentationAgent(), SegmentQualityAgent()
    rules = (SegmentRule("a", "A", "orders > 5"), SegmentRule("b", "B", "channel = 'Phone'"))
    fixed = judge.run(
        customers, agent.run(customers, SegmentationRequest(SegmentationMethod.RULES, rules))
    )
    assert (fixed.stability, fixed.resamples) == (1.0, 0)
    assert any("stable by nature" in note for note in fixed.notes)
    assert [(o.segment_id, o.other_id) for o in fixed.overlaps] == [("a", "b")]
    draft = agent.run(customers, SegmentationRequest(SegmentationMethod.RFM))
    cut = judge.run(customers, draft)
    assert cut.stability is not None
    assert cut.stability_worst is not None
    assert 0.5 < cut.stability_worst <= cut.stability < 1
    assert {s.segment_id for s in cut.stays} == {s.segment_id for s in draft.segments}


def test_drift_counts_who_moved_and_how_far_as_pandas_does(tmp_path):
    before, after = shop(500, seed=1), shop(500, seed=1).iloc[50:].copy()
    before.insert(0, "customer_id", [f"C{i}" for i in range(500)])
    after.insert(0, "customer_id", [f"C{i}" for i in range(50, 500)])
    after["total_spend"] *= 1.5
    old, new = table(before, tmp_path, "old"), table(after, tmp_path, "new")
    rules = (SegmentRule("big", "Big", "total_spend >= 100"), SegmentRule("small", "Small", ""))
    paths = [
        write_segments(t, rules, tmp_path / f"{n}.seg.parquet").path
        for t, n in ((old, "o"), (new, "n"))
    ]
    frames = [segments_of(p).set_index("customer_id").segment_id for p in paths]
    joined = pd.concat(frames, axis=1, keys=["before", "after"])
    expected = joined.value_counts(dropna=False).to_dict()
    found = segment_drift.crossings(*paths)
    assert {(c.before, c.after): c.customers for c in found} == {
        tuple(None if pd.isna(v) else v for v in key): count for key, count in expected.items()
    }
    spend = next(c for c in new.attributes if c.name == "total_spend")
    binned = segment_drift.binned(old, new, [spend])[0]
    cuts = before.total_spend.quantile(np.arange(1, 10) / 10)
    shares = [
        np.bincount(np.searchsorted(cuts, f.total_spend), minlength=10) for f in (before, after)
    ]
    p, q = (s / s.sum() for s in shares)
    p, q = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
    index = population_stability(binned.before, binned.after)
    assert index == pytest.approx(float(((q - p) * np.log(q / p)).sum()))


def test_facts_of_a_customer_equal_pandas(tmp_path):
    frame = shop()
    customers = table(frame, tmp_path)
    rules = (SegmentRule("big", "Big", "total_spend >= 100"), SegmentRule("small", "Small", ""))
    path = write_segments(customers, rules, tmp_path / "s.parquet").path
    row, inside = frame.iloc[3], frame[frame.total_spend >= 100]
    segment = "big" if row.total_spend >= 100 else "small"
    members = inside if segment == "big" else frame[frame.total_spend < 100]
    found = {s.column: s for s in segment_facts.standings(customers, path, "C00003", segment)}
    assert found["total_spend"].in_segment == pytest.approx(members.total_spend.mean())
    assert found["total_spend"].overall == pytest.approx(frame.total_spend.mean())
    assert found["total_spend"].below == pytest.approx((frame.total_spend < row.total_spend).mean())
    assert found["channel"].in_segment == pytest.approx((members.channel == row.channel).mean())
    standings = segment_facts.rule_standings(customers, rules, "C00003")
    assert [s.holds for s in standings] == [segment == "big", True]


def test_members_for_excel_run_no_formula_and_exact_ones_change_nothing(tmp_path):
    frame = pd.DataFrame({"customer_id": ["=1+1", "A,2", "Ünal"], "a": [1, 2, 3]})
    customers = table(frame, tmp_path)
    path = write_segments(customers, (SegmentRule("s", "@all", ""),), tmp_path / "s.parquet").path
    exact = members_csv(path, {"s": "@all"}, tmp_path / "exact.csv").read_text("utf-8")
    assert exact.splitlines()[1] == "=1+1,@all,s,1.0"
    neutral = members_csv(path, {"s": "@all"}, tmp_path / "excel.csv", for_excel=True).read_bytes()
    assert neutral.startswith(b"\xef\xbb\xbf")
    assert neutral.decode("utf-8-sig").splitlines()[1] == "'=1+1,'@all,s,1.0"


def test_our_rand_index_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    for _ in range(20):
        one, other = rng.integers(0, 5, 200), rng.integers(0, 3, 200)
        assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))
