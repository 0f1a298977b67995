"""Whether the folder of files is the one that belongs to the database.

On PostgreSQL several machines share one state, and must share its files, too: customers, members
of segments and assignments are Parquet files that rows of the database name. The database and the
folder carry the same mark; a process that finds another folder, or none, is not to begin.
"""

import logging
import secrets
from dataclasses import dataclass
from pathlib import Path

from core.errors import StorageUnavailable
from core.orchestrator.config import Settings
from core.storage import datasets, workers, workspace_settings
from core.storage.database import Database
from core.storage.state_rows import FOLDER_MARK

logger = logging.getLogger(__name__)

_FILE = "files.mark"


@dataclass(frozen=True, slots=True)
class SharedFiles:
    """The folder `data/processed` and the database it belongs to."""

    settings: Settings
    database: Database

    @property
    def shared(self) -> bool:
        """Whether the database can be elsewhere than the files."""
        return not self.settings.database_url.startswith("sqlite")

    def meet(self) -> None:
        """Nothing when folder and database belong together; the first time, they are marked so.

        Raises:
            StorageUnavailable: this is another folder than the one other processes write to.
        """
        if not self.shared:
            return
        with self.database.read() as connection:
            mark = workspace_settings.get(connection, FOLDER_MARK)
        if mark is None:
            mark = self._marked()
        if self._found() != mark:
            raise StorageUnavailable(
                f"The folder {self.settings.processed} is not the one that belongs to the "
                f"database {self.database.place}: mount the volume that the other "
                "processes use, or name it with CPO_WORKSPACE."
            )

    def check(self) -> str:
        """What is there, in words.

        Raises:
            StorageUnavailable: it is the wrong folder, or tables are missing in it.
        """
        self.meet()
        with self.database.read() as connection:
            known = [d.dataset_id for d in datasets.everything(connection)]
            places = workers.places(connection)
        tables = self.settings.tables
        gone = [name for name in known if not (tables / f"{name}.parquet").exists()]
        if gone:
            raise StorageUnavailable(
                f"{len(gone)} of {len(known)} tables of customers are missing in "
                f"{tables}, {gone[0]}.parquet first; restore the files that "
                "belong to this database."
            )
        said = "1 table of customers" if len(known) == 1 else f"{len(known)} tables of customers"
        if not self.shared:
            return said
        at_work = ", ".join(places) or "none; start `python -m core worker`"
        return f"{said}, shared; workers: {at_work}"

    def _marked(self) -> str:
        """Mark both, in the one write transaction: of two that begin at once, one does."""
        with self.database.begin() as connection:
            mark = workspace_settings.get(connection, FOLDER_MARK)
            if mark is None:
                mark = self._found() or secrets.token_hex(16)
                self._path().write_text(mark, encoding="utf-8")
                workspace_settings.put(connection, FOLDER_MARK, mark)
                logger.info("marked the folder of files as this database's")
        return mark

    def _found(self) -> str:
        try:
            return self._path().read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise StorageUnavailable(
                f"{self._path()} cannot be read ({error.strerror}); is the volume there?"
            ) from error

    def _path(self) -> Path:
        return self.settings.processed / _FILE
