"""Reports: what was found about a campaign, as files that outlive the meeting."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.charts.forest import ForestChart
from core.charts.table import Chart
from core.errors import StorageUnavailable
from core.models.campaign import Campaign
from core.models.messages import VariantState
from core.models.readout import Readout
from core.orchestrator.service.campaigns import current
from core.orchestrator.service.context import Context
from core.orchestrator.service.needed import needed
from core.orchestrator.service.results import Results
from core.orchestrator.service.screenings import Screenings
from core.reports.by_day import by_day
from core.reports.files import write_whole
from core.reports.lift_chart import forest
from core.reports.reading import primary_metric
from core.storage import campaigns, datasets, experiments, variants

if TYPE_CHECKING:
    from core.reports.campaign_report import ReportContent

logger = logging.getLogger(__name__)

SLICE = "segment"
_COUNTED = frozenset({VariantState.APPROVED, VariantState.EXPORTED})


@dataclass(frozen=True, slots=True)
class Built:
    """The files of a report; the first is the PDF."""

    pdf: Path
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Reporting:
    """Makes the reports of a workspace."""

    context: Context
    results: Results

    def build(self, campaign_id: str) -> Built:
        """The report of a campaign, in its own folder and as the newest of the workspace.

        Raises:
            NotFound: there is no such campaign.
            StorageUnavailable: the folder of reports cannot be written.
        """
        readout = self.results.readout(campaign_id) if self.results.measured(campaign_id) else None
        made = {"experiment_report.pdf": self.pdf(campaign_id, readout)}
        chart = self.lift_chart(readout, by_segment=True) if readout else None
        if chart is not None:
            made["visualizations/lift_by_segment.png"] = self.png(chart)
        course = by_day(readout) if readout else None
        if course is not None:
            made["visualizations/lift_by_day.png"] = self.png(course)
        folder = self.context.settings.reports
        for target in (folder, folder / "campaigns" / campaign_id):
            for name, data in made.items():
                _write(target / name, data)
        logger.info("built a report of %d files", len(made), extra={"campaign_id": campaign_id})
        # What was screened and decided, beside what was found: of the campaign, and of everything.
        checks = Screenings(self.context)
        checks.build(campaign_id)
        files = (*(folder / name for name in made), *checks.build())
        return Built(files[0], files)

    def pdf(self, campaign_id: str, readout: Readout | None) -> bytes:
        """The report as bytes, for a download."""
        # Printing takes a second to import, and few commands and pages print.
        from core.reports.campaign_report import pdf_bytes  # noqa: PLC0415

        return pdf_bytes(self._content(campaign_id, readout))

    def png(self, chart: Chart) -> bytes:
        """A chart as a picture, for a download."""
        from core.reports.figures import png_bytes  # noqa: PLC0415 - as above

        return png_bytes(chart)

    def lift_chart(self, readout: Readout, *, by_segment: bool = False) -> ForestChart | None:
        """The lift of each group on the primary metric, overall or by segment.

        Segments are drawn towards their average, as a page shows them at first.
        """
        metric = primary_metric(readout)
        if metric is None:
            return None
        column = SLICE if by_segment else None
        return forest(readout, metric, slice_column=column, drawn_together=by_segment)

    def _content(self, campaign_id: str, readout: Readout | None) -> "ReportContent":
        from core.reports.campaign_report import ReportContent  # noqa: PLC0415 - as above

        with self.context.read() as connection:
            campaign: Campaign = current(connection, campaigns.get(connection, campaign_id))
            dataset = datasets.get(connection, campaign.dataset_id)
            experiment = experiments.get(connection, campaign_id)
            decided = experiments.decisions_of(connection, campaign_id)
            every = variants.of_campaign(connection, campaign_id)
        written = [v for v in needed(campaign.brief, every) if v.state in _COUNTED]
        now = self.context.now().replace(microsecond=0)
        return ReportContent(
            campaign=campaign,
            made_at=now,
            dataset_sha256=dataset.sha256,
            experiment=experiment,
            readout=readout,
            read_at=now if readout else None,
            decision=decided[0] if decided else None,
            messages=len(written),
            sources=tuple(sorted({c.document_id for v in written for c in v.citations})),
        )


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise StorageUnavailable(f"Cannot write {path}: {error.strerror}.") from error
