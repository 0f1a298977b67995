"""Making segments: the method and what it needs, and the job that makes them.

Keys: `segments.method`, `segments.rules`, `segments.recency`, `segments.frequency`,
`segments.monetary`, `segments.columns`, `segments.k`, `segments.compute`, `segments.cancel`.
"""

from collections.abc import Sequence

import streamlit as st

from core.models.customers import Column, ColumnKind, Dataset, Segmentation, SegmentationMethod
from core.models.segmentation import SegmentationRequest
from ui import segment_rules, state
from ui.actions import act
from ui.jobs import job
from ui.rights import Permission, refusal
from ui.trouble import told
from ui.words import count, plain, sentence

METHODS = {
    SegmentationMethod.RULES: "Rules",
    SegmentationMethod.RFM: "Recency, frequency, value (RFM)",
    SegmentationMethod.KMEANS: "Clusters (k-means)",
}
_GUESSED = "guessed by name"
_SUGGESTED = "suggested"
_WANTED, _STARTED = "segments.wanted", "segments.started"


def divide(dataset: Dataset, newest: Segmentation | None) -> None:
    """Choose a method, say what it needs, see what it would give, and start."""
    method = st.segmented_control(
        "Method",
        list(METHODS),
        format_func=METHODS.__getitem__,
        default=SegmentationMethod.RULES,
        required=True,
        key="segments.method",
    )
    request = _FORMS[SegmentationMethod(method)](dataset, newest)
    st.session_state[_WANTED] = request
    possible = method is SegmentationMethod.KMEANS
    with told():
        if not possible:
            segment_rules.counts(segment_rules.preview(dataset.dataset_id, request))
            possible = True
    _button(dataset, possible=possible)


def show_run(dataset: Dataset) -> None:
    """The job under way, looked at every second; when it ends the page shows what it made."""
    app = state.application().segments
    run = app.under_way(dataset.dataset_id)
    if run is not None:
        st.session_state[_STARTED] = run.run_id
        st.fragment(_follow, run_every=1)(dataset.dataset_id, run.run_id)
        return
    _settle(st.session_state.pop(_STARTED, None))
    last = app.last_run(dataset.dataset_id)
    if last is not None and last.problem:
        said = plain(sentence(last.problem)).rstrip(".")
        st.warning(
            f"The last job made no new version: {said}. The version of before is unchanged.",
            icon=":material/warning:",
        )


def _settle(run_id: str | None) -> None:
    """Show the version that the job of this session has made."""
    made = state.application().segments.made_by(run_id) if run_id else None
    if made is not None:
        st.session_state["segments.version"] = made.segmentation_id
        st.success(
            f"{plain(made.segmentation_id)} is made and measured.", icon=":material/check_circle:"
        )


def _button(dataset: Dataset, *, possible: bool) -> None:
    why = refusal(Permission.SEGMENT)
    st.button(
        "Compute segments",
        key="segments.compute",
        type="primary",
        icon=":material/donut_small:",
        disabled=bool(why) or not possible,
        on_click=act,
        args=(_compute, dataset.dataset_id),
    )
    st.caption(
        plain(why) if why else "The result is saved as a version; what was made before stays."
    )


def _compute(dataset_id: str) -> str:
    """A new version: rules and RFM at once, measured by a job; clusters by the job alone."""
    request: SegmentationRequest = st.session_state[_WANTED]
    app, by = state.application().segments, state.acting()
    joined = app.under_way(dataset_id)
    if joined is not None:
        st.session_state[_STARTED] = joined.run_id
        return f"A job is under way already, started by {plain(joined.started_by)}."
    if request.method is SegmentationMethod.KMEANS:
        st.session_state[_STARTED] = app.start(dataset_id, request, by=by).run_id
        return "The clusters are being made. You can leave this page."
    made = app.compute(dataset_id, request, by=by)
    st.session_state["segments.version"] = made.segmentation_id
    if made.quality is None:
        st.session_state[_STARTED] = app.start(dataset_id, request, by=by).run_id
    customers = count(sum(s.size for s in made.segments), "customer")
    found = count(len(made.segments), "segment")
    return f"{found} of {customers} are stored as {plain(made.segmentation_id)}."


