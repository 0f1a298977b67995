"""How severe the harm screen found messages, by category, beside the lines that stop them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeverityRow:
    """How many messages have each severity from 0 up in one category, and its two lines."""

    category: str
    counts: tuple[int, ...]
    review_at: int
    block_at: int

    def standing(self, severity: int) -> str:
        """What a severity means here."""
        if severity >= self.block_at:
            return "stopped"
        return "looked at" if severity >= self.review_at else "below the lines"


@dataclass(frozen=True, slots=True)
class SeverityChart:
    """A grid of counts, a row for each category; `finding` is the alt text."""

    title: str
    subtitle: str
    finding: str
    rows: tuple[SeverityRow, ...]
    simulated: bool = False

    @property
    def axis_title(self) -> str:
        """What the axis measures."""
        return f"severity, 0 none to {self.severities[-1]} worst"

    @property
    def severities(self) -> tuple[int, ...]:
        """Those that the rows count."""
        return tuple(range(len(self.rows[0].counts)))

    @property
    def legend(self) -> str:
        """What the lines mean."""
        return "Dashed line: looked at by a person from here. Solid line: stopped from here."

    @property
    def most(self) -> int:
        """The largest count, at least 1."""
        return max((n for row in self.rows for n in row.counts), default=0) or 1
