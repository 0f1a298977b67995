"""The files of a workspace hold what `docs/data-models.md` says of them."""

import json

import duckdb
import pytest

from scripts.data_model_words import JSON, PARQUET


# Those of events are read from the code that stores them.
@pytest.mark.parametrize("name", sorted(set(PARQUET) - {"events-*"}))
def test_every_table_of_a_kind_has_the_columns_that_are_said(sent, name):
    paths = sorted((sent / "data/processed/tables").glob(f"{name}.parquet"))
    assert paths
    for path in paths:
        assert set(PARQUET[name][1]) <= set(duckdb.read_parquet(str(path)).columns), path.name


def test_no_other_kind_of_table_is_kept(sent):
    kinds = {path.name.split("-")[0] for path in (sent / "data/processed/tables").glob("*.parquet")}
    assert kinds <= {name.split("-")[0] for name in PARQUET}


@pytest.mark.parametrize("name", sorted(JSON))
def test_a_json_file_has_exactly_the_fields_that_are_said(sent, name):
    rows = json.loads((sent / "data/processed" / name).read_text(encoding="utf-8"))
    assert rows
    assert {tuple(row) for row in rows} == {JSON[name]}
