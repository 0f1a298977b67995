"""The files of reports that were built and are kept, campaign by campaign."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.errors import NotFound, StorageUnavailable
from core.orchestrator.service.context import Context


@dataclass(frozen=True, slots=True)
class ReportFile:
    """One file of a report: its name below the campaign's folder, and when it was written."""

    name: str
    path: Path
    at: datetime

    def data(self) -> bytes:
        """What it holds.

        Raises:
            StorageUnavailable: it is gone meanwhile, or cannot be read.
        """
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise StorageUnavailable(
                f"The report {self.name} cannot be read: {error.strerror}. Build it again."
            ) from error


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Looks at the folder of reports; writes nothing."""

    context: Context

    def of_campaign(self, campaign_id: str) -> tuple[ReportFile, ...]:
        """What was built for a campaign, by name; nothing before the first time."""
        folder = self.context.settings.reports / "campaigns" / campaign_id
        return tuple(
            ReportFile(path.relative_to(folder).as_posix(), path, _written(path))
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        )

    def file(self, campaign_id: str, name: str) -> ReportFile:
        """One of them by its name.

        Raises:
            NotFound: there is no such file.
        """
        for known in self.of_campaign(campaign_id):
            if known.name == name:
                return known
        raise NotFound("report", name, "Build the report first.")


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
