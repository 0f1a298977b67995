"""How many customers a reading needs: by what was registered, never by what was seen."""

import math
from collections.abc import Sequence

from core.charts.units import percent
from core.errors import BadInput
from core.models.experiment import MetricKind
from core.models.readout import Estimate, MarginVerdict
from core.statistics.power import Design, equal, required, rounded_up

NO_SMALLEST = "No smallest effect was registered, so no number can be promised."
NO_BASELINE = "Without a usable baseline the number needed cannot be given."


def needed_per_group(row: Estimate, effect: float, *, power: float, alpha: float) -> int | None:
    """Customers per group of one comparison at this effect; None without one or a baseline.

    Args:
        row: gives the baseline and, of anything but a share, the spread.
        effect: relative, as it was registered.
        power: chance of seeing it.
        alpha: two-sided, of this one comparison.

    Reference:
        Cohen (1988), chapter 2; Hoenig and Heisey (2001), "The Abuse of Power", The American
        Statistician 55, 19-24, for why the observed effect has no place here.

    Examples:
        >>> row = Estimate("visit", MetricKind.PROPORTION, None, "b", "a", 62, 62, 0.39, 19 / 62)
        >>> needed_per_group(row, 0.1, power=0.8, alpha=0.05)
        3645
    """
    if not effect or not row.mean_control:
        return None
    deviation = None
    if row.type is not MetricKind.PROPORTION:
        deviation = (row.standard_error or 0.0) / math.sqrt(1 / row.n + 1 / row.n_control)
    try:
        design = Design(row.mean_control, deviation, allocation=equal(2), power=power, alpha=alpha)
        return required(design, effect)[0]
    except BadInput:
        return None


def needed_sentence(needed: int | None, effect: float) -> str:
    """The number needed in words, or why there is none.

    Reference:
        House rule of this product: three leading digits, rounded up.

    Examples:
        >>> needed_sentence(3645, 0.1)
        'About 3,650 per group are needed to see a lift of 10 %.'
    """
    if needed is None:
        return NO_BASELINE if effect else NO_SMALLEST
    return f"About {rounded_up(needed):,} per group are needed to see a lift of {percent(effect)}."


def margin_sentence(rows: Sequence[Estimate]) -> str:
    """Of which groups harm beyond a guardrail's margin is not ruled out; nothing where of none.

    The number is left out where the groups have as many already: then it is the effect, and not
    the number, that leaves the question open.

    Args:
        rows: one guardrail, one estimate a group.

    Reference:
        Piaggio et al. (2012), "Reporting of Noninferiority and Equivalence Randomized Trials",
        JAMA 308, 2594-2604.

    Examples:
        >>> open_question = {"margin_verdict": MarginVerdict.NOT_EXCLUDED}
        >>> open_question["margin_needed_per_group"] = 98724
        >>> kind = MetricKind.PROPORTION
        >>> row = Estimate("unsubscribe", kind, None, "b", "a", 9, 9, 0.0, 0.0, **open_question)
        >>> margin_sentence([row])[:50]
        'Guardrail unsubscribe: harm not excluded for b; ab'
    """
    unsure = [row for row in rows if row.margin_verdict is MarginVerdict.NOT_EXCLUDED]
    if not unsure:
        return ""
    arms = ", ".join(row.arm for row in unsure)
    said = f"Guardrail {unsure[0].metric}: {MarginVerdict.NOT_EXCLUDED} for {arms}"
    needed = max(row.margin_needed_per_group or 0 for row in unsure)
    if needed <= min(min(row.n, row.n_control) for row in unsure):
        return f"{said}."
    return f"{said}; about {rounded_up(needed):,} customers per group would be needed."
