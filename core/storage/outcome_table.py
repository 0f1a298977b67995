"""What customers did after a send: read from a file, kept as one Parquet file of a campaign."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import BadInput, FileInvalid, NotFound
from core.frames import CUSTOMER_ID
from core.models.stages import DELIVERY, EXPORTED, MATCHED
from core.storage import delivery_columns
from core.storage.duck import (
    column_names,
    copy_parquet,
    identifier,
    literal,
    looking,
    number,
    parquet,
    session,
)
from core.storage.outcome_customers import (
    Assigned,
    LeftOut,
    leave_out_others,
    pass_over_left_out,
    refuse_customers,
)
from core.storage.outcome_merge import Conflict, Merge
from core.storage.source_file import SOURCE, SourceFile, read_source
from core.storage.staging import staging

_RESERVED = {"arm", "segment", "segment_id", "variant_id", EXPORTED, MATCHED}
_LINES = "lines.parquet"


@dataclass(frozen=True, slots=True)
class StagedOutcomes:
    """Outcomes that were read and found good; `store_outcomes` keeps them.

    `sha256` is that of their content, whatever the order of the rows in the file. `rows` are
    those that are kept; `others` were left out, being of nobody in the test, and those of who was
    erased are `passed_over`.
    """

    path: Path
    source: str
    sha256: str
    rows: int
    metrics: tuple[str, ...]
    line_of: Callable[[int], int]
    others: int = 0
    passed_over: int = 0


@dataclass(frozen=True, slots=True)
class StoredOutcomes:
    """What is kept now; `added` customers are new, of `completed` ones more is known."""

    path: Path
    rows: int
    added: int
    sha256: str
    completed: int = 0

    @property
    def repeated(self) -> bool:
        """Whether the file brought nothing that was not known."""
        return not (self.added or self.completed)


@dataclass(frozen=True, slots=True)
class OutcomesRequest:
    """For which campaign a file is, and what its columns mean.

    `columns` maps our names (customer_id, the metrics, sent, delivered, sent_on, outcome_on) to
    those of the file; without it every other column is a metric of that name.
    `leave_out_others` passes over the rows of customers who are not in the test; the rows of who
    is `left_out` are passed over anyway.
    """

    assignments_path: Path
    campaign: str
    columns: Mapping[str, str] | None = None
    leave_out_others: bool = False
    left_out: LeftOut = LeftOut()


def read_outcomes(path: Path, request: OutcomesRequest, folder: Path) -> StagedOutcomes:
    """The outcomes of a CSV, TSV or Parquet file with one row a customer, staged inside `folder`.

    Raises:
        FileInvalid: the file cannot be read; a customer is unknown, missing or comes twice; a
            value is missing or not what it should be. Names the first line; nothing is kept.
    """
    with staging(folder, "outcomes") as workspace, session(threads=None) as connection:
        source = read_source(connection, path, workspace)
        fields = _fields(source, request.columns)
        if source.broken:
            first = source.listed[0]
            raise FileInvalid(path, f"this row cannot be read: {first.reason}.", line=first.line)
        customer = fields.pop(CUSTOMER_ID)
        assigned = Assigned(request.assignments_path, request.campaign)
        passed = pass_over_left_out(connection, source, customer, assigned, request.left_out)
        others = leave_out_others(
            connection, source, customer, assigned, allowed=request.leave_out_others
        )
        refuse_customers(connection, source, customer)
        metrics = tuple(name for name in fields if name not in DELIVERY)
        for name in metrics:
            _refuse_values(connection, source, name, fields[name])
        delivery_columns.refuse_delivery(connection, source, fields)
        connection.execute("SET threads = 1")
        ids = f"{customer} AS {CUSTOMER_ID}"
        ordered = f"FROM {SOURCE} ORDER BY {customer}"
        staged = workspace / "outcomes.parquet"
        copy_parquet(connection, f"SELECT {ids}, row {ordered}", workspace / _LINES)
        sha256 = copy_parquet(connection, f"SELECT {ids}, {_values(fields)} {ordered}", staged)
        source.line_of(0)  # the lines are found while the temporary files are there
        told = path.name, sha256, source.rows - others - passed, metrics, source.line_of
        return StagedOutcomes(staged, *told, others, passed)


def store_outcomes(staged: StagedOutcomes, out_path: Path) -> StoredOutcomes:
    """Adds staged outcomes to those that are kept; the same ones again change nothing.

    Raises:
        FileInvalid: the file has other metrics than those kept, or other values for a customer.
    """
    with session() as connection:
        new = parquet(staged.path)
        kept, completed, merged = 0, 0, f"SELECT * FROM {new}"
        if out_path.is_file():
            old = parquet(out_path)
            _refuse_other_metrics(connection, staged, old)
            merge = Merge.of(connection, out_path, staged.path)
            _refuse_conflict(staged, merge.conflict(connection, staged.path.parent / _LINES))
            kept = number(connection, f"SELECT count(*) FROM {old}")
            completed, merged = number(connection, merge.completed), merge.merged
        connection.execute(f"CREATE TEMP TABLE outcomes AS {merged}")
        sha256 = copy_parquet(connection, f"FROM outcomes ORDER BY {CUSTOMER_ID}", out_path)
        rows = number(connection, "SELECT count(*) FROM outcomes")
    discard_outcomes(staged)
    return StoredOutcomes(out_path, rows, rows - kept, sha256, completed)


def discard_outcomes(staged: StagedOutcomes) -> None:
    """Removes what was staged."""
    shutil.rmtree(staged.path.parent, ignore_errors=True)


def metrics_of(outcomes_path: Path) -> tuple[str, ...]:
    """The names of the metrics that are kept."""
    names = _columns_of(outcomes_path)
    return tuple(name for name in names if name not in {*DELIVERY, MATCHED})


def delivery_of(outcomes_path: Path) -> tuple[str, ...]:
    """Which of sent, delivered, sent_on and outcome_on are kept, in this order."""
    return delivery_columns.present(_columns_of(outcomes_path))


def experiment_select(
    assignments_path: Path,
    outcomes_path: Path,
    dataset_path: Path,
    covariates: Sequence[str],
    *,
    stages: Sequence[str] = (),
    gone: Sequence[str] = (),
) -> str:
    """The SELECT of an experiment: customer_id, arm, segment, metrics, covariates, delivery.

    A customer without outcomes counts as 0 in every metric; whether they were sent anything is
    not known. Those of `stages` that are not in the file, exported and matched, come last; those
    `gone` had asked to be left out before the export, and were not exported.

    Raises:
        NotFound: the dataset has no such covariate.
        BadInput: a covariate has the name of another column.
    """
    metrics = metrics_of(outcomes_path)
    with looking() as connection:
        known = column_names(connection, parquet(dataset_path))
    for name in covariates:
        if name not in known:
            raise NotFound("covariate", name, f"The data set has: {', '.join(known)}.")
        if name in {*metrics, *DELIVERY, *_RESERVED, CUSTOMER_ID}:
            raise BadInput(f"{name} cannot be a covariate: a column of the result has that name.")
    columns = [f"a.{name}" for name in (CUSTOMER_ID, "arm", "segment")]
    columns += [f"coalesce(o.{identifier(m)}, 0) AS {identifier(m)}" for m in metrics]
    columns += [f"d.{identifier(name)}" for name in covariates]
    columns += [
        f"{delivery_columns.stored(name, 'o')} AS {name}" for name in delivery_of(outcomes_path)
    ]
    reached = {EXPORTED: _exported(gone), MATCHED: _matched(outcomes_path)}
    columns += [f"{reached[name]} AS {name}" for name in stages if name in reached]
    return (
        f"SELECT {', '.join(columns)} FROM {parquet(assignments_path)} AS a "
        f"LEFT JOIN {parquet(outcomes_path)} AS o ON a.{CUSTOMER_ID} = o.{CUSTOMER_ID} "
        f"LEFT JOIN {parquet(dataset_path)} AS d ON a.{CUSTOMER_ID} = d.{CUSTOMER_ID}"
    )


def _exported(gone: Sequence[str]) -> str:
    """SQL for whether a customer was handed over to the sender."""
    named = ", ".join(literal(customer) for customer in gone)
    left = f" AND a.{CUSTOMER_ID} NOT IN ({named})" if gone else ""
    return f"(a.variant_id IS NOT NULL{left})"


def _matched(outcomes_path: Path) -> str:
    """SQL for whether there is an outcome; made from events there is a row of everybody."""
    if MATCHED in _columns_of(outcomes_path):
        return f"coalesce(o.{MATCHED}, false)"
    return f"o.{CUSTOMER_ID} IS NOT NULL"


def _fields(source: SourceFile, columns: Mapping[str, str] | None) -> dict[str, str]:
    """The field of the id and of each metric, by our names."""
    wanted = dict(columns) if columns is not None else {name: name for name in source.columns}
    listed = ", ".join(source.columns[:30])
    if CUSTOMER_ID not in wanted:
        raise FileInvalid(source.path, f"there is no column {CUSTOMER_ID}; it has: {listed}.")
    absent = [theirs for theirs in wanted.values() if theirs not in source.columns]
    if absent:
        raise FileInvalid(source.path, f"there is no column '{absent[0]}'; it has: {listed}.")
    reserved = [name for name in wanted if name in _RESERVED]
    if reserved:
        raise FileInvalid(
            source.path,
            f"the column {reserved[0]} cannot be a metric; say which columns are, with a mapping.",
        )
    if not set(wanted) - {CUSTOMER_ID, *DELIVERY}:
        raise FileInvalid(source.path, "there is no metric beside the customer; add a column.")
    return {ours: source.field(theirs) for ours, theirs in wanted.items()}


def _refuse_values(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, name: str, field: str
) -> None:
    """Every value is a number; where all are 0 or 1, none is below."""
    rows = connection.execute(
        f"""SELECT row, {field} FROM (
            SELECT row, {field}, TRY_CAST({field} AS DOUBLE) AS d,
                max(d) OVER () <= 1 AND bool_and(d = floor(d)) OVER () AS flag FROM {SOURCE})
        WHERE d IS NULL OR NOT isfinite(d) OR contains({field}, '_') OR (flag AND d < 0)
        ORDER BY row"""
    ).fetchmany(1)
    for row, value in rows:
        problem = f"'{value}' in {name} is not a number this metric can have."
        if value is None:
            problem = f"there is no value for {name}; write 0 where nothing happened."
        raise FileInvalid(source.path, f"{problem} Nothing was stored.", line=source.line_of(row))


def _columns_of(outcomes_path: Path) -> tuple[str, ...]:
    """Every column that is kept but the customer."""
    with looking() as connection:
        names = column_names(connection, parquet(outcomes_path))
    return tuple(name for name in names if name != CUSTOMER_ID)


def _values(fields: Mapping[str, str]) -> str:
    """Every metric as a number, then what is said of the delivery."""
    metrics = [
        f"CAST({field} AS DOUBLE) AS {identifier(name)}"
        for name, field in fields.items()
        if name not in DELIVERY
    ]
    delivery = [
        f"{delivery_columns.value(name, fields[name])} AS {name}"
        for name in delivery_columns.present(tuple(fields))
    ]
    return ", ".join([*metrics, *delivery])


def _refuse_other_metrics(
    connection: duckdb.DuckDBPyConnection, staged: StagedOutcomes, old: str
) -> None:
    names = column_names(connection, old)
    kept = [name for name in names if name not in {CUSTOMER_ID, *DELIVERY}]
    if set(kept) != set(staged.metrics):
        raise FileInvalid(
            staged.source,
            f"it has the metrics {', '.join(staged.metrics)}; those kept so far are "
            f"{', '.join(kept)}. Bring the same ones, or map the columns.",
        )


def _refuse_conflict(staged: StagedOutcomes, found: Conflict | None) -> None:
    if found is not None:
        raise FileInvalid(
            staged.source,
            f"{found.column} of the customer '{found.customer}' is {found.new}, but {found.kept} "
            "is already kept. Nothing was stored.",
            line=staged.line_of(found.row),
        )
