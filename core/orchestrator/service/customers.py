"""Customers: a file is looked at first, and becomes a data set when somebody says so."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from core.errors import Refused
from core.models.customer_file import Choices, FileLook, Reading
from core.models.customers import Dataset
from core.models.people import Person
from core.orchestrator.service.context import Context
from core.orchestrator.service.erased_places import ErasedPlaces
from core.orchestrator.service.suppression import suppressed
from core.storage import customer_import, customer_look, datasets, erasures
from core.storage.customer_import import ImportRequest, StagedImport
from core.storage.erased_tables import holding
from core.storage.rejects import write_rejects
from core.storage.tables import ParquetCustomers, edition
from core.workflow import Permission, require

# StagedImport is part of what this station speaks of.
__all__ = ["Customers", "StagedImport", "customer_table", "permission_column"]

logger = logging.getLogger(__name__)

AS_FOUND, AS_GUESSED = Reading(), Choices()
_STAGED_AT_MOST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Customers:
    """The data sets of a workspace."""

    context: Context

    def everything(self) -> tuple[Dataset, ...]:
        """All data sets, newest first."""
        with self.context.read() as connection:
            return datasets.everything(connection)

    def get(self, dataset_id: str) -> Dataset:
        """One data set; raises NotFound."""
        with self.context.read() as connection:
            return datasets.get(connection, dataset_id)

    def look(self, path: Path, reading: Reading = AS_FOUND) -> FileLook:
        """The first rows of a file, with guesses of what its columns are for.

        Raises:
            FileInvalid: the file cannot be read as a table.
        """
        return customer_look.look(path, reading, self._staging())

    def look_at_upload(
        self, content: bytes, *, file_name: str, reading: Reading = AS_FOUND
    ) -> FileLook:
        """Like `look`, for bytes that came through the browser."""
        with self._uploaded(content, file_name) as path:
            return self.look(path, reading)

    def stage(
        self,
        path: Path,
        *,
        id_column: str,
        name: str | None = None,
        choices: Choices = AS_GUESSED,
    ) -> StagedImport:
        """Read a file without keeping it: what it holds, and what would become of each row.

        Raises:
            FileInvalid: the file cannot be read, or has no such column.
            BadInput: a column cannot be what was chosen.
        """
        with self.context.read() as connection:
            hidden = suppressed(connection)
        request = ImportRequest(
            id_column=id_column, name=name or _title(path), choices=choices, suppressed=hidden
        )
        return customer_import.read_customers(path, request, self._staging())

    def stage_upload(
        self,
        content: bytes,
        *,
        file_name: str,
        id_column: str,
        name: str | None = None,
        choices: Choices = AS_GUESSED,
    ) -> StagedImport:
        """Like `stage`, for bytes that came through the browser."""
        with self._uploaded(content, file_name) as path:
            title = name or _title(Path(file_name))
            return self.stage(path, id_column=id_column, name=title, choices=choices)

    def use(self, staged: StagedImport, *, by: Person, name: str | None = None) -> Dataset:
        """Keep a staged file as a data set; the same content again is the same data set.

        Raises:
            Refused: somebody was erased since the file was read, and it still holds them.
        """
        require(by, Permission.IMPORT_CUSTOMERS)
        self._refuse_erased(staged)
        with self.context.write(by) as write:
            # A data set from which somebody was erased is the same as the file without them; what
            # became of the rows is then told of this reading.
            first = erasures.first_of(write.connection, staged.sha256)
            known = datasets.find_by_sha(write.connection, first)
            if known is not None and self.context.table(known.dataset_id).exists():
                customer_import.discard(staged)
                again = first == staged.sha256
                return known if again else replace(known, report=staged.report)
            # In the transaction, so that nobody is erased between the table and its record.
            path = customer_import.commit(staged, self.context.settings.tables)
            if known is not None:
                return known
            dataset = Dataset(
                dataset_id=staged.dataset_id,
                name=name or staged.name,
                sha256=staged.sha256,
                rows=staged.rows,
                columns=staged.columns,
                report=staged.report,
                created_at=write.at,
                created_by=by.name,
            )
            datasets.add(write.connection, dataset)
            write.record("use data set", dataset.dataset_id, rows=dataset.rows)
        logger.info("data set %s has %d customers (%s)", dataset.dataset_id, staged.rows, path.name)
        return dataset

    def discard(self, staged: StagedImport) -> None:
        """Forget a staged file."""
        customer_import.discard(staged)

    def write_rejects(self, dataset: Dataset) -> Path | None:
        """A CSV of the rows that were not kept, with the reason; None when all were."""
        if not dataset.report.rejects:
            return None
        path = self.context.settings.processed / "rejects" / f"{dataset.dataset_id}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_rejects(dataset.report, path)
        return path

    def _refuse_erased(self, staged: StagedImport) -> None:
        """Refuse a file that was read before somebody in it was erased."""
        gone = ErasedPlaces(self.context).forgotten()
        stale = staged.path.is_file() and gone.marks and holding((staged.path,), gone)
        if stale or not staged.path.is_file():
            customer_import.discard(staged)
            raise Refused(
                f"{staged.name} was read before a customer was erased, or long ago. Bring the file "
                "in again; whoever is left out stays out."
            )

    def _staging(self) -> Path:
        folder = self.context.settings.processed / "staging"
        folder.mkdir(parents=True, exist_ok=True)
        # What a browser that was closed has left behind.
        oldest = (self.context.now() - _STAGED_AT_MOST).timestamp()
        for left in folder.iterdir():
            if left.stat().st_mtime < oldest:
                shutil.rmtree(left, ignore_errors=True)
        return folder

    @contextmanager
    def _uploaded(self, content: bytes, file_name: str) -> Iterator[Path]:
        folder = Path(tempfile.mkdtemp(dir=self._staging()))
        try:
            # Only the name's last part: what a browser sends is not a path of ours.
            path = folder / Path(file_name).name
            path.write_bytes(content)
            yield path
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _title(path: Path) -> str:
    """The name of a file without its endings."""
    return Path(path.stem).stem if path.suffix == ".gz" else path.stem


def customer_table(context: Context, dataset: Dataset) -> ParquetCustomers:
    """A handle on the customers: questions and answers, never rows."""
    path = context.table(dataset.dataset_id)
    return ParquetCustomers(path, dataset.columns, edition=edition(path))


def permission_column(dataset: Dataset) -> str | None:
    """The column that says who may be sent an e-mail, or None."""
    return dataset.permission
