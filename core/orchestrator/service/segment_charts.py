"""Segments as charts: how one differs from everybody, and which columns decide."""

from collections.abc import Sequence

from core.charts.bars import Bar, BarChart
from core.charts.units import Unit
from core.models.customers import Segmentation
from core.models.segment_quality import Difference

DEVIATIONS = Unit("standard deviations from everybody", decimals=2)
LOST = Unit("points of agreement lost", factor=100, decimals=1)

_MOST_BARS = 12


def profile_chart(
    version: Segmentation, segment_id: str, differences: Sequence[Difference]
) -> BarChart:
    """How a segment differs from everybody, the strongest first."""
    segment = version.segment(segment_id)
    own = [d for d in differences if d.segment_id == segment_id][:_MOST_BARS]
    return BarChart(
        title=f"What sets '{segment.name}' apart",
        subtitle=f"{segment.size:,} customers, compared with everybody",
        finding=_profile_finding(segment.name, own),
        unit=DEVIATIONS,
        bars=tuple(Bar(_label(d), d.z, _values(d)) for d in own),
        label_heading="Attribute",
    )


def importance_chart(version: Segmentation) -> BarChart | None:
    """Which columns decide where a customer is; None where that was not measured."""
    quality = version.quality
    if quality is None or not quality.importances:
        return None
    first = quality.importances[0]
    return BarChart(
        title="Which attributes decide",
        subtitle="Agreement with the segments that is lost when an attribute is shuffled",
        finding=(
            f"{_plain(first.column)} decides most: without it, agreement falls by "
            f"{100 * first.mean:.1f} points."
        ),
        unit=LOST,
        bars=tuple(
            Bar(_plain(i.column), max(i.mean, 0.0), f"± {100 * i.spread:.1f}")
            for i in quality.importances[:_MOST_BARS]
        ),
        label_heading="Attribute",
    )


def _profile_finding(name: str, own: Sequence[Difference]) -> str:
    if not own:
        return f"Nothing sets {name} apart."
    strongest = own[0]
    direction = "above" if strongest.z > 0 else "below"
    return f"{name} is most {direction} everybody in {_label(strongest)} ({_values(strongest)})."


def _label(difference: Difference) -> str:
    label = _plain(difference.column)
    shown = difference.category is not None and not difference.flag
    return f"{label}: {difference.category}" if shown else label


def _values(difference: Difference) -> str:
    if difference.category is None:
        return f"{_amount(difference.value)}; all {_amount(difference.overall)}"
    return f"{100 * difference.value:.0f} %; all {100 * difference.overall:.0f} %"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _plain(column: str) -> str:
    return column.replace("_", " ")
