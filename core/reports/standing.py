"""How far a reading has come: the way to the planned precision, and the read-out date."""

from core.charts.units import count, percent
from core.models.readout import Readout
from core.reports.reading import registered_effect
from core.statistics.power import rounded_up


def progress_words(readout: Readout) -> str | None:
    """How many customers the smallest group has, of those needed; None where nobody can say.

    The number needed is rounded, because it is planned from an estimate.
    """
    progress = readout.progress
    if progress is None:
        return None
    needed = f"about {count(rounded_up(progress.needed_per_group))}"
    effect = registered_effect(readout)
    lift = "the registered lift" if effect is None else f"a lift of {percent(effect)}"
    have = f"{count(progress.smallest_group)}"
    if progress.share < 1:
        return f"{have} of {needed} customers in the smallest group, as needed to see {lift}"
    return f"{have} customers in the smallest group; {needed} were needed to see {lift}"


def progress_definition(readout: Readout) -> str:
    """What the progress counts."""
    power = readout.settings.get("power")
    chance = f" with a chance of {percent(power)}" if isinstance(power, float) else ""
    return (
        "The smallest group, the one that others are compared with included, against the customers "
        f"a group needs to show the smallest effect worth using{chance}, where it is really there. "
        "Planned from the effect that was registered, never from the one that was observed."
    )
