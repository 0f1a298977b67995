"""The whole pipeline in one go, station by station, for `run`."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from core.errors import NotAllowed, NotFound, Refused
from core.models.approval import Judged, ReviewDecision
from core.models.campaign import Brief, Campaign
from core.models.customers import Dataset, Segmentation, SegmentationMethod
from core.models.messages import Variant, VariantState
from core.models.people import Person
from core.models.segmentation import SegmentationRequest
from core.models.send import Experiment
from core.orchestrator import clock
from core.orchestrator.config import ROOT
from core.orchestrator.service.approvals import Approvals
from core.orchestrator.service.campaigns import Campaigns, check_brief
from core.orchestrator.service.customers import Customers
from core.orchestrator.service.demo import RAW, Demo
from core.orchestrator.service.library import Library
from core.orchestrator.service.messages import Messages
from core.orchestrator.service.people import People
from core.orchestrator.service.reporting import Reporting
from core.orchestrator.service.segments import Segments
from core.orchestrator.service.send import Send
from core.orchestrator.yaml_file import read_yaml

logger = logging.getLogger(__name__)

_HASH_CHARACTERS = 10
_UNFINISHED = frozenset(
    {VariantState.DRAFT, VariantState.SCREENING, VariantState.FAILED, VariantState.BLOCKED}
)


@dataclass(frozen=True, slots=True)
class CustomersSource:
    """Where the customers come from."""

    file: str
    id_column: str
    name: str


@dataclass(frozen=True, slots=True)
class SegmentationPlan:
    """How they are divided."""

    method: SegmentationMethod = SegmentationMethod.RULES


@dataclass(frozen=True, slots=True)
class PipelineConfig:
    """`config/experiment_config.yaml`."""

    customers: CustomersSource
    content: str
    author: str
    brief: Brief
    segmentation: SegmentationPlan = SegmentationPlan()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of the pipeline came to; `seconds` by station, in order."""

    campaign: Campaign
    segmentation: Segmentation
    variants: tuple[Variant, ...]
    approved: int
    experiment: Experiment | None
    report: Path | None
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Runs every station in order; what is already there is used, not made again."""

    people: People
    customers: Customers
    segments: Segments
    library: Library
    campaigns: Campaigns
    messages: Messages
    approvals: Approvals
    send: Send
    reporting: Reporting
    demo: Demo

    def run(
        self,
        config: Path,
        *,
        approve_as: str | None,
        told: Callable[[str], None],
    ) -> Outcome:
        """Customers to report by one file; stops at the queue unless somebody approves.

        Raises:
            ConfigInvalid: the file is missing or wrong; names line and key.
            NotAllowed: the approver wrote the messages, or may not approve.
            Refused: a batch approval of anything but demo data.
        """
        plan = read_yaml(config, PipelineConfig)
        check_brief(plan.brief)
        author, approver = self._people(plan.author, approve_as)
        seconds: dict[str, float] = {}
        station = partial(_station, seconds, told)
        with station("customers"):
            dataset = self._customers(plan, author)
        if approver is not None:
            self._refuse_own_data(dataset)
        with station("segments"):
            segmentation = self.segments.compute(
                dataset.dataset_id, SegmentationRequest(plan.segmentation.method), by=author
            )
        with station("content"):
            self.library.load(_inside(plan.content), by=author)
        campaign = self._campaign(config, plan, segmentation, author)
        name = campaign.campaign_id
        with station("messages"):
            self._messages(campaign, author, told)
        approved, experiment = 0, None
        if approver is not None:
            with station("approvals"):
                approved = self._approve(campaign, approver)
            with station("assignment"):
                experiment = self.send.prepare(name, by=author)
                self.messages.publish(name)
        with station("report"):
            report = self.reporting.build(name).pdf
        campaign, variants = self.campaigns.get(name), self.messages.variants(name)
        return Outcome(campaign, segmentation, variants, approved, experiment, report, seconds)

    def _people(self, author: str, approver: str | None) -> tuple[Person, Person | None]:
        if author == approver:
            raise NotAllowed(f"{author} writes the messages of this run; name somebody else.")
        return self.people.get(author), self.people.get(approver) if approver else None

    def _refuse_own_data(self, dataset: Dataset) -> None:
        if not self.demo.is_demo(dataset.dataset_id):
            raise Refused(
                "Batch approval is for the demo data only; run without --approve-as, and approve "
                "each message by hand with `approvals approve` or in the browser."
            )

    def _customers(self, plan: PipelineConfig, author: Person) -> Dataset:
        source = plan.customers
        path = _inside(source.file)
        if path == RAW / "customers.csv":
            return self.demo.load_customers(author)
        staged = self.customers.stage(path, id_column=source.id_column, name=source.name)
        return self.customers.use(staged, by=author)

    def _campaign(
        self, config: Path, plan: PipelineConfig, segmentation: Segmentation, author: Person
    ) -> Campaign:
        """The campaign of this configuration: made once, found again afterwards."""
        content = config.read_bytes() + str(plan.seed).encode()
        name = f"run-{hashlib.sha256(content).hexdigest()[:_HASH_CHARACTERS]}"
        try:
            campaign = self.campaigns.get(name)
        except NotFound:
            return self.campaigns.create(
                plan.brief,
                by=author,
                dataset_id=segmentation.dataset_id,
                segmentation_id=segmentation.segmentation_id,
                campaign_id=name,
                seed=plan.seed,
            )
        if campaign.segmentation_id != segmentation.segmentation_id:
            raise Refused(
                f"Campaign {name} was made from other customers or segments; "
                "change the seed to begin a new one."
            )
        return campaign

    def _messages(self, campaign: Campaign, author: Person, told: Callable[[str], None]) -> None:
        """Everything written and screened; what is in review or approved stays."""
        known = self.messages.variants(campaign.campaign_id)
        if not known or any(v.state in _UNFINISHED for v in known):
            run = self.messages.generate(campaign.campaign_id, by=author)
            self.messages.wait(run.run_id, told=lambda r: told(f"  {r.done} of {r.total}"))
        self.messages.publish(campaign.campaign_id)

    def _approve(self, campaign: Campaign, approver: Person) -> int:
        """Approve everything that waits, each recorded as a batch approval; demo data only."""
        waiting = self.approvals.queue(campaign.campaign_id)
        for variant in waiting:
            self.approvals.decide(
                variant.variant_id,
                ReviewDecision.APPROVE,
                revision=variant.revision,
                reason="Batch approval of demo data",
                by=approver,
                judged=Judged(batch=True),
            )
        return len(waiting)


@contextmanager
def _station(seconds: dict[str, float], told: Callable[[str], None], name: str) -> Iterator[None]:
    """Measure a station and say when it is done."""
    begun = clock.monotonic()
    yield
    seconds[name] = clock.monotonic() - begun
    told(f"{name}: {seconds[name]:.2f} s")
    logger.info("station %s done", name, extra={"station": name, "seconds": seconds[name]})


def _inside(path: str) -> Path:
    """A path of the configuration: relative ones count from the project folder."""
    return ROOT / path
