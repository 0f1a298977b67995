"""Which tests hold customers now, until when, and whom that leaves for another one."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.charts.dates import day_words
from core.models.campaign import Campaign, CampaignState
from core.models.send import DecisionCard, Experiment, ReadingMethod
from core.storage import campaigns, experiments
from core.storage.database import Connection

_OVER = frozenset({CampaignState.FINISHED, CampaignState.STOPPED, CampaignState.ARCHIVED})


@dataclass(frozen=True, slots=True)
class RunningTest:
    """A prepared test that nobody has decided about; `until` is the day it is read out.

    `until` is None before the export, and for a send in stages, which runs until it is decided.
    """

    campaign_id: str
    name: str
    exported: bool
    until: date | None

    @property
    def words(self) -> str:
        """Which test, and until when, as people read it."""
        if not self.exported:
            return f"in the test '{self.name}', which is prepared and not exported"
        end = "its result is decided" if self.until is None else day_words(self.until)
        return f"in the running test '{self.name}' until {end}"


def read_out_on(card: DecisionCard, first_export: datetime | None) -> date | None:
    """The day fixed for reading: so many days after the first export; None where there is none.

    A send in stages is read again and again, an imported mailing whenever it comes.
    """
    if card.method is not ReadingMethod.ONCE or first_export is None:
        return None
    return first_export.date() + timedelta(days=card.outcome_days)


def running_tests(connection: Connection, *, besides: str, today: date) -> tuple[RunningTest, ...]:
    """Every other test that holds customers, those that hold them longest first.

    A test runs from its preparation until it is stopped or decided or its day has come; only an
    exported one keeps its customers from others. A rehearsal with SIMULATED outcomes holds nobody.
    """
    found = [
        test
        for campaign in campaigns.everything(connection)
        if campaign.campaign_id != besides and _may_hold(campaign)
        for test in _running(connection, campaign, today)
    ]
    return tuple(sorted(found, key=lambda test: test.until or date.max, reverse=True))


def _may_hold(campaign: Campaign) -> bool:
    return not (campaign.imported or campaign.simulated or campaign.state in _OVER)


def _running(connection: Connection, campaign: Campaign, today: date) -> list[RunningTest]:
    experiment: Experiment | None = experiments.get(connection, campaign.campaign_id)
    if experiment is None or experiments.decisions_of(connection, campaign.campaign_id):
        return []
    exported_at = experiments.first_export_at(connection, campaign.campaign_id)
    until = read_out_on(experiment.card, exported_at)
    if until is not None and today >= until:
        return []
    name = campaign.name
    return [RunningTest(campaign.campaign_id, name, exported_at is not None, until)]
