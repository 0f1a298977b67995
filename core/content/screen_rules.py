"""What a text is judged by: when a score of harm calls for a person or stops it, and the brand."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from core.content.brand import BrandRules
from core.models.messages import Level, ScreenDecision, Severity

From = Annotated[int, Field(ge=0, le=7)]
"""The severity from which something happens: 0 always, 7 never."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The severities from which a category needs a person, and from which it stops a message."""

    review_at: From = 2
    block_at: From = 4


@dataclass(frozen=True, slots=True)
class SafetyConfig:
    """One threshold per category of harm: config/safety_thresholds.yaml."""

    hate: Threshold = Threshold()
    self_harm: Threshold = Threshold()
    sexual: Threshold = Threshold()
    violence: Threshold = Threshold()

    @property
    def lines(self) -> dict[str, tuple[int, int]]:
        """For each category from which severity a person looks, and from which it stops."""
        named = {name: getattr(self, name) for name in Severity.__dataclass_fields__}
        return {name: (t.review_at, t.block_at) for name, t in named.items()}

    def level(self, category: str, severity: int) -> Level | None:
        """What a severity means in a category; None when it means nothing."""
        threshold: Threshold = getattr(self, category)
        if severity >= threshold.block_at:
            return Level.BLOCK
        return Level.REVIEW if severity >= threshold.review_at else None


def harm_level(severity: Severity, thresholds: SafetyConfig) -> list[Level]:
    """What the four scores mean, each that means something."""
    scores = {name: getattr(severity, name) for name in Severity.__dataclass_fields__}
    levels = [thresholds.level(name, score) for name, score in scores.items()]
    return [level for level in levels if level is not None]


def decision_of(levels: Collection[Level]) -> ScreenDecision:
    """What findings of these levels come to: the most serious decides."""
    if Level.BLOCK in levels:
        return ScreenDecision.BLOCK
    return ScreenDecision.REVIEW if Level.REVIEW in levels else ScreenDecision.PASS


@dataclass(frozen=True, slots=True)
class ScreenRules:
    """What a text is judged by: the part of the policy that is sealed with an approval."""

    config: SafetyConfig = SafetyConfig()
    brand: BrandRules = BrandRules()
    sha256: str = ""
