"""`campaign check`: can this test answer its question?"""

import argparse

from core.charts.units import chance, change, count, points
from core.cli.console import Console, table
from core.cli.session import application
from core.models.planning import Answerability, Reach

_HEADER = ("", "customers", "per group", "control", "smallest change seen", "relative", "chance")


def check(args: argparse.Namespace, console: Console) -> int:
    """Print whether the test of a campaign can answer, overall and by segment, and what would."""
    with application(args) as app:
        found = app.planning.check(args.campaign)
    console.result(found.as_document(), answer_text(found))
    return 0


def answer_text(found: Answerability) -> str:
    """The answer as a person reads it in a terminal."""
    lines = [found.sentence]
    if found.baseline is not None and found.overall is not None:
        rows = [_row(found, reach) for reach in (found.overall, *found.segments)]
        known = f"{found.baseline.overall.mean:.4g}, from {found.baseline.source}"
        effect = (
            f"{found.groups} groups; chance is that of seeing {100 * found.smallest_effect:+.3g} %"
        )
        lines += [f"Baseline of {found.metric}: {known}. {effect}.", "", table(_HEADER, rows)]
    if found.ways:
        lines += ["", "What would answer, or come closer:"]
        lines += [f"- {way.change}: {way.sentence}" for way in found.ways]
    if found.exploratory:
        lines += ["", "Nothing is forbidden; what comes of this test will be exploratory."]
    return "\n".join([*lines, *(f"note: {note}" for note in found.notes)])


def _row(found: Answerability, reach: Reach) -> tuple[str, ...]:
    seen = reach.detectable_difference
    return (
        reach.segment or "all",
        count(reach.customers),
        count(reach.n_treatment),
        count(reach.n_control),
        f"{seen:+.4g}" if found.amounts and seen is not None else points(seen),
        change(reach.detectable_lift),
        chance(reach.chance),
    )
