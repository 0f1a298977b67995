"""All messages of a campaign at once: segments down, tones across."""

from collections.abc import Sequence

import streamlit as st

from core.models.campaign import Campaign
from core.models.messages import Variant
from ui import views
from ui.words import count, plain, sentence

_EXCERPT = 90


def label(variant: Variant) -> str:
    """How a message is called in a list and in the address of a page."""
    return f"{variant.segment}, {variant.tone}"


def show(campaign: Campaign, variants: Sequence[Variant]) -> None:
    """A card for each message, segment by segment."""
    tones = campaign.brief.tones
    for segment_id, name in dict.fromkeys((v.segment_id, v.segment) for v in variants):
        st.header(plain(name), anchor=False)
        by_tone = {v.tone: v for v in variants if v.segment_id == segment_id}
        columns = st.columns(len(tones))
        for column, tone in zip(columns, tones, strict=True):
            with column:
                if tone in by_tone:
                    _card(by_tone[tone])


def _card(variant: Variant) -> None:
    with st.container(border=True, gap="xsmall", height="stretch"):
        with st.container(horizontal=True, gap="xsmall"):
            views.state_chip(variant)
            if variant.message.body:
                views.finding_chips(variant.screened)
        st.caption(sentence(variant.tone))
        if variant.message.subject:
            st.text(variant.message.subject)
            st.caption(plain(_shortened(variant.message.preheader)))
            st.caption(views.length_line(variant))
        else:
            st.text(variant.problem or "No text yet.")
        st.button(
            f"Open {variant.tone}",
            key=f"messages.open_{variant.variant_id}",
            icon=":material/open_in_full:",
            on_click=_open,
            args=(label(variant),),
        )


def _open(name: str) -> None:
    st.session_state["messages.variant"] = name


def _shortened(text: str) -> str:
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT].rstrip()} …"


def totals(variants: Sequence[Variant]) -> str:
    """How many messages stand where."""
    states = dict.fromkeys(v.state for v in variants)
    return ", ".join(
        f"{count(sum(v.state is s for v in variants), 'message')} {s.replace('_', ' ')}"
        for s in states
    )
