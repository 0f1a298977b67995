"""The attributes of customers as numbers: profiles of columns, and values in bounded pieces."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from core.errors import BadInput
from core.frames import CUSTOMER_ID
from core.models.segment_models import (
    CategoryCount,
    ColumnProfile,
    Feature,
    FeatureKind,
    Spread,
)
from core.storage.duck import identifier, literal, looking, number

MOST_CATEGORIES = 20
"""Beyond so many values a column is looked at no further: it names things rather than kinds."""

_PIECE_VALUES = 1_000_000
_HASHES = 2**64


def as_number(name: str, kind: FeatureKind, categories: Sequence[str] = ()) -> str:
    """SQL for the value of a column as a number; null when it is missing or not finite."""
    column = identifier(name)
    if kind is FeatureKind.NUMBER:
        value = f"CAST({column} AS DOUBLE)"
        return f"CASE WHEN isfinite({value}) THEN {value} END"
    if kind is FeatureKind.DATE:
        days = f"date_diff('day', DATE '1970-01-01', CAST({column} AS DATE))"
        return f"CASE WHEN isfinite(CAST({column} AS DATE)) THEN CAST({days} AS DOUBLE) END"
    text = f"CAST({column} AS VARCHAR)"
    if kind is FeatureKind.FLAG:
        return (
            f"CASE WHEN lower({text}) IN ('yes', 'true') THEN 1.0::DOUBLE "
            f"WHEN lower({text}) IN ('no', 'false') THEN 0.0::DOUBLE END"
        )
    if not categories:
        return "CAST(NULL AS DOUBLE)"
    places = " ".join(f"WHEN {literal(c)} THEN {i}" for i, c in enumerate(categories))
    return f"CAST(CASE {text} {places} END AS DOUBLE)"


def profile(source: str, name: str, kind: FeatureKind) -> ColumnProfile:
    """What the values of one column are like."""
    with looking() as connection, _measurable(name):
        if kind is FeatureKind.CATEGORY:
            return _category(connection, source, name)
        value = as_number(name, kind)
        known = f"(SELECT {value} AS v FROM {source})"
        rows, count, distinct, whole = connection.execute(
            f"""SELECT count(*), count(v), count(DISTINCT v),
            coalesce(bool_and(v = floor(v)), false) FROM {known}"""
        ).fetchall()[0]
        spread = _spread(connection, known) if count else None
        logged = None
        if spread is not None and spread.minimum >= 0:
            logged = _spread(connection, f"(SELECT ln(1 + v) AS v FROM {known})")
    return ColumnProfile(name, kind, rows, count, distinct, spread, logged, bool(whole))


@contextmanager
def _measurable(name: str) -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfRangeException as error:
        raise BadInput(f"{name} holds numbers too large to be averaged; correct them.") from error


def quantiles(
    source: str, name: str, kind: FeatureKind, shares: Sequence[float]
) -> tuple[float, ...]:
    """The values below which these shares of the known values lie; empty without any."""
    if not shares:
        return ()
    wanted = ", ".join(repr(float(share)) for share in shares)
    with looking() as connection:
        found = connection.execute(
            f"SELECT quantile_cont(v, [{wanted}]) FROM "
            f"(SELECT {as_number(name, kind)} AS v FROM {source})"
        ).fetchall()[0][0]
    return tuple(float(value) for value in found or ())


def pieces(
    source: str, features: Sequence[Feature], *, most: int | None = None
) -> Iterator[npt.NDArray[np.float64]]:
    """The customers in pieces, in the order of the file: a row each, a column each feature."""
    with looking() as connection:
        where = "" if most is None else _sampled(number(connection, _counted(source)), most)
        query = f"SELECT {_fields(features)} FROM {source}{where}"
        yield from _batches(connection, query, len(features))


def whole_numbers(source: str, value: str, *, most: int | None = None) -> npt.NDArray[np.int64]:
    """A whole number for each of the same customers, such as the place of a rule."""
    with looking() as connection:
        where = "" if most is None else _sampled(number(connection, _counted(source)), most)
        query = f"SELECT CAST({value} AS BIGINT) AS v FROM {source}{where}"
        found = [_matrix(b.columns, b.num_rows) for b in connection.sql(query).to_arrow_reader()]
    return np.concatenate([piece[:, 0] for piece in found] or [np.empty(0)]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some customers: their ids as an Arrow array, and their values."""

    ids: object
    values: npt.NDArray[np.float64]


def pieces_with_ids(
    connection: duckdb.DuckDBPyConnection, source: str, features: Sequence[Feature]
) -> Iterator[Piece]:
    """The pieces with the id of each customer."""
    query = f"SELECT {_fields(features)}, {CUSTOMER_ID} FROM {source}"
    for batch in connection.sql(query).to_arrow_reader(_piece_rows(len(features))):
        if batch.num_rows:
            yield Piece(batch.columns[-1], _matrix(batch.columns[:-1], batch.num_rows))


def _fields(features: Sequence[Feature]) -> str:
    values = [as_number(f.column, f.kind, f.categories) for f in features]
    return ", ".join(f"{value} AS f{i}" for i, value in enumerate(values))


def _batches(
    connection: duckdb.DuckDBPyConnection, query: str, width: int
) -> Iterator[npt.NDArray[np.float64]]:
    for batch in connection.sql(query).to_arrow_reader(_piece_rows(width)):
        if batch.num_rows:
            yield _matrix(batch.columns, batch.num_rows)


# pyarrow ships no types; a column is anything with to_numpy.
def _matrix(columns: Sequence[object], rows: int) -> npt.NDArray[np.float64]:
    matrix = np.empty((rows, len(columns)))
    for place, column in enumerate(columns):
        # A null becomes NaN.
        matrix[:, place] = column.to_numpy(zero_copy_only=False)  # type: ignore[attr-defined]
    return matrix


def _piece_rows(width: int) -> int:
    return max(_PIECE_VALUES // max(width, 1), 1_000)


def _counted(source: str) -> str:
    return f"SELECT count(*) FROM {source}"


def _sampled(rows: int, most: int) -> str:
    """A condition that about `most` of the rows meet, chosen by their ids."""
    if rows <= most:
        return ""
    return f" WHERE hash({CUSTOMER_ID}) < {_HASHES * most // rows}::UBIGINT"


def _spread(connection: duckdb.DuckDBPyConnection, values: str) -> Spread:
    mean, sd, skewness, median, low, high = connection.execute(
        f"SELECT avg(v), stddev_pop(v), skewness(v), median(v), min(v), max(v) FROM {values}"
    ).fetchall()[0]
    sound = skewness is not None and skewness == skewness  # noqa: PLR0124 - NaN
    return Spread(mean, sd, skewness if sound else 0.0, median, low, high)


def _category(connection: duckdb.DuckDBPyConnection, source: str, name: str) -> ColumnProfile:
    text = f"CAST({identifier(name)} AS VARCHAR)"
    rows, known, distinct = connection.execute(
        f"SELECT count(*), count(v), count(DISTINCT v) FROM (SELECT {text} AS v FROM {source})"
    ).fetchall()[0]
    counted = connection.execute(
        f"""SELECT v, count(*) AS n FROM (SELECT {text} AS v FROM {source})
        WHERE v IS NOT NULL GROUP BY v ORDER BY n DESC, v LIMIT {MOST_CATEGORIES + 1}"""
    ).fetchall()
    categories = tuple(CategoryCount(value, count) for value, count in counted)
    return ColumnProfile(name, FeatureKind.CATEGORY, rows, known, distinct, categories=categories)
