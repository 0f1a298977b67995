"""A bar chart as a value."""

from dataclasses import dataclass

from core.charts.units import Unit


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, and what is to be said about it."""

    label: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class BarChart:
    """Sizes beside each other from 0; `finding` is the alt text.

    `line` is a value to compare them against, such as a threshold.
    """

    title: str
    subtitle: str
    finding: str
    unit: Unit
    bars: tuple[Bar, ...]
    line: float | None = None
    line_label: str = ""
    simulated: bool = False
    label_heading: str = "Name"

    @property
    def axis_title(self) -> str:
        """What the axis measures."""
        return self.unit.label
