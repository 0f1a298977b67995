"""What one read-out measured of each segment and tone, as the ledger of all tests takes it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.models.campaign import Campaign
from core.models.experiment import AnalysisPlan
from core.models.learning import Effect, Question, Subject
from core.models.readout import Estimate, Readout
from core.models.send import ArmPlan, Experiment
from core.reports.reading import estimates_of, metrics

SLICE = "segment"


@dataclass(frozen=True, slots=True)
class Measured:
    """A test whose read-outs are turned into effects; `keys` are those of its segments, by id."""

    campaign: Campaign
    experiment: Experiment
    keys: Mapping[str, str]

    def effects(self, readout: Readout, plan: AnalysisPlan) -> Iterator[Effect]:
        """Every group against the plan's control, in each segment, on each metric."""
        specs = {spec.name: spec for spec in plan.metrics}
        for name in metrics(readout):
            if name not in specs or not _by_segment(readout, name):
                continue
            question = Question(specs[name], self.experiment.card.outcome_days, plan.control)
            rows = [r for r in estimates_of(readout, name, SLICE) if _usable(r)]
            for row in rows:
                subject = self._subject(row)
                if subject is not None:
                    yield _effect(question, subject, row, rows)

    def tones(self) -> tuple[str, ...]:
        """The groups of the test by name, the control not among them."""
        control = self.experiment.card.control
        return tuple(arm.name for arm in self.experiment.arms if arm.name != control)

    def segments(self) -> tuple[str, ...]:
        """The segments by name."""
        return tuple(dict.fromkeys(count.segment for count in self.experiment.counts))

    def _subject(self, row: Estimate) -> Subject | None:
        ids = {count.segment: count.segment_id for count in self.experiment.counts}
        name = row.slice.value if row.slice else ""
        key = self.keys.get(ids.get(name, ""))
        arm = next((arm for arm in self.experiment.arms if arm.name == row.arm), None)
        if key is None or arm is None:
            return None
        audience = self.campaign.brief.audience.strip()
        shown = f"{name} (only where {audience})" if audience else name
        return Subject(key, tone_key(self.campaign, arm), shown, arm.name)


def tone_key(campaign: Campaign, arm: ArmPlan) -> str:
    """What makes a group the same elsewhere: its tone; of a mailing made elsewhere its name."""
    if campaign.imported or arm.tone is None:
        return f"imported:{arm.name}"
    return f"{'everyone' if arm.everyone else 'tone'}:{arm.tone}"


def _by_segment(readout: Readout, metric: str) -> bool:
    rows = (row for row in readout.estimates if row.metric == metric and row.slice)
    return any(row.slice is not None and row.slice.column == SLICE for row in rows)


def _usable(row: Estimate) -> bool:
    return row.difference is not None and bool(row.standard_error)


def _effect(
    question: Question, subject: Subject, row: Estimate, rows: Sequence[Estimate]
) -> Effect:
    """With the variance of the control's mean, were customers equally scattered in all groups."""
    beside = [other for other in rows if other.slice == row.slice]
    shared = [
        (other.standard_error or 0.0) ** 2 * other.n / (other.n + other.n_control)
        for other in beside
    ]
    return Effect(
        question=question,
        subject=subject,
        difference=row.difference or 0.0,
        standard_error=row.standard_error or 0.0,
        shared_variance=min(shared),
        mean_control=row.mean_control or 0.0,
        n=row.n,
        n_control=row.n_control,
    )
