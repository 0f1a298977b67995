"""All messages of a campaign at once: segments down, tones across, and the one for everyone."""

from collections.abc import Sequence

import streamlit as st

from core.models.campaign import Campaign, Tone
from core.models.customers import EVERYONE, EVERYONE_NAME
from core.models.messages import Variant
from ui import views
from ui.words import count, plain, sentence

_EXCERPT = 90


def label(variant: Variant) -> str:
    """How a message is called in a list and in the address of a page."""
    return f"{variant.segment}, {variant.tone}"


def show(campaign: Campaign, variants: Sequence[Variant]) -> None:
    """A card for each message, segment by segment, and last the one that everyone gets."""
    brief = campaign.brief
    for segment_id, name in dict.fromkeys((v.segment_id, v.segment) for v in variants):
        if segment_id != EVERYONE:
            st.header(plain(name), anchor=False)
            _row(brief.tones, [v for v in variants if v.segment_id == segment_id])
    if brief.same_message is not None:
        st.header(EVERYONE_NAME, anchor=False)
        st.caption("One group gets this message in every segment. Those above are held against it.")
        _row(
            [brief.same_message],
            [v for v in variants if v.segment_id == EVERYONE],
            columns=len(brief.tones),
        )


def _row(tones: Sequence[Tone], variants: Sequence[Variant], *, columns: int = 0) -> None:
    by_tone = {v.tone: v for v in variants}
    for place, tone in zip(st.columns(max(columns, len(tones))), tones, strict=False):
        with place:
            if tone in by_tone:
                _card(by_tone[tone])
            else:
                st.caption(f"{sentence(tone)}: not written yet. Generate writes it.")


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
