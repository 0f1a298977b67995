"""Connections to DuckDB: questions that share a database are told nothing of each other."""

import pytest

from core.errors import StorageUnavailable
from core.storage.duck import copy_parquet, looking, number, parquet, session, sha256_of

_MEMORY = "SELECT sum(memory_usage_bytes) FROM duckdb_memory()"
# Questions of the same number share a database: nothing else in these tests asks with three.
_THREADS = 3


def test_what_a_question_keeps_is_its_own_and_gone_with_it():
    with looking(threads=_THREADS) as one, looking(threads=_THREADS) as other:
        one.execute("CREATE TEMP TABLE kept AS SELECT 1 AS n FROM range(100_000)")
        other.execute("CREATE TEMP TABLE kept AS SELECT 2 AS n")
        assert number(one, "SELECT max(n) FROM kept") == 1
        assert number(other, "SELECT n FROM kept") == 2
        assert number(other, _MEMORY) > 0
    with looking(threads=_THREADS) as after:
        assert number(after, _MEMORY) == 0


def test_nothing_is_kept_of_a_file_that_was_read(tmp_path):
    # A server reads files of new names for months.
    for name in ("one.parquet", "two.parquet"):
        with session() as connection:
            copy_parquet(connection, "FROM range(100_000)", tmp_path / name)
        with looking(threads=_THREADS) as connection:
            read = connection.execute(f"FROM {parquet(tmp_path / name)}").fetchall()
        assert len(read) == 100_000
    with looking(threads=_THREADS) as after:
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


def test_a_file_that_is_missing_is_named_in_one_sentence(tmp_path):
    with pytest.raises(StorageUnavailable, match=r"^Cannot read .*gone\.parquet: No such file"):
        sha256_of(tmp_path / "gone.parquet")
