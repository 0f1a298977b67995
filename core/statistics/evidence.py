"""What the health of an experiment is judged from, and which column names its customers."""

import re
from dataclasses import dataclass

from core.errors import BadInput
from core.models.cube import Cube, Profile, Repeats
from core.models.experiment import AnalysisPlan
from core.models.stages import OutcomeRows, StageCounts

TOO_MANY_SHARE = 0.01
FEWEST_REPEATING = 10
IDENTITY_SHARE = 1 / 3
UNITS = r"user|customer|client|member|subscriber|visitor|account|household|person|contact|recipient"
PERSON = re.compile(rf"{UNITS}|e-?mail|uuid|guid|^id$", re.IGNORECASE)
ID_LIKE = re.compile(
    rf"id$|uuid|guid|e-?mail|^({UNITS}|store|shop|location|device|session)s?$", re.IGNORECASE
)


def looks_like_an_id(column: str) -> bool:
    """Whether a column's name says that it identifies somebody or something.

    Reference:
        House rule of this product; whether the values behave like an id is tested afterwards.

    Examples:
        >>> [looks_like_an_id(c) for c in ("userid", "LocationID", "store", "spend")]
        [True, True, True, False]
    """
    return ID_LIKE.search(column.strip()) is not None


def check_arms(plan: AnalysisPlan, cube: Cube) -> None:
    """Refuse a control or a split that does not fit the groups found.

    Raises:
        BadInput: control is missing, there is one group only, or the split leaves one out.

    Reference:
        House rule of this product: a comparison needs control and at least one other group.

    Examples:
        >>> import numpy as np
        >>> from core.models.experiment import MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> check_arms(plan, Cube(("a", "b"), {}, (0, 0), (0, 0), np.ones(2), {}))
    """
    arms = cube.arm_names
    found = ", ".join(f"'{arm}'" for arm in arms)
    if plan.control not in arms:
        raise BadInput(
            f"There is no group '{plan.control}' in column '{plan.arm}'; the groups are {found}."
        )
    if len(arms) <= 1:
        raise BadInput(f"Column '{plan.arm}' holds one group only ({found}); nothing to compare.")
    planned = {name for name, _ in plan.split}
    unplanned = [arm for arm in arms if planned and arm not in planned]
    if unplanned:
        raise BadInput(
            f"The split does not name the group '{unplanned[0]}'; the groups are {found} "
            "(0 for one that was not planned)."
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the health of an experiment is judged from.

    `cube` is not split by anything that a unit can have several of; `repeats` are the unit's
    column, or else every column that looks like an id. `stages` are those of the plan, after
    everybody assigned; `outcomes` is what is known of a campaign's rows of outcomes.
    """

    plan: AnalysisPlan
    profile: Profile
    cube: Cube
    repeats: tuple[Repeats, ...]
    stages: tuple[StageCounts, ...] = ()
    outcomes: OutcomeRows | None = None

    @property
    def identity(self) -> Repeats | None:
        """The column that names the customer, if one does."""
        if self.plan.unit is not None:
            return next((r for r in self.repeats if r.column == self.plan.unit), None)
        people = [r for r in self.repeats if r.column in self._mostly_unique]
        return max([*people, *self.nested], key=lambda r: r.distinct, default=None)

    @property
    def nested(self) -> list[Repeats]:
        """Columns whose values come again and again, but each in one arm only."""
        return [
            r
            for r in self.repeats
            if r.repeating >= FEWEST_REPEATING
            and r.crossing <= TOO_MANY_SHARE * r.repeating
            and r.extra_rows > TOO_MANY_SHARE * r.rows
        ]

    @property
    def _mostly_unique(self) -> set[str]:
        """Columns that name a person and hold nearly as many values as there are rows."""
        return {
            r.column
            for r in self.repeats
            if r.distinct >= IDENTITY_SHARE * r.rows and PERSON.search(r.column)
        }
