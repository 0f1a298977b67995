"""The engines and what else the product stands on: how they stand, and a look at each.

Keys: `settings.check`.
"""

from datetime import datetime

import streamlit as st

from core.orchestrator import clock
from core.orchestrator.service.health import Dependency
from ui import state
from ui.actions import act
from ui.words import moment, plain

_FOUND = "settings.health"


def troubles() -> None:
    """A warning for each engine that is left alone because it failed again and again."""
    for found in state.application().health.left_alone():
        waits_s = found.standing.waits_s if found.standing else 0.0
        again = f"in {waits_s:.0f} s" if waits_s >= 1 else "now"
        st.warning(
            f"{plain(found.detail)} It is left alone and tried again {again}. What needs it waits, "
            f"and nothing stands in for the {found.job}.",
            icon=":material/cloud_off:",
        )


def _look() -> None:
    st.session_state[_FOUND] = clock.utc_now(), state.application().health.check()


def health() -> None:
    """The table of dependencies after a look at each, and the versions."""
    troubles()
    st.button(
        "Check now",
        key="settings.check",
        icon=":material/troubleshoot:",
        on_click=act,
        args=(_look,),
    )
    looked: tuple[datetime, tuple[Dependency, ...]] | None = st.session_state.get(_FOUND)
    if looked is None:
        st.caption("One cheap call to each engine; an engine that charges by use charges for it.")
        return
    at, found = looked
    broken = [f.job for f in found if not f.works]
    if broken:
        st.error(f"Does not work: {', '.join(broken)}.", icon=":material/error:")
    else:
        st.success("Everything that is needed works.", icon=":material/check_circle:")
    # A table reads its cells as Markdown.
    st.table(
        [
            {
                "What": found_of.job,
                "Engine": plain(found_of.engine),
                "Where": found_of.place,
                "State": "works" if found_of.works else "does not work",
                "Circuit": found_of.circuit or "none",
                "Took": f"{found_of.milliseconds:,.0f} ms",
                "It said": plain(found_of.detail),
            }
            for found_of in found
        ],
        hide_index=True,
        alt="Each dependency with its engine, where it is, whether it works and how long it took",
    )
    versions = state.application().health.versions()
    every = ", ".join(f"{name} {version}" for name, version in versions.items())
    st.caption(f"Looked at {moment(at)}. {every}")
