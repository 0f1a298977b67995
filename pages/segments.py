"""Who are my customers?

Keys: `segments.dataset`, `segments.method`, `segments.rules`, `segments.compute`,
`segments.version`, `segments.segment`, `segments.page`, `segments.csv`, `segments.json`.
"""

import streamlit as st

from core.models.customers import Dataset, Segmentation, SegmentationMethod
from ui import segments, state
from ui.actions import act
from ui.frame import page
from ui.links import link
from ui.rights import Permission, refusal
from ui.trouble import told
from ui.words import count, moment, plain

METHODS = {
    SegmentationMethod.RULES: "Rules",
    SegmentationMethod.RFM: "Recency, frequency, value (RFM)",
}


def compute(dataset_id: str, method: SegmentationMethod) -> str:
    """A new version, from the rules as they stand in the table."""
    rules = st.session_state.get("segments.edited")
    made = state.application().segments.compute(
        dataset_id,
        method,
        by=state.acting(),
        rules=rules if method is SegmentationMethod.RULES else None,
    )
    st.session_state["segments.version"] = made.segmentation_id
    customers = count(sum(s.size for s in made.segments), "customer")
    found = count(len(made.segments), "segment")
    return f"{found} of {customers} are stored as {plain(made.segmentation_id)}."


def divide(dataset: Dataset) -> None:
    """Choose a method, edit the rules, see the counts, and keep a version."""
    method = st.segmented_control(
        "Method",
        list(METHODS),
        format_func=METHODS.__getitem__,
        default=SegmentationMethod.RULES,
        required=True,
        key="segments.method",
    )
    rules = segments.edited_rules() if method is SegmentationMethod.RULES else ()
    st.session_state["segments.edited"] = rules
    possible = False
    with told():
        segments.counts(segments.preview(dataset.dataset_id, str(method), rules))
        possible = True
    why = refusal(Permission.SEGMENT)
    st.button(
        "Compute segments",
        key="segments.compute",
        type="primary",
        icon=":material/donut_small:",
        disabled=bool(why) or not possible,
        on_click=act,
        args=(compute, dataset.dataset_id, method),
    )
    if why:
        st.caption(plain(why))


def look_inside(version: Segmentation) -> None:
    """One page of the customers of one segment."""
    st.header("Look inside", anchor=False)
    names = {s.name: s for s in version.segments}
    chosen = st.selectbox("Segment", list(names), key="segments.segment", bind="query-params")
    segments.members(version, names[str(chosen)])


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
    versions = {s.segmentation_id: s for s in app.segments.everything(dataset.dataset_id)}
    with st.expander("Divide the customers", expanded=not versions, icon=":material/tune:"):
        divide(dataset)
    if versions:
        version = versions[
            st.selectbox(
                "Version",
                list(versions),
                format_func=lambda name: f"{name}, {moment(versions[name].created_at)}",
                key="segments.version",
                persist_state="session",
            )
        ]
        st.header(f"{len(version.segments)} segments", anchor=False)
        segments.cards(version, dataset.rows)
        with st.container(horizontal=True):
            segments.downloads(version)
        look_inside(version)
        link("library", "See what may be said to them", icon=":material/local_library:")
