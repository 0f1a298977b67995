"""Reports: what was found about a campaign, as files that outlive the meeting."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from core.charts.forest import ForestChart
from core.charts.table import Chart
from core.errors import StorageUnavailable
from core.models.attribution import Attribution
from core.models.readout import Readout
from core.orchestrator.service.attribution import attribution
from core.orchestrator.service.context import Context
from core.orchestrator.service.report_gathering import report_content
from core.orchestrator.service.results import Results
from core.orchestrator.service.screenings import Screenings
from core.reports.files import write_whole
from core.reports.lift_chart import forest
from core.reports.reading import primary_metric

logger = logging.getLogger(__name__)

SLICE = "segment"
_FIGURES = ("lift", "lift_by_segment", "lift_by_day", "feature_importance")


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

        As PDF, as HTML, and every figure as PNG and SVG.

        Raises:
            NotFound: there is no such campaign.
            StorageUnavailable: the folder of reports cannot be written.
        """
        readout = self.results.readout(campaign_id) if self.results.measured(campaign_id) else None
        made = self._files(campaign_id, readout)
        folder = self.context.settings.reports
        for target in (folder, folder / "campaigns" / campaign_id):
            _forget_others(target, made)
            for name, data in made.items():
                _write(target / name, data)
        logger.info("built a report of %d files", len(made), extra={"campaign_id": campaign_id})
        # What was screened and decided, beside what was found: of the campaign, and of everything.
        checks = Screenings(self.context)
        checks.build(campaign_id)
        files = (*(folder / name for name in made), *checks.build())
        return Built(files[0], files)

    def pdf(self, campaign_id: str, readout: Readout | None) -> bytes:
        """The report as a tagged PDF, for a download.

        Raises:
            NotFound: there is no such campaign.
        """
        # Printing takes a second to import, and few commands and pages print.
        from core.reports.campaign_report import pdf_bytes  # noqa: PLC0415

        return pdf_bytes(report_content(self.context, campaign_id, readout))

    def html(self, campaign_id: str, readout: Readout | None) -> bytes:
        """The report as one HTML file, for a download or a look.

        Raises:
            NotFound: there is no such campaign.
        """
        from core.reports.report_html import html_bytes  # noqa: PLC0415 - as above

        return html_bytes(report_content(self.context, campaign_id, readout))

    def png(self, chart: Chart) -> bytes:
        """A chart as a picture, for a download."""
        from core.reports.figures import png_bytes  # noqa: PLC0415 - as above

        return png_bytes(chart)

    def attribution(self, campaign_id: str) -> Attribution:
        """Which traits of customers went with the metric that decides: associations, never causes.

        Raises:
            NotFound: nothing is measured.
            UndefinedStatistic: the metric is no average over customers.
        """
        return attribution(self.context, campaign_id)

    def lift_chart(self, readout: Readout, *, by_segment: bool = False) -> ForestChart | None:
        """The lift of each group on the primary metric, overall or by segment.

        Segments are drawn towards their average, as a page shows them at first.
        """
        metric = primary_metric(readout)
        if metric is None:
            return None
        column = SLICE if by_segment else None
        return forest(readout, metric, slice_column=column, drawn_together=by_segment)

    def _files(self, campaign_id: str, readout: Readout | None) -> dict[str, bytes]:
        """Every file by its name in the folder of reports; the PDF comes first."""
        from core.reports.campaign_report import document, pdf_bytes  # noqa: PLC0415 - as above
        from core.reports.figures import png_bytes, svg_text  # noqa: PLC0415 - as above
        from core.reports.report_html import html_bytes  # noqa: PLC0415 - as above

        content = report_content(self.context, campaign_id, readout)
        made = {
            "experiment_report.pdf": pdf_bytes(content),
            "experiment_report.html": html_bytes(content),
        }
        for picture in document(content).pictures:
            # The content checks write their own, of the campaign and of everything.
            if picture.name != "safety_distribution":
                made[f"visualizations/{picture.name}.png"] = png_bytes(picture.chart)
                made[f"visualizations/{picture.name}.svg"] = svg_text(picture.chart).encode()
        return made


def _forget_others(folder: Path, made: Collection[str]) -> None:
    """Takes away figures of a report before that this one does not have.

    What there is no SVG of is not a report's: the segments draw a feature_importance.png too.
    """
    names = (f"visualizations/{name}.svg" for name in _FIGURES)
    left = [folder / name for name in names if name not in made and (folder / name).exists()]
    try:
        for old in left:
            old.with_suffix(".png").unlink(missing_ok=True)
            old.unlink(missing_ok=True)
    except OSError as error:
        raise StorageUnavailable(f"Cannot write {folder}: {error.strerror}.") from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise StorageUnavailable(f"Cannot write {path}: {error.strerror}.") from error
