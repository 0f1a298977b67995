"""Guardrails on a page: what must not get worse, and whether that is shown or ruled out."""

from collections.abc import Sequence

import streamlit as st

from core.charts.units import DASH, count, percent
from core.models.experiment import Harm
from core.models.readout import Readout
from core.reports.guardrails import Guarded, guardrails
from core.reports.reading import alpha, are_sequential, shown_coverage
from core.reports.words import metric_words
from ui.words import listed, plain, sentence

_DEFINITION = (
    "What must not get worse, whatever the metric that decides says. Harm is shown when the "
    "interval of the difference lies on the harmful side of 0; shown harm comes before every "
    "other conclusion. A margin is the largest harm that would be accepted: where harm may at "
    "most reach less than that (one-sided), no harm beyond the margin is shown."
)


def section(readout: Readout, specs: Sequence[str]) -> None:
    """Every guardrail and group; one line where none was registered.

    `specs` are the guardrails as they were registered, with the direction that is harm.
    """
    st.header("Guardrails", anchor=False, help=_DEFINITION)
    found = guardrails(readout, specs)
    if not found:
        st.text("No guardrail was registered for this send.")
        return
    with st.container(gap="xsmall"):
        for alike in _alike(found):
            _verdict(alike)
    rows = [each.estimate for each in found]
    always = " sequential" if are_sequential(rows) else ""
    held = f"{percent(shown_coverage(readout, rows))}{always}"
    definitions = _definitions(held, f"{percent(1 - alpha(readout))}{always}")
    st.dataframe(
        [_row(each, held) for each in found],
        hide_index=True,
        column_config={n: st.column_config.Column(help=text) for n, text in definitions.items()},
        alt="Guardrails by group",
    )


def _alike(found: Sequence[Guarded]) -> list[list[Guarded]]:
    """The groups of a guardrail of which the same is known, together."""
    piles: dict[tuple[str, str], list[Guarded]] = {}
    for each in found:
        piles.setdefault((each.estimate.metric, each.words), []).append(each)
    return list(piles.values())


def _verdict(alike: Sequence[Guarded]) -> None:
    """One line: which guardrail, in which groups, and what is known of it."""
    first = alike[0]
    name = sentence(metric_words(first.estimate.metric))
    groups = listed(each.estimate.arm for each in alike)
    color, icon = "gray", ":material/help:"
    if first.shown:
        color, icon = "red", ":material/error:"
    elif first.ruled_out:
        color, icon = "green", ":material/check_circle:"
    st.markdown(f":{color}[{icon}] **{plain(name)}**, {plain(groups)}: {plain(first.words)}")


def _row(each: Guarded, held: str) -> dict[str, str]:
    row, unit = each.estimate, each.unit
    return {
        "Guardrail": f"{sentence(metric_words(row.metric))} ({unit.label})",
        "Group": row.arm,
        f"Difference ({held})": each.difference,
        "Harm is": "a rise" if each.harm is Harm.RISE else "a fall",
        "Margin": unit.signed(row.margin),
        "At most": DASH if row.margin is None else unit.signed(row.margin_bound),
        "Value": unit.level(row.mean),
        "Control": unit.level(row.mean_control),
        "Customers": count(row.n),
    }


def _definitions(held: str, bound: str) -> dict[str, str]:
    """What each column means."""
    return {
        "Guardrail": "What must not get worse, and the unit of its differences.",
        "Group": "Who is compared with control.",
        f"Difference ({held})": f"The group minus control with its {held} interval, not corrected "
        "for the number of groups: harm must not be corrected away.",
        "Harm is": "The direction that is harm, as registered.",
        "Margin": "The largest harm that would be accepted, as registered; a dash where none was.",
        "At most": f"How far harm may go: the one-sided {bound} bound of the difference.",
        "Value": "The share or the average of the group.",
        "Control": "The same in control.",
        "Customers": "Everybody assigned to the group.",
    }
