"""The audit trail, for looking and for checking."""

import re
from dataclasses import dataclass

from core.errors import BadInput
from core.models.approval import AuditEntry
from core.orchestrator.service.context import Context
from core.storage import audit, audit_check
from core.storage.audit import EVERYTHING, End, Wanted
from core.storage.audit_check import Chain

# Handed on: pages and commands ask with it and know no storage.
__all__ = ["AuditTrail", "Chain", "Wanted"]

_NOTED = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """Everything that was done and decided, in order."""

    context: Context

    def latest(self, limit: int = 100, *, subject: str | None = None) -> tuple[AuditEntry, ...]:
        """The newest entries, newest first."""
        return self.find(Wanted(subject=subject), limit=limit)

    def find(self, wanted: Wanted = EVERYTHING, *, limit: int = 100) -> tuple[AuditEntry, ...]:
        """The newest entries that are wanted, newest first; `before` in it turns the page."""
        with self.context.read() as connection:
            return audit.entries(connection, limit=limit, wanted=wanted)

    def actions(self) -> tuple[str, ...]:
        """Every action there is an entry of, sorted."""
        with self.context.read() as connection:
            return audit.actions(connection)

    def actors(self) -> tuple[str, ...]:
        """Everybody there is an entry of, sorted."""
        with self.context.read() as connection:
            return audit.actors(connection)

    def verify(self, *, noted: str | None = None) -> Chain:
        """Whether table, log and signed note agree, and the first bad row when they do not.

        `noted` is an entry as an earlier check gave it, `NUMBER:HASH`, kept outside: it tells
        when somebody who has everything here, the key too, wrote the trail anew.

        Raises:
            BadInput: what was noted is not of that form.
            StorageUnavailable: something cannot be read, so nothing can be said.
        """
        end = None
        if noted is not None:
            parts = _NOTED.fullmatch(noted.strip())
            if parts is None:
                raise BadInput(
                    f"'{noted}' is no noted entry; write NUMBER:HASH as `audit verify` prints it."
                )
            end = End(int(parts[1]), parts[2])
        with self.context.read() as connection:
            return audit_check.verify(connection, self.context.audit_log, noted=end)
