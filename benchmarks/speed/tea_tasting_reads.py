"""The same comparisons by tea-tasting, run by a Python that has it; prints JSON.

Usage: PYTHON benchmarks/speed/tea_tasting_reads.py FILE.parquet
"""

import json
import resource
import sys
import time

import ibis  # type: ignore[import-not-found]
import tea_tasting as tt  # type: ignore[import-not-found]

SEGMENTS = 8


def main() -> None:
    """Reads overall and every segment, all arms against control."""
    experiment = tt.Experiment(
        conversion=tt.Mean("conversion"),
        revenue=tt.Mean("revenue"),
        revenue_adjusted=tt.Mean("revenue", "history"),
        ctr=tt.RatioOfMeans("clicks", "opens"),
        variant="arm",
    )
    started = time.perf_counter()
    rows = ibis.duckdb.connect().read_parquet(sys.argv[1])
    parts = [rows, *(rows.filter(rows.segment == f"segment {i}") for i in range(SEGMENTS))]
    columns = ("conversion", "revenue", "history", "clicks", "opens")
    pairs = (("revenue", "history"), ("clicks", "opens"))
    read = [
        tt.aggr.read_aggregates(
            part, "arm", has_count=True, mean_cols=columns, var_cols=columns, cov_cols=pairs
        )
        for part in parts
    ]
    reading = time.perf_counter() - started
    found = [experiment.analyze(part, control="control", all_variants=True) for part in read]
    total = time.perf_counter() - started
    first = found[0]["control", "message 1"]["revenue"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    document = {"read": reading, "total": total, "memory_mb": peak, "p_value": first.pvalue}
    print(json.dumps(document))


if __name__ == "__main__":
    main()
