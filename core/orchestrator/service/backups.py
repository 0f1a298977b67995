"""Backup of a whole workspace while it is in use; `restoring` brings it back."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import StorageUnavailable
from core.orchestrator.service.context import SYSTEM, Context
from core.orchestrator.service.out_of_reach import BACKED_UP
from core.storage import audit, backup_file, datasets, state_rows
from core.storage.schema import HEAD

logger = logging.getLogger(__name__)

_FOLDERS = ("tables", "campaigns", "rejects")
# The key of the audit trail too, where the environment does not hold it: no entry can be checked
# without it.
_SUFFIXES = frozenset({".json", ".parquet", ".key"})


@dataclass(frozen=True, slots=True)
class Made:
    """A backup: what is in it, and the head of the audit trail to note elsewhere."""

    path: Path
    rows: int
    files: int
    audit_entries: int
    audit_hash: str


@dataclass(frozen=True, slots=True)
class Backups:
    """Makes backups."""

    context: Context

    def make(self, path: Path) -> Made:
        """One moment of the state, and every file it names; nobody has to stop working.

        Raises:
            Refused: there is such a file.
            StorageUnavailable: the file cannot be written, or a table of customers is missing.
        """
        facts: dict[str, object] = {"made_at": self.context.now().isoformat(), "schema": HEAD}
        with backup_file.written(path, facts) as writer:
            with self.context.read() as connection:
                rows = {
                    name: writer.table(name, state_rows.lines(connection, name))
                    for name in state_rows.tables()
                }
                last = audit.entries(connection, limit=1)
            # After the rows: what a row names was written before it, and is never changed.
            for name, file in self._files():
                writer.file(file, name)
            facts["rows"] = rows
            facts["audit"] = {"entries": rows["audit"], "hash": last[0].hash if last else ""}
        every, files = sum(rows.values()), len(writer.sums) - len(rows)
        # An erasure has to say which copies of a customer it cannot reach.
        with self.context.write(SYSTEM) as write:
            write.record(BACKED_UP, path.name, rows=every, files=files)
        logger.info("made a backup of %d rows and %d files", every, files)
        return Made(path, every, files, rows["audit"], last[0].hash if last else "")

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Every file to keep with its name, the tables that rows speak of for certain."""
        workspace, processed = self.context.settings.workspace, self.context.settings.processed
        with self.context.read() as connection:
            needed = [self.context.table(d.dataset_id) for d in datasets.everything(connection)]
        found = [p for p in processed.glob("*") if p.suffix in _SUFFIXES]
        for folder in (*(processed / name for name in _FOLDERS), self.context.settings.reports):
            found += sorted(folder.rglob("*"))
        kept = {p for p in found if p.is_file() and not p.is_symlink() and p.name[0] != "."}
        gone = [path for path in needed if path not in kept]
        if gone:
            raise StorageUnavailable(
                f"{gone[0]} is missing, so no backup was made; `doctor` says what else is."
            )
        for path in sorted(kept):
            yield path.relative_to(workspace).as_posix(), path
