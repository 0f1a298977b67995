"""What a report is made from, gathered by the service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.models.attribution import Attribution
from core.models.campaign import Campaign
from core.models.readout import Readout
from core.models.reporting import MessageSent, PassageCited
from core.models.screening import Screening
from core.models.send import Experiment, ResultDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """Everything a report is made from; without a read-out it says "Not measured yet".

    `made_at` dates the file, so that the same content always gives the same bytes; `messages`
    and `sources` count what was approved and name the documents it cites. `thresholds` are those
    of the content checks by category. `no_attribution` says why there is none. `hashes` name data,
    policy and prompts; `packages` what computed the numbers, each with its version.
    """

    campaign: Campaign
    made_at: datetime
    dataset_sha256: str
    experiment: Experiment | None = None
    readout: Readout | None = None
    read_at: datetime | None = None
    decision: ResultDecision | None = None
    messages: int = 0
    sources: tuple[str, ...] = ()
    arm_labels: Mapping[str, str] = field(default_factory=dict)
    sent: tuple[MessageSent, ...] = ()
    cited: tuple[PassageCited, ...] = ()
    screenings: tuple[Screening, ...] = ()
    thresholds: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    attribution: Attribution | None = None
    no_attribution: str = ""
    hashes: tuple[tuple[str, str], ...] = ()
    packages: tuple[tuple[str, str], ...] = ()

    @property
    def simulated(self) -> bool:
        """Whether any number comes from invented outcomes."""
        read = self.readout is not None and self.readout.health.simulated
        return self.campaign.simulated or read

    @property
    def guardrails(self) -> tuple[str, ...]:
        """The guardrails as they were registered."""
        return self.experiment.card.guardrails if self.experiment else ()
