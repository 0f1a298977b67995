"""Who are my customers?

Keys: `segments.dataset`, `segments.version` and those that the parts of the page name:
`ui/segment_making.py` (method, what it needs, compute, cancel), `ui/segment_names.py` (names and
proposals), `ui/segment_comparison.py`, `ui/segment_members.py` (look inside, why here) and
`ui/segment_downloads.py`.
"""

import streamlit as st

from core.models.customers import Segmentation
from ui import (
    segment_cards,
    segment_comparison,
    segment_downloads,
    segment_making,
    segment_members,
    segment_names,
    state,
)
from ui.frame import page
from ui.links import link
from ui.words import moment, plain


def one_version(version: Segmentation, rows: int) -> None:
    """A version in full: cards, comparison, members, and what to take away."""
    st.header(f"{len(version.segments)} segments", anchor=False)
    segment_cards.cards(version, rows)
    # With a state of its own it stays open when a message above it moves it.
    with st.expander(
        "Rename the segments",
        key="segments.renaming",
        icon=":material/edit:",
        on_change="rerun",
    ):
        segment_names.rename(version)
    segment_comparison.compare(version)
    segment_members.look_inside(version)
    compared = st.expander(
        "Compare with the version before",
        key="segments.compare",
        icon=":material/compare_arrows:",
        on_change="rerun",
    )
    if compared.open:
        with compared:
            segment_comparison.moved(version)
    st.header("Take away", anchor=False)
    with st.container(horizontal=True):
        segment_downloads.downloads(version)
    link("library", "See what may be said to them", icon=":material/local_library:")


with page("Segments"):
    app = state.application()
    known = {d.dataset_id: d for d in app.customers.everything()}
    if not known:
        st.info("Choose a data set first: bring in a customer file.")
        link("customers", "Bring in customers", icon=":material/group:")
        st.stop()
    dataset = known[
        st.selectbox(
            "Data set",
            list(known),
            format_func=lambda name: f"{known[name].name}, {known[name].rows:,} customers",
            key="segments.dataset",
            persist_state="session",
        )
    ]
    segment_making.show_run(dataset)
    versions = {s.segmentation_id: s for s in app.segments.everything(dataset.dataset_id)}
    with st.expander("Divide the customers", expanded=not versions, icon=":material/tune:"):
        segment_making.divide(dataset, next(iter(versions.values()), None))
    if versions:
        chosen = st.selectbox(
            "Version",
            list(versions),
            format_func=lambda name: plain(f"{name}, {moment(versions[name].created_at)}"),
            key="segments.version",
            persist_state="session",
        )
        one_version(versions[chosen], dataset.rows)
