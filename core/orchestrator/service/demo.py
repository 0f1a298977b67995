"""The demo: real customers of a real mailing, its true results, and a mailing to write."""

import logging
from dataclasses import dataclass
from datetime import datetime

from core.errors import NotFound
from core.models.campaign import Brief, Campaign, CampaignState, ImportedArm
from core.models.customers import Dataset, Segmentation, SegmentationMethod
from core.models.people import Person, Role
from core.models.segmentation import SegmentationRequest
from core.models.send import ArmPlan, DecisionCard, Experiment, OutcomesImport, ReadingMethod
from core.orchestrator.config import ROOT
from core.orchestrator.service.campaigns import Campaigns
from core.orchestrator.service.context import Context
from core.orchestrator.service.customers import Customers
from core.orchestrator.service.library import Library
from core.orchestrator.service.outputs import publish_segments
from core.orchestrator.service.people import People
from core.orchestrator.service.segments import Segments
from core.orchestrator.yaml_file import read_yaml
from core.storage import campaigns, experiments, outcomes, workspace_settings
from core.storage.assignment_table import AssignmentResult
from core.storage.outcome_table import (
    OutcomesRequest,
    StoredOutcomes,
    discard_outcomes,
    read_outcomes,
    store_outcomes,
)
from core.storage.recorded_arms import RecordedArms, record_arms

logger = logging.getLogger(__name__)

RAW = ROOT / "data" / "raw"
HISTORY = RAW / "historical_engagement.csv"
CONTENT = ROOT / "data" / "content" / "approved_content"
NEXT_MAILING = ROOT / "data" / "briefs" / "next_mailing.yaml"
FINISHED_ID, NEXT_ID = "mens-and-womens-mailing", "dress-for-the-week"

_DEMO_DATASET = "demo_dataset"
_PEOPLE = (
    ("admin", Role.ADMIN),
    ("marketer", Role.MARKETER),
    ("approver", Role.APPROVER),
    ("analyst", Role.ANALYST),
)
_ARMS = (
    ImportedArm(
        "Mens E-Mail",
        "An e-mail that featured men's merchandise. Its text is not part of the public data.",
    ),
    ImportedArm(
        "Womens E-Mail",
        "An e-mail that featured women's merchandise. Its text is not part of the public data.",
    ),
)
_CONTROL = "No E-Mail"
_MAILING = Brief(
    name="Men's and women's mailing (finished)",
    goal="Find out whether an e-mail about men's or about women's merchandise brings visits",
    hypothesis="An e-mail brings more visits in the following two weeks than no e-mail.",
    primary_metric="visit:proportion",
    other_metrics=("conversion:proportion", "spend:mean"),
    smallest_effect=0.1,
    holdout=1 / 3,
    same_message=None,
)


@dataclass(frozen=True, slots=True)
class DemoLoaded:
    """What the demo holds."""

    dataset: Dataset
    segmentation: Segmentation
    finished: Campaign
    next_mailing: Campaign
    documents: int


