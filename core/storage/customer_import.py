"""A customer file as a staged dataset: typed columns, one row a customer, a report of every row."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import BadInput, FileInvalid, StorageUnavailable
from core.frames import CUSTOMER_ID
from core.models.customers import Column, ColumnKind, ColumnRole, ImportReport
from core.storage.column_kinds import Typed, kinds
from core.storage.column_roles import RolesGiven, described, looks_like_permission
from core.storage.customer_ids import judge, judgement, kept_rows
from core.storage.duck import copy_parquet, identifier, number, parquet, session
from core.storage.source_file import SOURCE, SourceFile, read_source
from core.storage.staging import staging

NO_PERMISSION_NOTE = (
    "No permission column: you can segment and draft; export stays locked until each customer's "
    "permission is known."
)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What somebody says about a file: its id column, a name, and roles where they know them.

    `permission_column` None guesses; `personal_columns` None guesses, a tuple names them all.
    """

    id_column: str
    name: str
    permission_column: str | None = None
    personal_columns: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StagedImport:
    """A dataset that is ready but not in use: `commit` keeps it, `discard` forgets it.

    The id column is called customer_id in the staged Parquet, whatever it was called before.
    """

    path: Path
    sha256: str
    name: str
    rows: int
    columns: tuple[Column, ...]
    report: ImportReport

    @property
    def dataset_id(self) -> str:
        """The name of the table: the same content always has the same one."""
        return f"dataset-{self.sha256[:16]}"


def read_customers(path: Path, request: ImportRequest, folder: Path) -> StagedImport:
    """The customers of a CSV, TSV or Parquet file, staged in a temporary folder inside `folder`.

    Raises:
        FileInvalid: the file cannot be read, has no id column or not one usable row.
        BadInput: the request names columns that cannot be what it says.
        StorageUnavailable: `folder` cannot be written.
    """
    with staging(folder, "import") as workspace, session(threads=None) as connection:
        source = read_source(connection, path, workspace)
        fields = _fields(source, request)
        judge(connection, source, fields[CUSTOMER_ID])
        typed = _typed(connection, source, fields, request)
        staged = workspace / "customers.parquet"
        connection.execute("SET threads = 1")  # the same rows then give the same bytes
        sha256 = copy_parquet(connection, _customers(typed), staged)
        found = {name: each.kind for name, each in typed.items()}
        columns = described(connection, parquet(staged), found, _roles(request))
        report = _report(connection, source, columns, typed)
        return StagedImport(staged, sha256, request.name, report.kept, columns, report)


def commit(staged: StagedImport, tables_dir: Path) -> Path:
    """Puts the staged table among the tables, under a name made of its content.

    Raises:
        StorageUnavailable: the folder of tables cannot be written, or nothing is staged.
    """
    path = tables_dir / f"{staged.dataset_id}.parquet"
    try:
        tables_dir.mkdir(parents=True, exist_ok=True)
        staged.path.replace(path)
    except OSError as error:
        raise StorageUnavailable(f"Cannot write {path}: {error.strerror}.") from error
    discard(staged)
    return path


def discard(staged: StagedImport) -> None:
    """Removes what was staged."""
    shutil.rmtree(staged.path.parent, ignore_errors=True)


def _fields(source: SourceFile, request: ImportRequest) -> dict[str, str]:
    """The field of every column, the id under its own name."""
    named = [request.permission_column, *(request.personal_columns or ())]
    unknown = [n for n in named if n is not None and n not in source.columns]
    if unknown:
        raise BadInput(
            f"{source.path.name} has no column '{unknown[0]}'; it has {_listed(source)}."
        )
    chosen = request.id_column
    if chosen not in source.columns:
        raise FileInvalid(
            source.path, f"there is no id column '{chosen}'; the columns are {_listed(source)}."
        )
    taken = [c for c in source.columns if c.casefold() == CUSTOMER_ID and c != chosen]
    if taken:
        raise BadInput(
            f"{source.path.name} has a column {taken[0]} that is not the id you chose ({chosen}); "
            "choose it or rename it."
        )
    return {CUSTOMER_ID if c == chosen else c: source.field(c) for c in source.columns}


def _listed(source: SourceFile) -> str:
    more = len(source.columns) - 30
    return ", ".join(source.columns[:30]) + (f" and {more} more" if more > 0 else "")


def _flag_columns(source: SourceFile, request: ImportRequest) -> frozenset[str]:
    names = {c for c in source.columns if looks_like_permission(c)}
    return frozenset(names | {request.permission_column or ""})


def _customers(typed: Mapping[str, Typed]) -> str:
    values = ", ".join(f"{each.sql} AS {identifier(name)}" for name, each in typed.items())
    return f"SELECT {values} FROM {kept_rows()}"


def _typed(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    fields: Mapping[str, str],
    request: ImportRequest,
) -> dict[str, Typed]:
    others = {name: field for name, field in fields.items() if name != CUSTOMER_ID}
    found = kinds(connection, SOURCE, others, _flag_columns(source, request))
    return {name: found.get(name, Typed(ColumnKind.TEXT, field)) for name, field in fields.items()}


def _roles(request: ImportRequest) -> RolesGiven:
    return RolesGiven(request.permission_column, request.personal_columns)


def _report(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    columns: tuple[Column, ...],
    typed: Mapping[str, Typed],
) -> ImportReport:
    judged = judgement(connection, source)
    permission = next((c for c in columns if c.role is ColumnRole.PERMISSION), None)
    without = None
    if permission is not None:
        agreed = f"SELECT count(*) FILTER ({typed[permission.name].sql} = 'yes')"
        without = judged.kept - number(connection, f"{agreed} FROM {kept_rows()}")
    notes = [*source.notes, *judged.notes, *(t.note for t in typed.values() if t.note)]
    if permission is None:
        notes.append(NO_PERMISSION_NOTE)
    return ImportReport(
        source=source.path.name,
        read=source.read,
        kept=judged.kept,
        rejected=judged.rejected,
        duplicate=judged.duplicate,
        suppressed=0,
        without_permission=without,
        rejects=judged.listed,
        notes=tuple(notes),
    )
