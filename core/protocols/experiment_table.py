"""A handle on the rows of an experiment: questions and answers, never a customer."""

from collections.abc import Mapping
from typing import Protocol

from core.models.cube import Cube, CubeRequest, Profile, Ranks, Repeats, UnitValues
from core.models.experiment import AnalysisPlan, MetricSpec
from core.models.stages import StageCounts


class ExperimentTable(Protocol):
    """One row a customer, or several rows a customer where the plan names the unit."""

    def columns(self) -> tuple[str, ...]:
        """The column names, in file order."""
        ...

    def profile(self, plan: AnalysisPlan) -> Profile:
        """Rows, missing values and caps of the columns the plan reads.

        Raises:
            BadInput: a column does not exist or does not hold what the plan says it holds.
        """
        ...

    def repeats(self, column: str, plan: AnalysisPlan) -> Repeats:
        """How often the values of a column come again within and across the plan's arms."""
        ...

    def cube(self, plan: AnalysisPlan, request: CubeRequest) -> Cube:
        """The plan's metrics as sufficient statistics, by one grouped query."""
        ...

    def stages(self, plan: AnalysisPlan, *, clustered: bool = False) -> tuple[StageCounts, ...]:
        """Everybody assigned, then each stage of the plan; `clustered` counts units, not rows.

        Raises:
            BadInput: a column does not exist or holds something other than 0 and 1.
        """
        ...

    def order_statistics(
        self,
        plan: AnalysisPlan,
        metric: MetricSpec,
        by: str | None,
        wanted: Mapping[tuple[str, str], Ranks],
    ) -> dict[tuple[str, str], tuple[float, ...]]:
        """The values at these ranks, by value of the column and arm; rows are the units."""
        ...

    def values(self, plan: AnalysisPlan, request: CubeRequest) -> UnitValues:
        """The outcomes of the cube's units in no particular order, for shuffling them.

        A metric counted from the cube may be left out.
        """
        ...
