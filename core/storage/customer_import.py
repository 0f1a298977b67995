"""A customer file as a staged dataset: typed columns, one row a customer, a report of every row."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from core.errors import BadInput, FileInvalid, StorageUnavailable
from core.frames import CUSTOMER_ID
from core.models.customer_file import Choices, ColumnChoice
from core.models.customers import (
    Column,
    ColumnRole,
    ImportReport,
    email_permission,
)
from core.storage.column_roles import Chosen, described
from core.storage.customer_rows import Prepared, customer_rows
from core.storage.duck import bounded, copy_parquet, number, session
from core.storage.permissions import permission_counts
from core.storage.purchases import purchases
from core.storage.source_file import SOURCE, SourceFile, read_source
from core.storage.staging import staging
from core.storage.suppression_tokens import NOBODY, Suppressed

_CUSTOMERS = "customers_ready"
NO_PERMISSION_NOTE = (
    "No permission column: you can segment and draft; export stays locked until each customer's "
    "permission is known."
)
_OTHER_CHANNEL_NOTE = (
    "No permission for e-mail: you can segment and draft; export stays locked until it is known."
)
_NUMBERED_NOTE = (
    "The file names no customer, so its rows are numbered: you can segment these customers, but no "
    "sender knows them."
)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What somebody says about a file: its id column, a name, and their choices.

    `permission_column` None guesses; what `choices` say of a column comes first.
    """

    id_column: str
    name: str
    permission_column: str | None = None
    choices: Choices = Choices()
    suppressed: Suppressed = NOBODY


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
    """The customers of a file, staged in a temporary folder inside `folder`.

    Raises:
        FileInvalid: the file cannot be read, has no id column or not one usable row.
        BadInput: the request names columns that cannot be what it says.
        StorageUnavailable: `folder` cannot be written.
    """
    with staging(folder, "import") as workspace, session(threads=None) as connection:
        bounded(connection, workspace)
        source = read_source(connection, path, workspace, request.choices.reading)
        if request.choices.number_rows:
            source = _numbered(connection, source)
            request = replace(request, id_column=CUSTOMER_ID)
        fields = _fields(source, request)
        chosen = _chosen(request)
        prepare = customer_rows if request.choices.transactions is None else purchases
        prepared = prepare(connection, source, fields, request.choices, request.suppressed)
        return _staged(connection, prepared, chosen, request, workspace)


def _staged(
    connection: duckdb.DuckDBPyConnection,
    prepared: Prepared,
    chosen: Chosen,
    request: ImportRequest,
    workspace: Path,
) -> StagedImport:
    staged = workspace / "customers.parquet"
    kept = {n: t for n, t in prepared.columns.items() if not _is_ignored(chosen, n)}
    connection.execute(f"CREATE TABLE {_CUSTOMERS} AS {prepared.query(kept)}")
    found = {name: each.kind for name, each in kept.items()}
    known = {c.name: c for c in described(connection, _CUSTOMERS, found, chosen)}
    connection.execute("SET threads = 1")  # the same rows then give the same bytes
    sha256 = copy_parquet(connection, f"FROM {_CUSTOMERS}", staged)
    columns = tuple(
        known.get(n) or Column(n, ColumnRole.IGNORED, t.kind) for n, t in prepared.columns.items()
    )
    report = _report(connection, prepared, columns)
    if request.choices.number_rows:
        report = replace(report, notes=(_NUMBERED_NOTE, *report.notes))
    rows = report.kept if report.customers is None else report.customers
    return StagedImport(staged, sha256, request.name, rows, columns, report)


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


def _numbered(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> SourceFile:
    """The source with a column that numbers its rows, for a file that names no customer.

    Raises:
        BadInput: the file has a column of that name.
    """
    if CUSTOMER_ID in {c.casefold() for c in source.columns}:
        raise BadInput(f"{source.path.name} has a column {CUSTOMER_ID}; choose it as the id.")
    place = len(source.columns)
    width = len(str(number(connection, f"SELECT max(row) + 1 FROM {SOURCE}")))
    connection.execute(f"ALTER TABLE {SOURCE} ADD COLUMN c{place} VARCHAR")
    connection.execute(
        f"UPDATE {SOURCE} SET c{place} = 'row-' || lpad(CAST(row + 1 AS VARCHAR), {width}, '0')"
    )
    return replace(source, columns=(*source.columns, CUSTOMER_ID))


def _fields(source: SourceFile, request: ImportRequest) -> dict[str, str]:
    """The field of every column, the id under its own name."""
    choices = request.choices
    made = choices.transactions.columns if choices.transactions else ()
    asked = () if choices.transactions else tuple(c.name for c in choices.columns)
    named = [request.permission_column, *asked, *made]
    known = {*source.columns, CUSTOMER_ID}
    unknown = [n for n in named if n is not None and n not in known]
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


def _chosen(request: ImportRequest) -> dict[str, ColumnChoice]:
    """What was decided about each column, by name."""
    chosen: dict[str, ColumnChoice] = {}
    if request.permission_column is not None:
        name = request.permission_column
        chosen[name] = ColumnChoice(name, ColumnRole.PERMISSION)
    return chosen | {c.name: c for c in request.choices.columns if c.name != request.id_column}


def _is_ignored(chosen: Chosen, name: str) -> bool:
    return name in chosen and chosen[name].role is ColumnRole.IGNORED


def _report(
    connection: duckdb.DuckDBPyConnection,
    prepared: Prepared,
    columns: tuple[Column, ...],
) -> ImportReport:
    source, judged = prepared.source, prepared.judged
    counts = permission_counts(connection, _CUSTOMERS, columns)
    permission = email_permission(columns)
    asked = next((c for c in counts if c.column == permission), None)
    notes = [*source.notes, *judged.notes, *prepared.notes]
    notes += [t.note for n, t in prepared.columns.items() if t.note and _is_kept(columns, n)]
    if asked is None:
        notes.append(_OTHER_CHANNEL_NOTE if counts else NO_PERMISSION_NOTE)
    return ImportReport(
        source=source.path.name,
        read=source.read,
        kept=judged.kept,
        rejected=judged.rejected,
        duplicate=judged.duplicate,
        suppressed=judged.suppressed,
        without_permission=None if asked is None else asked.no + asked.unknown,
        rejects=judged.listed,
        notes=tuple(notes),
        permissions=counts,
        customers=prepared.customers,
    )


def _is_kept(columns: tuple[Column, ...], name: str) -> bool:
    return any(c.name == name and c.role is not ColumnRole.IGNORED for c in columns)
