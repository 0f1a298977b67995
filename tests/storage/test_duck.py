"""Connections to DuckDB: questions that share a database are told nothing of each other."""

import pytest

from core.storage.duck import copy_parquet, looking, number, parquet, session

_MEMORY = "SELECT sum(memory_usage_bytes) FROM duckdb_memory()"


@pytest.mark.parametrize("threads", [1, None])
def test_what_a_question_keeps_is_its_own_and_gone_with_it(threads):
    with looking(threads=threads) as one, looking(threads=threads) as other:
        one.execute("CREATE TEMP TABLE kept AS SELECT 1 AS n FROM range(100_000)")
        other.execute("CREATE TEMP TABLE kept AS SELECT 2 AS n")
        assert number(one, "SELECT max(n) FROM kept") == 1
        assert number(other, "SELECT n FROM kept") == 2
        assert number(other, _MEMORY) > 0
    with looking(threads=threads) as after:
        assert number(after, _MEMORY) == 0


def test_a_file_changed_in_place_is_read_as_it_is(tmp_path):
    path = tmp_path / "one.parquet"
    for value in (1, 2):
        with session() as connection:
            copy_parquet(connection, f"FROM (VALUES ({value})) AS t (n)", tmp_path / "made.parquet")
        # Into the same file: its name, its inode and its size stay.
        path.write_bytes((tmp_path / "made.parquet").read_bytes())
        with looking() as connection:
            assert number(connection, f"FROM {parquet(path)}") == value
