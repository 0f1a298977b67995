"""Restoring a backup into an empty workspace: all of its state, or nothing of it.

Before anything else runs there: a workspace that is opened begins a policy and an audit trail of
its own, and neither can be taken back.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import FileInvalid, Refused
from core.models.runs import RunState
from core.orchestrator.config import Settings
from core.orchestrator.service.backups import Made
from core.orchestrator.service.context import SYSTEM
from core.storage import audit, audit_note, backup_file, run_variants, runs, state_rows
from core.storage.audit_key import VARIABLE, AuditKey
from core.storage.audit_log import Place
from core.storage.audit_note import Head
from core.storage.backup_file import Backup
from core.storage.database import Connection, Database
from core.storage.schema import HEAD

logger = logging.getLogger(__name__)

_RESTORED = "restored from a backup; generate again, only what is missing will be written"


@dataclass(frozen=True, slots=True)
class Restoring:
    """An empty workspace, and its database, which has its tables and no rows."""

    settings: Settings
    database: Database

    def restore(self, path: Path, now: datetime) -> Made:
        """Bring back what is in the backup; the log of the audit is written from the table.

        Raises:
            FileInvalid: it is no whole backup, of another version of the tables, or its audit
                trail is signed with another key.
            Refused: something is here already.
        """
        with backup_file.read(path) as backup:
            self._refuse(backup)
            key, unsigned = self._audit(backup)
            for name in self._files(backup):
                target = self.settings.workspace / name
                if not target.exists():
                    backup.unpack(name, target, private=target == self._place.key)
            # Before the rows: whoever finds signed entries and no note takes it for removed.
            audit_note.keep(self._place.note, Head(0, audit.GENESIS, 0, unsigned), key)
            with self.database.begin() as connection:
                if not state_rows.empty(connection):
                    raise Refused(self._not_empty)
                rows = sum(
                    state_rows.load(connection, name, backup.lines(name))
                    for name in state_rows.tables()
                )
                _end_runs(connection, now)
                entry = audit.append(
                    connection,
                    at=now,
                    actor=SYSTEM.name,
                    verified=SYSTEM.verified,
                    action="restore backup",
                    subject=backup.path.name,
                    detail={"made_at": backup.manifest["made_at"]},
                    key=key,
                )
            files = len(backup.files)
        logger.info("restored a backup of %d rows and %d files", rows, files)
        return Made(path, rows, files, entry.sequence, entry.hash)

    @property
    def _place(self) -> Place:
        return Place(self.settings.logs, self.settings.processed)

    @property
    def _not_empty(self) -> str:
        return (
            f"The workspace {self.settings.workspace} is in use; nothing was restored. Name an "
            "empty one with --workspace, and an empty database with CPO_DATABASE_URL."
        )

    def _refuse(self, backup: Backup) -> None:
        schema = backup.manifest.get("schema")
        if schema != HEAD:
            raise FileInvalid(
                backup.path,
                f"its tables have version {schema}, this product has {HEAD}; restore it with the "
                "version of the product that made it, and update afterwards",
            )
        with self.database.read() as connection:
            if not state_rows.empty(connection):
                raise Refused(self._not_empty)
        log = self._place.log
        if log.exists() and log.stat().st_size:
            raise Refused(f"{log} is there and holds something else; use an empty folder.")
        for name in self._files(backup):
            target = self.settings.workspace / name
            if target.exists() and not backup.same(name, target):
                raise Refused(f"{target} is there and holds something else; use an empty folder.")

    def _files(self, backup: Backup) -> list[str]:
        """All but the note, which belongs to the log that was there."""
        return [name for name in backup.files if name != self._named(self._place.note)]

    def _audit(self, backup: Backup) -> tuple[AuditKey, int]:
        """The key of the trail, and how many of its entries are older than the signing."""
        key = AuditKey.known(self.settings.environment, self._place.key)
        inside = self._named(self._place.key)
        if key is None and inside in backup.files:
            key = AuditKey(backup.content(inside).strip())
        note = self._named(self._place.note)
        head = None
        if key is not None and note in backup.files:
            head = audit_note.parsed(backup.content(note), note, key).head
        if key is None or head is None:
            raise FileInvalid(
                backup.path,
                "the audit trail in it is signed with another key than the one here; set "
                f"{VARIABLE} to the key of the workspace it was made in",
            )
        return key, head.unsigned

    def _named(self, path: Path) -> str:
        return path.relative_to(self.settings.workspace).as_posix()


def _end_runs(connection: Connection, now: datetime) -> None:
    """The queue is not in a backup: what was under way is over, so that nothing is done twice."""
    for run in runs.active(connection):
        runs.finish(connection, run.run_id, RunState.CANCELLED, _RESTORED, now)
        run_variants.leave(connection, run.run_id, _RESTORED, now)