@dataclass(frozen=True, slots=True)
class Demo:
    """Loads the demo; again changes nothing, except that old documents are dated anew."""

    context: Context
    people: People
    customers: Customers
    segments: Segments
    library: Library
    campaigns: Campaigns

    def needed(self) -> bool:
        """Whether the workspace is empty."""
        return not self.people.everyone() and not self.customers.everything()

    def load(self) -> DemoLoaded:
        """People, customers, content, a finished campaign with true results, and one to write."""
        people = {name: self._person(name, role) for name, role in _PEOPLE}
        marketer = people["marketer"]
        dataset = self.load_customers(marketer)
        read = self.load_content(marketer)
        segmentation = self.segments.compute(
            dataset.dataset_id, SegmentationRequest(SegmentationMethod.RULES), by=marketer
        )
        publish_segments(self.context, dataset, segmentation)
        finished = self._finished(dataset, segmentation, marketer)
        following = self._next(segmentation, marketer)
        logger.info("the demo is loaded: %d customers", dataset.rows)
        return DemoLoaded(dataset, segmentation, finished, following, read)

    def load_customers(self, by: Person) -> Dataset:
        """The demo's customers as a data set."""
        staged = self.customers.stage(
            RAW / "customers.csv", id_column="customer_id", name="Demo customers"
        )
        dataset = self.customers.use(staged, by=by)
        with self.context.write(by) as write:
            workspace_settings.put(write.connection, _DEMO_DATASET, dataset.dataset_id)
        return dataset

    def is_demo(self, dataset_id: str) -> bool:
        """Whether a data set is the demo's own."""
        with self.context.read() as connection:
            return workspace_settings.get(connection, _DEMO_DATASET) == dataset_id

    def load_content(self, by: Person) -> int:
        """The demo's documents; returns how many."""
        return self.library.load(CONTENT, by=by).read

    def _person(self, name: str, role: Role) -> Person:
        try:
            return self.people.get(name)
        except NotFound:
            admins = [p for p in self.people.everyone() if p.holds(Role.ADMIN)]
            return self.people.add(name, [role], by=admins[0] if admins else None)

    def _finished(self, dataset: Dataset, segments: Segmentation, by: Person) -> Campaign:
        try:
            return self.campaigns.get(FINISHED_ID)
        except NotFound:
            recorded, kept = self._history(segments)
        with self.context.write(by) as write:
            campaign = _finished_campaign(dataset, segments, write.at, by)
            experiment = Experiment(
                campaign_id=FINISHED_ID,
                salt="",
                arms=tuple(ArmPlan(a, 1 / 3, None) for a in (*(i.name for i in _ARMS), _CONTROL)),
                card=_card(self.context.settings.app.experiment.alpha),
                counts=recorded.counts,
                excluded=(),
                assignments_sha256=recorded.sha256,
                locked_at=write.at,
                locked_by=by.name,
            )
            imported = OutcomesImport(
                FINISHED_ID, HISTORY.name, kept.rows, kept.rows, repeated=False, simulated=False
            )
            campaigns.add(write.connection, campaign)
            experiments.add(write.connection, experiment)
            outcomes.add(write.connection, imported, kept.sha256, write.at)
            write.record("import finished mailing", FINISHED_ID, rows=kept.rows)
        return campaign

    def _history(self, segments: Segmentation) -> tuple[AssignmentResult, StoredOutcomes]:
        """The arms and outcomes of the real mailing, stored as ours are."""
        assignments = self.context.table(f"assignments-{FINISHED_ID}")
        recorded = record_arms(
            HISTORY,
            self.context.table(f"segments-{segments.segmentation_id}"),
            RecordedArms({s.segment_id: s.name for s in segments.segments}),
            assignments,
        )
        columns = {name: name for name in ("customer_id", "visit", "conversion", "spend")}
        staged = read_outcomes(
            HISTORY,
            OutcomesRequest(assignments, _MAILING.name, columns),
            self.context.settings.processed,
        )
        try:
            kept = store_outcomes(staged, self.context.table(f"outcomes-{FINISHED_ID}"))
        finally:
            discard_outcomes(staged)
        return recorded, kept

    def _next(self, segmentation: Segmentation, by: Person) -> Campaign:
        try:
            return self.campaigns.get(NEXT_ID)
        except NotFound:
            return self.campaigns.create(
                read_yaml(NEXT_MAILING, Brief),
                by=by,
                dataset_id=segmentation.dataset_id,
                segmentation_id=segmentation.segmentation_id,
                campaign_id=NEXT_ID,
            )


def _card(alpha: float) -> DecisionCard:
    return DecisionCard(
        primary_metric=_MAILING.primary_metric,
        other_metrics=_MAILING.other_metrics,
        guardrails=(),
        smallest_effect=_MAILING.smallest_effect,
        alpha=alpha,
        control=_CONTROL,
        hypothesis=_MAILING.hypothesis,
        method=ReadingMethod.IMPORTED,
    )


def _finished_campaign(
    dataset: Dataset, segments: Segmentation, at: datetime, by: Person
) -> Campaign:
    return Campaign(
        campaign_id=FINISHED_ID,
        brief=_MAILING,
        dataset_id=dataset.dataset_id,
        segmentation_id=segments.segmentation_id,
        state=CampaignState.FINISHED,
        revision=1,
        created_at=at,
        created_by=by.name,
        control=_CONTROL,
        imported_arms=_ARMS,
    )
