"""Is choosing by segment worth it, on a page: the answer, the choice, and what it is worth."""

import streamlit as st

from core.models.readout import Personalization, Readout
from core.reports.reading import metric_unit
from core.reports.words import metric_words
from ui.words import plain, sentence

_DEFINITION = (
    "For each segment the group that did best, against the one group that did best for everyone. "
    "Some customers choose and the others value the choice, so that luck in choosing is not "
    "counted as gain: choosing and valuing on the same customers promises a gain where there is "
    "none."
)


def section(readout: Readout) -> None:
    """The answer in a sentence, the group each segment would get, and the gain."""
    worth = readout.personalization
    if worth is None:
        return
    title = f"Is choosing by {worth.column.replace('_', ' ')} worth it?"
    st.header(plain(title), anchor=False, help=_DEFINITION)
    st.text(worth.sentence, help=plain(f"Method: {worth.method}."))
    policy, value = st.columns(2)
    with policy:
        heading = sentence(worth.column)
        rows = [
            {plain(heading): plain(name), "Group that did best": plain(arm)}
            for name, arm in worth.policy.items()
        ]
        st.table(rows, hide_index=True, alt="The group chosen for each segment")
    with value:
        st.table(_values(readout, worth), hide_index=True, alt="What the choice is worth")


def _values(readout: Readout, worth: Personalization) -> list[dict[str, str]]:
    """Both ways beside each other, and what lies between them."""
    unit = metric_unit(readout, worth.metric)
    metric = sentence(metric_words(worth.metric))
    for_all = " for everyone" if worth.single_message else " in every segment"
    single = worth.best_single_arm.removesuffix(for_all) + for_all
    points = " points" if unit.suffix == " %" else ""
    chosen = set(worth.policy.values()) != {worth.best_single_arm}
    ends = unit.interval(worth.gain_interval)
    gain = f"{unit.signed(worth.gain)}{points} ({ends})" if chosen else "none: the same everywhere"
    rows = (
        ("To each its own", unit.level(worth.value)),
        (single, unit.level(worth.best_single_value)),
        ("Gain, with its interval", gain),
    )
    return [{"What is sent": plain(what), plain(metric): plain(cell)} for what, cell in rows]
