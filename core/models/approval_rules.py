"""How many people have to approve a message, and what a refusal can be about."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

Approvers = Annotated[int, Field(ge=1, le=5)]


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """What the rules look at: the largest discount in percent, the customers, the worst score."""

    discount: float
    audience: int
    severity: int


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """One row: with everything it names fulfilled, so many different people have to approve.

    Raises:
        ValueError: it names no condition.
    """

    approvers: Approvers
    discount_above: Annotated[float, Field(ge=0, le=100)] | None = None
    audience_above: Annotated[int, Field(ge=0)] | None = None
    severity_from: Annotated[int, Field(ge=1, le=7)] | None = None

    def __post_init__(self) -> None:
        if self.discount_above is self.audience_above is self.severity_from is None:
            raise ValueError(
                "name a condition: discount_above (percent), audience_above (customers) or "
                "severity_from (1 to 7)"
            )

    def holds(self, facts: ApprovalFacts) -> bool:
        """Whether every condition of the row is fulfilled."""
        return (
            (self.discount_above is None or facts.discount > self.discount_above)
            and (self.audience_above is None or facts.audience > self.audience_above)
            and (self.severity_from is None or facts.severity >= self.severity_from)
        )

    @property
    def words(self) -> str:
        """The conditions, as people say them."""
        parts = []
        if self.discount_above is not None:
            parts.append(f"the discount is above {self.discount_above:g} %")
        if self.audience_above is not None:
            parts.append(f"more than {self.audience_above:,} customers may get it")
        if self.severity_from is not None:
            parts.append(f"a harm score is {self.severity_from} or more")
        return " and ".join(parts)


@dataclass(frozen=True, slots=True)
class Needed:
    """How many people have to approve, and why; no reason means the usual number."""

    approvers: int
    because: str


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """`config/approval_rules.yaml`."""

    approvers: Approvers = 1
    rules: tuple[ApprovalRule, ...] = ()
    categories: Annotated[tuple[str, ...], Field(min_length=1)] = ("other",)
    undo_seconds: Annotated[int, Field(ge=0, le=600)] = 30

    def needed(self, facts: ApprovalFacts) -> Needed:
        """The strictest rule that holds; the first of them gives the reason."""
        best = Needed(self.approvers, "")
        for rule in self.rules:
            if rule.approvers > best.approvers and rule.holds(facts):
                best = Needed(rule.approvers, rule.words)
        return best
