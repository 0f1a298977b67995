"""What the content checks stopped and let through, with who decided: rows, files, pictures."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.charts.severities import SeverityChart
from core.errors import StorageUnavailable
from core.models.screening import Screening
from core.orchestrator.service.context import Context
from core.reports.files import write_whole
from core.reports.safety_csv import safety_csv, safety_csv_for_excel
from core.reports.severity_chart import Outcomes, outcomes, severity_chart
from core.storage import campaigns
from core.storage import screenings as stored

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Screenings:
    """Every screening of a workspace."""

    context: Context

    def everything(self, campaign_id: str | None = None) -> tuple[Screening, ...]:
        """Every screening, of one campaign where it is named, in the order they happened.

        Raises:
            NotFound: there is no such campaign.
        """
        with self.context.read() as connection:
            if campaign_id is not None:
                campaigns.get(connection, campaign_id)
            return stored.screenings(connection, campaign_id)

    def distribution(self, found: Iterable[Screening]) -> SeverityChart | None:
        """How severe these screenings are, beside the thresholds; None when there is no outcome."""
        lines = self.context.policy().safety.lines
        return severity_chart((s.screened for s in found), lines)

    def outcomes(self, found: Iterable[Screening]) -> Outcomes:
        """How many of these passed, wait for eyes, were stopped, or got no answer."""
        return outcomes(s.screened for s in found)

    def build(self, campaign_id: str | None = None) -> tuple[Path, ...]:
        """The report as files: of the workspace, or of a campaign in its own folder.

        Raises:
            NotFound: there is no such campaign.
            StorageUnavailable: the folder of reports cannot be written.
        """
        found = self.everything(campaign_id)
        folder = self.context.settings.reports
        if campaign_id is not None:
            folder = folder / "campaigns" / campaign_id
        made = {
            "safety_audit_report.csv": safety_csv(found),
            "safety_audit_report_for_excel.csv": safety_csv_for_excel(found),
        }
        chart = self.distribution(found)
        if chart is not None:
            made |= _drawn(chart)
        try:
            files = tuple(write_whole(folder / name, data) for name, data in made.items())
        except OSError as error:
            raise StorageUnavailable(f"Cannot write {folder}: {error.strerror}.") from error
        logger.info("reported %d screenings", len(found))
        return files


def _drawn(chart: SeverityChart) -> dict[str, bytes]:
    # Drawing takes a second to import, and few commands draw.
    from core.reports.figures import png_bytes, svg_text  # noqa: PLC0415

    name = "visualizations/safety_distribution"
    return {f"{name}.png": png_bytes(chart), f"{name}.svg": svg_text(chart).encode()}