def _follow(dataset_id: str, run_id: str) -> None:
    with told():
        run = state.application().segments.under_way(dataset_id)
        if run is None or run.run_id != run_id:
            st.rerun(scope="app")
        with st.container(border=True):
            st.progress(run.done / max(run.total, 1), text=job(run))
            st.button(
                "Cancel",
                key="segments.cancel",
                icon=":material/cancel:",
                on_click=act,
                args=(_cancel, run_id),
                disabled=bool(refusal(Permission.SEGMENT)),
            )


def _cancel(run_id: str) -> str:
    state.application().segments.cancel(run_id, by=state.acting())
    return "The job stops before its next stage. The version of before is unchanged."


def _rules(dataset: Dataset, newest: Segmentation | None) -> SegmentationRequest:
    del dataset, newest
    return SegmentationRequest(SegmentationMethod.RULES, segment_rules.edited_rules())


def _rfm(dataset: Dataset, newest: Segmentation | None) -> SegmentationRequest:
    del newest
    numbers = [c.name for c in dataset.attributes if c.kind is ColumnKind.NUMBER]
    dates = [c.name for c in dataset.attributes if c.kind is ColumnKind.DATE]
    guessed = dict.fromkeys(("recency", "frequency", "monetary"), _GUESSED)
    state.begun("segments.", dataset.dataset_id, guessed)
    left, middle, right = st.columns(3)
    chosen = [
        _column(left, "Days since the last order, or its date", "recency", [*numbers, *dates]),
        _column(middle, "Number of orders", "frequency", numbers),
        _column(right, "Amount spent", "monetary", numbers),
    ]
    st.caption(
        "Each customer gets 1 to 5 for recency, frequency and money, by the fifths of all "
        "customers; eleven named cells follow from the scores, and everybody is in exactly one."
    )
    recency, frequency, monetary = chosen
    return SegmentationRequest(
        SegmentationMethod.RFM, recency=recency, frequency=frequency, monetary=monetary
    )


def _column(
    place: "st.delta_generator.DeltaGenerator", label: str, name: str, offered: Sequence[str]
) -> str | None:
    chosen = place.selectbox(label, [_GUESSED, *offered], key=f"segments.{name}")
    return None if chosen == _GUESSED else str(chosen)


def _clusters(dataset: Dataset, newest: Segmentation | None) -> SegmentationRequest:
    names = [c.name for c in dataset.attributes if _usable(c)]
    state.begun("segments.", dataset.dataset_id, {"columns": names, "k": _SUGGESTED})
    chosen = st.multiselect(
        "Attributes to look at",
        names,
        key="segments.columns",
        help="Never the id, permission or personal data. Each attribute weighs the same.",
    )
    k = st.selectbox(
        "Number of segments",
        [_SUGGESTED, *range(2, 9)],
        key="segments.k",
        help="The suggestion tries 2 to 8 and takes what comes out the same on resampling.",
    )
    if newest is not None and newest.clusters is not None and newest.clusters.suggested:
        st.caption(plain(newest.clusters.reason))
    else:
        st.caption(
            "Tries 2 to 8 segments, draws the customers again and again, and suggests what lasts "
            "and stands apart. It needs at least 50 customers."
        )
    columns = () if set(chosen) == set(names) else tuple(chosen)
    number = None if k == _SUGGESTED else int(str(k))
    return SegmentationRequest(SegmentationMethod.KMEANS, k=number, columns=columns)


def _usable(column: Column) -> bool:
    return column.kind is not ColumnKind.DATE


_FORMS = {
    SegmentationMethod.RULES: _rules,
    SegmentationMethod.RFM: _rfm,
    SegmentationMethod.KMEANS: _clusters,
}
