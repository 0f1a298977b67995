"""What is measured of segments, and the customers it is measured on."""

import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from sklearn.cluster import MiniBatchKMeans

from core.agents.segmentation import SegmentationAgent
from core.clusters.encoding import encoded
from core.clusters.kmeans import placed
from core.models.customers import Column, ColumnKind, ColumnRole, SegmentationMethod
from core.models.segmentation import SegmentationRequest
from core.orchestrator.service.making_segments import Placing
from core.rules.rfm import RfmConfig, rfm_model, rfm_rules
from core.storage.segment_table import write_placed, write_segments
from core.storage.tables import ParquetCustomers

K, SEED = 5, 1
SELECT = """
WITH numbers AS (
  SELECT i, hash(i * 7 + 1) % 10 AS kind, (hash(i * 7 + 2) >> 11) / 9007199254740992.0 AS u1,
    (hash(i * 7 + 3) >> 11) / 9007199254740992.0 AS u2,
    (hash(i * 7 + 4) >> 11) / 9007199254740992.0 AS u3
  FROM range({customers}) AS r(i)
)
SELECT 'C' || lpad(CAST(i AS VARCHAR), 9, '0') AS customer_id,
  CAST(floor(u1 * CASE WHEN kind < 3 THEN 60 ELSE 700 END) AS INTEGER) AS recency_days,
  CAST(1 + floor(-ln(1 - u2) * CASE WHEN kind < 3 THEN 12 ELSE 2 END) AS INTEGER) AS orders,
  round(exp(CASE WHEN kind < 3 THEN 5 ELSE 3 END + 2 * u3), 2) AS total_spend,
  round(18 + 60 * u3 * u1, 0) AS tenure,
  CASE kind % 3 WHEN 0 THEN 'Phone' WHEN 1 THEN 'Web' ELSE 'Shop' END AS channel,
  CASE WHEN kind < 5 THEN 'yes' ELSE 'no' END AS newsletter
FROM numbers
"""
COLUMNS = (
    Column("customer_id", ColumnRole.ID, ColumnKind.TEXT),
    Column("recency_days", ColumnRole.ATTRIBUTE, ColumnKind.NUMBER),
    Column("orders", ColumnRole.ATTRIBUTE, ColumnKind.NUMBER),
    Column("total_spend", ColumnRole.ATTRIBUTE, ColumnKind.NUMBER),
    Column("tenure", ColumnRole.ATTRIBUTE, ColumnKind.NUMBER),
    Column("channel", ColumnRole.ATTRIBUTE, ColumnKind.TEXT),
    Column("newsletter", ColumnRole.ATTRIBUTE, ColumnKind.YES_NO),
)
BARE = """
WITH cuts AS (SELECT quantile_cont(recency_days, [0.2, 0.4, 0.6, 0.8]) AS r,
    quantile_cont(orders, [0.2, 0.4, 0.6, 0.8]) AS f,
    quantile_cont(total_spend, [0.2, 0.4, 0.6, 0.8]) AS m FROM '{path}')
SELECT len(list_filter(r, lambda c: recency_days > c)), len(list_filter(f, lambda c: orders > c)),
    len(list_filter(m, lambda c: total_spend > c)), count(*), avg(total_spend)
FROM '{path}', cuts GROUP BY ALL
"""


def shoppers(folder: Path, customers: int) -> Path:
    """The Parquet file of this many customers, the same on every machine."""
    path = folder / f"shoppers-{customers}.parquet"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        query = SELECT.format(customers=customers)
        duckdb.execute(f"COPY ({query}) TO '{unfinished}' (FORMAT parquet, COMPRESSION zstd)")
        unfinished.rename(path)
    return path


def rfm(path: Path) -> float:
    """Cut points, cells, confidences and the written table of everybody."""
    customers = ParquetCustomers(path, COLUMNS)
    rules = rfm_rules(rfm_model(customers, RfmConfig()))
    with tempfile.TemporaryDirectory() as folder:
        write_segments(customers, rules, Path(folder) / "rfm.parquet", exclusive=True)
    return 0.0


def cells(path: Path) -> float:
    """Cut points and the sizes of the cells, without confidences or a table."""
    customers = ParquetCustomers(path, COLUMNS[:4])
    rules = rfm_rules(rfm_model(customers, RfmConfig()))
    customers.parts(rules)
    return 0.0


def bare(path: Path) -> float:
    """DuckDB's own quantiles and one GROUP BY, with one thread as ours."""
    connection = duckdb.connect(config={"threads": "1"})
    connection.execute(BARE.format(path=path)).fetchall()
    connection.close()
    return 0.0


def kmeans(path: Path) -> float:
    """Clusters from a sample, everybody placed and written; gives the inertia."""
    customers = ParquetCustomers(path, COLUMNS)
    request = SegmentationRequest(SegmentationMethod.KMEANS, k=K)
    draft = SegmentationAgent().run(customers, request)
    if draft.clusters is None:
        return 0.0
    model, centers = draft.clusters, np.array(draft.clusters.centers)
    place = Placing(model, centers)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "k.parquet"
        write_placed(customers, model.features, place, draft.ids, out)
    few = np.vstack(list(customers.values(model.features, most=50_000)))
    return _inertia(encoded(few, model.features), centers)


def peer(path: Path) -> float:
    """scikit-learn's MiniBatchKMeans on the same columns, all of them in memory."""
    found = pq.read_table(path).to_pandas()
    found["total_spend"] = np.log1p(found.total_spend)
    found["orders"] = np.log1p(found.orders)
    numbers = found[["recency_days", "orders", "total_spend", "tenure"]]
    parts = [((numbers - numbers.mean()) / numbers.std(ddof=0)).to_numpy()]
    yes = (found.newsletter == "yes").to_numpy(dtype=float)
    parts.append(((yes - yes.mean()) / yes.std())[:, None])
    for name in ("channel",):
        values, counts = np.unique(found[name], return_counts=True)
        one_hot = found[name].to_numpy()[:, None] == values
        parts.append(one_hot / np.sqrt(1 - ((counts / len(found)) ** 2).sum()))
    points = np.hstack(parts)
    model = MiniBatchKMeans(K, batch_size=4096, n_init=10, random_state=SEED).fit(points)
    model.predict(points)
    return _inertia(points[:50_000], model.cluster_centers_)


def _inertia(
    points: np.typing.NDArray[np.float64], centers: np.typing.NDArray[np.float64]
) -> float:
    nearest = centers[placed(points, centers).nearest]
    return float(((points - nearest) ** 2).sum(axis=1).mean())


MEASURES = {"rfm": rfm, "cells": cells, "bare": bare, "kmeans": kmeans, "peer": peer}
