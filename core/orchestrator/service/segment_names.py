"""Names for segments that the writing engine proposes: what it is told, and at which price."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.models.customers import Segmentation
from core.models.people import Person
from core.models.segment_names import ProposedNames
from core.models.segment_quality import Difference
from core.orchestrator.patience import Patience
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.context import Context
from core.orchestrator.service.customers import customer_table
from core.orchestrator.service.paid_names import PaidNames
from core.storage import datasets, segment_profile, segmentations
from core.workflow import Permission, require

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SegmentNames:
    """Proposals for the names of a version; keeping one is renaming, which is for `Segments`."""

    context: Context
    agents: Agents
    patience: Patience

    @property
    def engine(self) -> str | None:
        """The engine that proposes names, in words; None for one that cannot."""
        proposer = self.agents.segment_names.proposer
        return None if proposer is None else proposer.describe()

    def sent(self, segmentation_id: str) -> str:
        """What is sent about the customers, word for word: aggregates that show nobody.

        Raises:
            NotFound: there is no such version.
        """
        version, differences = self._known(segmentation_id)
        return self.agents.segment_names.asked(version.segments, differences).user

    def propose(self, segmentation_id: str, *, by: Person) -> ProposedNames:
        """Names the engine proposes from aggregates; nothing is renamed.

        It costs what a call of the engine costs. All proposals for one version count together
        against `runs.cost_cap_usd`.

        Raises:
            MoveRefused: the local engine proposes none, or nothing may be told.
            BudgetReached: the call could cost more than is left; it was not made.
            ConfigInvalid: there is a budget, and nobody knows what the engine costs.
            ProviderFailed: no answer, or none that can be used.
        """
        require(by, Permission.SEGMENT)
        version, differences = self._known(segmentation_id)
        agent = self.agents.segment_names
        if agent.proposer is not None:
            paid = PaidNames(self.context, agent.proposer, self.patience, segmentation_id, by)
            agent = replace(agent, proposer=paid)
        proposed = agent.run(version.segments, differences)
        logger.info("%d names proposed for %d segments", len(proposed.names), len(version.segments))
        return proposed

    def _known(self, segmentation_id: str) -> tuple[Segmentation, Sequence[Difference]]:
        with self.context.read() as connection:
            version = segmentations.get(connection, segmentation_id)
            dataset = datasets.get(connection, version.dataset_id)
        found = segment_profile.differences(
            customer_table(self.context, dataset),
            self.context.table(f"segments-{segmentation_id}"),
            [s.segment_id for s in version.segments],
        )
        return version, found
