"""Segments side by side: what they are called, how large and how lasting, and what stands out."""

from collections.abc import Mapping

import streamlit as st

from core.models.customers import Segment, Segmentation
from ui import state
from ui.words import plain, sentence, share


def cards(version: Segmentation, rows: int) -> None:
    """Each segment: its size, whom one may write to, what lasts and what stands out."""
    effects = _effects(version.segmentation_id, version)
    with st.grid(3, min_column_width=280):
        for segment in version.segments:
            with st.container(border=True, height="stretch"):
                _card(version, segment, effects.get(segment.segment_id))
    _said(version)
    st.caption(f"Every one of the {rows:,} customers is in exactly one segment.")


def _said(version: Segmentation) -> None:
    quality = version.quality
    for warning in quality.warnings if quality else ():
        st.warning(plain(warning), icon=":material/warning:")
    if version.clusters is not None:
        st.caption(plain(version.clusters.reason))
    for note in (*version.notes, *(quality.notes if quality else ())):
        st.caption(plain(note))
    if quality is None:
        st.caption("How lasting these segments are was not measured yet; compute them again.")


@st.cache_data(show_spinner=False, max_entries=32)
def _effects(version_id: str, _version: Segmentation) -> Mapping[str, float | None]:
    del version_id
    return state.application().segment_views.detectable(_version)


def _card(version: Segmentation, segment: Segment, effect: float | None) -> None:
    st.subheader(plain(segment.name), anchor=False)
    size, reachable = st.columns(2)
    size.metric(
        "Customers",
        f"{segment.size:,}",
        share(segment.share),
        delta_color="off",
        delta_arrow="off",
        delta_description="of all",
    )
    reachable.metric(
        "May be written to",
        "not known" if segment.reachable is None else f"{segment.reachable:,}",
        None if segment.reachable is None else share(segment.reachable / segment.size),
        delta_color="off",
        delta_arrow="off",
        delta_description="of them",
    )
    _definition(version, segment)
    with st.container(gap="xsmall"):
        for trait in segment.traits[:3]:
            st.text(f"• {sentence(trait.words)}")
    st.caption(plain(_lasting(version, segment)))
    st.caption(plain(_testable(effect)))


def _definition(version: Segmentation, segment: Segment) -> None:
    short = version.quality.approximation(segment.segment_id) if version.quality else None
    if segment.about:
        st.text(sentence(segment.about))
    elif short is not None:
        st.code(f"≈ {short.rule}", language=None, wrap_lines=True)
        st.caption(
            f"Agrees for {share(short.fidelity, 0)} of customers it was not made from; finds "
            f"{share(short.found, 0)} of the segment."
        )
    elif version.clusters is None:
        st.code(segment.rule or "everybody else", language=None, wrap_lines=True)


def _lasting(version: Segmentation, segment: Segment) -> str:
    stay = version.quality.stay(segment.segment_id) if version.quality else None
    sure = "" if segment.confidence is None else f" Mean confidence {segment.confidence:.2f} of 1."
    if stay is None:
        return sure.strip() or "Not measured yet."
    if version.quality is not None and not version.quality.resamples:
        return f"Fixed limits: nobody moves when customers are drawn again.{sure}"
    return f"{share(stay.stays, 0)} stay when customers are drawn again.{sure}"


def _testable(effect: float | None) -> str:
    if effect is None:
        return "Too few to show any effect on its own."
    return (
        f"On its own it can show a change of {effect * 100:+.0f} % or more, if 10 % respond "
        "without a message."
    )
