"""Planning: can a test answer its question, before anything is written or sent?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from core.errors import BadInput
from core.models.campaign import Brief, Campaign, CampaignState
from core.models.customers import Segmentation
from core.models.experiment import MetricKind, MetricSpec
from core.models.planning import Answerability, Baseline, Usual
from core.models.send import ArmPlan, Check, DecisionCard, Experiment, ReadingMethod
from core.orchestrator.service.analysis import sample_size_for_margin
from core.orchestrator.service.assigning import Plan, arms, decision_card
from core.orchestrator.service.context import Context
from core.orchestrator.service.readiness import outlook
from core.orchestrator.service.usual import usual
from core.statistics.alternatives import alternatives
from core.statistics.design_check import Question, design_check
from core.statistics.power import Design, rounded_up
from core.statistics.sequential import ASSUMED_LOOKS
from core.storage import campaigns, datasets, experiments, segmentations

QUESTION = "The test can answer its question"
_NO_PERMISSION = (
    "Who may be written to is not known, so everybody is counted; fewer will be reached."
)
_IN_STAGES = f"Read in stages: planned for {ASSUMED_LOOKS} equally spaced readings."
_MISSING = {
    MetricKind.PROPORTION: (
        "What this test can show is not known: give the usual share of customers, as no finished "
        "campaign on these customers holds it."
    ),
    MetricKind.QUANTILE: "What a test of a quantile can show is not planned here.",
}
_NO_DEVIATION = (
    "What this test can show is not known: it takes the usual mean and its deviation, and no "
    "finished campaign on these customers holds them."
)


@dataclass(frozen=True, slots=True)
class Planning:
    """What the tests of a workspace could show; nothing is kept, and nothing is forbidden."""

    context: Context

    def answer(self, brief: Brief, segmentation_id: str) -> Answerability:
        """Whether a test of this brief on these segments can answer its question.

        Raises:
            BadInput: the brief asks for no message, or cannot be judged as it says.
            NotFound: there is no such segmentation.
        """
        with self.context.read() as connection:
            segmentation = segmentations.get(connection, segmentation_id)
        draft = Campaign(
            campaign_id="",
            brief=brief,
            dataset_id=segmentation.dataset_id,
            segmentation_id=segmentation_id,
            state=CampaignState.DRAFT,
            revision=0,
            created_at=self.context.now(),
            created_by="",
        )
        return self._answer(draft, segmentation, None)

    def check(self, campaign_id: str) -> Answerability:
        """The same for a campaign; once prepared, as locked and by what was known when it began.

        Raises:
            NotFound: there is no such campaign.
        """
        with self.context.read() as connection:
            campaign = campaigns.get(connection, campaign_id)
            segmentation = segmentations.get(connection, campaign.segmentation_id)
            locked = experiments.get(connection, campaign_id)
        return self._answer(campaign, segmentation, locked)

    def advice(self, campaign_id: str) -> Check:
        """The answer as a line of the checklist before a send; it stops nobody."""
        found = self.check(campaign_id)
        return Check(QUESTION, found.answers, found.sentence, advisory=True)

    def customers_for_margin(self, share: float, margin: float) -> int:
        """Customers in each of two groups to rule out that a guardrail rises beyond its margin.

        Raises:
            BadInput: the share is not between 0 and 1, or the margin not above 0.
        """
        config = self.context.settings.app.experiment
        design = Design(share, alpha=config.alpha, power=config.power)
        return rounded_up(max(sample_size_for_margin(design, margin).n_by_arm))

    def _answer(
        self, campaign: Campaign, segmentation: Segmentation, locked: Experiment | None
    ) -> Answerability:
        test = _locked(locked) if locked else self._planned(campaign, segmentation)
        metric = MetricSpec.parse(test.card.primary_metric)
        before = campaign.created_at if locked else None
        baseline = self._baseline(campaign.brief, metric, segmentation, before)
        found = Answerability(
            metric=metric.name,
            smallest_effect=test.card.smallest_effect,
            groups=len(test.arms),
            alpha=test.card.alpha,
            power=self.context.settings.app.experiment.power,
            looks=test.looks,
            sentence=_MISSING.get(metric.kind, _NO_DEVIATION),
            notes=_notes(test, segmentation),
            amounts=metric.kind is not MetricKind.PROPORTION,
            control=test.card.control,
        )
        return found if baseline is None else _judged(found, test, baseline)

    def _planned(self, campaign: Campaign, segmentation: Segmentation) -> "_Test":
        """The test as it would be prepared now."""
        if not campaign.brief.tones:
            raise BadInput("Choose at least one tone: without a message there is nothing to test.")
        with self.context.read() as connection:
            dataset = datasets.get(connection, campaign.dataset_id)
        found = outlook(self.context, Plan(campaign, dataset, segmentation, ()))
        return _Test(
            decision_card(campaign, self.context.settings.app.experiment.alpha),
            arms(campaign.brief, campaign.control),
            {s.name: found.eligible.get(s.segment_id, 0) for s in segmentation.segments},
            tuple(f"{e.customers:,} customers are left out: {e.reason}." for e in found.excluded),
        )

    def _baseline(
        self,
        brief: Brief,
        metric: MetricSpec,
        segmentation: Segmentation,
        before: datetime | None,
    ) -> Baseline | None:
        """The brief's word, else what is known; a deviation is always what is known."""
        said = brief.baseline
        if said is not None and metric.kind is MetricKind.PROPORTION:
            return Baseline(Usual(said), "the brief")
        known = usual(self.context, metric, segmentation, before=before)
        if said is None and brief.control_message:
            # What a control message brings is not what no message brings.
            return None
        if said is None or known is None:
            return known
        # The same coefficient of variation: where amounts are larger, they vary by more.
        deviation = (known.overall.deviation or 0.0) * abs(said / known.overall.mean)
        return Baseline(Usual(said, deviation), f"the brief; its deviation from {known.source}")


