"""Backup of a whole workspace while it is in use, and restoring it into an empty one."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import FileInvalid, Refused, StorageUnavailable
from core.models.runs import RunState
from core.orchestrator.service.context import SYSTEM, Context, Write
from core.orchestrator.service.library import Library
from core.orchestrator.service.out_of_reach import BACKED_UP
from core.storage import audit, backup_file, datasets, run_variants, runs, state_rows
from core.storage.backup_file import Backup
from core.storage.schema import HEAD

logger = logging.getLogger(__name__)

_FOLDERS = ("tables", "campaigns", "rejects")
_RESTORED = "restored from a backup; generate again, only what is missing will be written"


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
    """Makes backups and restores them."""

    context: Context
    library: Library

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

    def restore(self, path: Path) -> Made:
        """The workspace of a backup, into this empty one; all of its state or nothing of it.

        Raises:
            FileInvalid: it is no whole backup, or of another version of the tables.
            Refused: something is here already.
        """
        with backup_file.read(path) as backup:
            self._refuse(backup)
            for name in backup.files:
                target = self.context.settings.workspace / name
                if not target.exists():
                    backup.unpack(name, target)
            with self.context.write(SYSTEM) as write:
                if not state_rows.empty(write.connection):
                    raise Refused(_not_empty(self.context))
                rows = sum(
                    state_rows.load(write.connection, name, backup.lines(name))
                    for name in state_rows.tables()
                )
                _end_runs(write)
                write.record("restore backup", backup.path.name, made_at=backup.manifest["made_at"])
                entry = write.entries[-1]
            files = len(backup.files)
        self.library.reindex()
        logger.info("restored a backup of %d rows and %d files", rows, files)
        return Made(path, rows, files, entry.sequence, entry.hash)

    def _refuse(self, backup: Backup) -> None:
        schema = backup.manifest.get("schema")
        if schema != HEAD:
            raise FileInvalid(
                backup.path,
                f"its tables have version {schema}, this product has {HEAD}; restore it with the "
                "version of the product that made it, and update afterwards",
            )
        with self.context.read() as connection:
            if not state_rows.empty(connection):
                raise Refused(_not_empty(self.context))
        for name in backup.files:
            target = self.context.settings.workspace / name
            if target.exists() and not backup.same(name, target):
                raise Refused(f"{target} is there and holds something else; use an empty folder.")

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Every file to keep with its name, the tables that rows speak of for certain."""
        workspace, processed = self.context.settings.workspace, self.context.settings.processed
        with self.context.read() as connection:
            needed = [self.context.table(d.dataset_id) for d in datasets.everything(connection)]
        found = [p for p in processed.glob("*") if p.suffix in {".json", ".parquet"}]
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


def _not_empty(context: Context) -> str:
    return (
        f"The workspace {context.settings.workspace} is in use; nothing was restored. Name an "
        "empty one with --workspace, and an empty database with CPO_DATABASE_URL."
    )


def _end_runs(write: Write) -> None:
    """The queue is not in a backup: what was under way is over, so that nothing is done twice."""
    for run in runs.active(write.connection):
        runs.finish(write.connection, run.run_id, RunState.CANCELLED, _RESTORED, write.at)
        run_variants.leave(write.connection, run.run_id, _RESTORED, write.at)
