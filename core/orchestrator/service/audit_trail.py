"""The audit trail, for looking and for checking."""

from dataclasses import dataclass

from core.models.approval import AuditEntry
from core.orchestrator.service.context import Context
from core.storage import audit
from core.storage.audit import Chain


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """Everything that was done and decided, in order."""

    context: Context

    def latest(self, limit: int = 100, *, subject: str | None = None) -> tuple[AuditEntry, ...]:
        """The newest entries, newest first."""
        with self.context.read() as connection:
            return audit.entries(connection, limit=limit, subject=subject)

    def verify(self) -> Chain:
        """Whether the chain is whole, and the first bad row when it is not."""
        with self.context.read() as connection:
            return audit.verify(connection)
