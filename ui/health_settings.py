"""Health on the page of settings: what the product stands on, and whether it answers.

Keys: `settings.health_check`.
"""

import streamlit as st

from core.orchestrator import clock
from ui import state
from ui.actions import act
from ui.words import moment

_FOUND = "health.found"


def health() -> None:
    """Each dependency at the last check, and the versions."""
    st.header("Health", anchor=False)
    st.button(
        "Check now", key="settings.health_check", icon=":material/vital_signs:",
        on_click=act, args=(_check,), help="One cheap look at each, engines over the network too.",
    )  # fmt: skip
    if _FOUND in st.session_state:
        found, at = st.session_state[_FOUND]
        rows = [
            {
                "Job": each.job,
                "Engine": each.engine,
                "State": "works" if each.works else "BROKEN",
                "Said": each.detail,
            }
            for each in found
        ]
        st.dataframe(rows, hide_index=True, alt="What the product stands on")
        st.caption(f"Checked on {moment(at)}.")
    versions = state.application().health.versions()
    st.caption(", ".join(f"{name} {version}" for name, version in versions.items()))


def _check() -> None:
    st.session_state[_FOUND] = (state.application().health.check(), clock.utc_now())