@dataclass(frozen=True, slots=True)
class _Test:
    """A test: how it is judged, who is in which group, and how many there are by segment."""

    card: DecisionCard
    arms: tuple[ArmPlan, ...]
    customers: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of each group, the control group first."""
        ordered = sorted(self.arms, key=lambda arm: arm.name != self.card.control)
        return tuple(arm.weight for arm in ordered)

    @property
    def looks(self) -> int:
        """How often the result is read."""
        return ASSUMED_LOOKS if self.card.method is ReadingMethod.IN_STAGES else 1


def _locked(experiment: Experiment) -> _Test:
    customers: dict[str, int] = {}
    for count in experiment.counts:
        customers[count.segment] = customers.get(count.segment, 0) + count.customers
    return _Test(experiment.card, experiment.arms, customers)


def _notes(test: _Test, segmentation: Segmentation) -> tuple[str, ...]:
    unknown = any(segment.reachable is None for segment in segmentation.segments)
    notes = ((unknown, _NO_PERMISSION), (test.looks > 1, _IN_STAGES))
    return (*test.notes, *(words for holds, words in notes if holds))


def _judged(found: Answerability, test: _Test, baseline: Baseline) -> Answerability:
    own = {name: baseline.segments[name] for name in test.customers if name in baseline.segments}
    question = Question(
        segments=test.customers,
        baseline=baseline.overall.mean,
        smallest_effect=found.smallest_effect,
        shares=test.shares,
        deviation=baseline.overall.deviation,
        alpha=found.alpha,
        power=found.power,
        baselines={name: known.mean for name, known in own.items()},
        deviations={name: known.deviation for name, known in own.items() if known.deviation},
        looks=found.looks,
    )
    check = design_check(question)
    rough = [name for name in test.customers if baseline.segments and name not in own]
    note = f"Too little is known of {', '.join(rough)}: planned with the value of everybody."
    return replace(
        found,
        sentence=check.sentence,
        baseline=baseline,
        overall=check.overall,
        segments=check.segments,
        ways=alternatives(question, check, control=test.card.control.lower()),
        notes=(*found.notes, note) if rough else found.notes,
    )
