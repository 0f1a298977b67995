"""All messages of a campaign at once: segments down, tones across, and the one for everyone."""

import textwrap
from collections.abc import Sequence

import streamlit as st

from core.content.merge_fields import default_text
from core.models.campaign import CONTROL_MESSAGE, Campaign, Tone
from core.models.customers import EVERYONE, EVERYONE_NAME
from core.models.messages import Variant, VariantState
from ui import audience_panel, state, views
from ui.actions import act
from ui.message_lengths import lengths_of, meters_html
from ui.rights import Permission, refusal
from ui.words import count, plain, sentence

_EXCERPT, _BODY_EXCERPT = 90, 150


def label(variant: Variant) -> str:
    """How a message is called in a list and in the address of a page."""
    return f"{variant.segment}, {variant.tone}"


def show(campaign: Campaign, variants: Sequence[Variant]) -> None:
    """A card for each message, segment by segment, and last the one that everyone gets."""
    brief = campaign.brief
    audience_panel.narrowed(campaign)
    for segment_id, name in dict.fromkeys((v.segment_id, v.segment) for v in variants):
        if segment_id != EVERYONE:
            st.header(plain(name), anchor=False)
            _row(campaign, brief.tones, [v for v in variants if v.segment_id == segment_id])
    if brief.control_message:
        _control(campaign, [v for v in variants if v.tone is Tone.CONTROL])
    if brief.same_message is not None:
        st.header(EVERYONE_NAME, anchor=False)
        st.caption("One group gets this message in every segment. Those above are held against it.")
        _row(
            campaign,
            [brief.same_message],
            [v for v in variants if v.segment_id == EVERYONE and v.tone is not Tone.CONTROL],
            columns=len(brief.tones),
        )


def _control(campaign: Campaign, written: Sequence[Variant]) -> None:
    """The message a person writes, with which all others are compared."""
    st.header(CONTROL_MESSAGE, anchor=False)
    st.caption(
        "The control group gets this in every segment; what the others bring is compared with "
        "it. A person writes it; it is checked and approved like the others."
    )
    if written:
        _row(campaign, [Tone.CONTROL], written, columns=len(campaign.brief.tones))
        return
    why = refusal(Permission.WRITE)
    st.button(
        "Write the control message",
        key="messages.begin_control",
        icon=":material/edit:",
        disabled=bool(why),
        on_click=act,
        args=(_begin, campaign.campaign_id),
    )
    if why:
        st.caption(plain(why))


def _begin(campaign_id: str) -> str:
    begun = state.application().messages.begin_control(campaign_id, by=state.acting())
    _open(label(begun))
    return "Write it under 'Edit the text'."


def _row(
    campaign: Campaign, tones: Sequence[Tone], variants: Sequence[Variant], *, columns: int = 0
) -> None:
    by_tone = {v.tone: v for v in variants}
    for place, tone in zip(st.columns(max(columns, len(tones))), tones, strict=False):
        with place:
            if tone in by_tone:
                _card(campaign, by_tone[tone])
            else:
                st.caption(f"{sentence(tone)}: not written yet. Generate writes it.")


def _text(campaign: Campaign, variant: Variant) -> None:
    """Subject, preheader and the beginning of the body, with the lengths and the cost."""
    st.text(variant.message.subject)
    st.caption(plain(_shortened(variant.message.preheader)))
    st.text(_beginning(variant.message.body))
    st.html(meters_html(lengths_of(variant.message, campaign.brief)))
    generation = variant.generation
    tokens = generation.tokens_input + generation.tokens_output
    st.caption(plain(views.used(generation.cost_usd, tokens)))
    if variant.problem:
        st.caption(plain(variant.problem))


def _what_to_do(variant: Variant) -> str:
    """The next step where nothing could be written."""
    if variant.tone is Tone.CONTROL:
        return "Open it and write the text."
    if variant.state is not VariantState.FAILED:
        return "Generate writes it."
    if "approved" in variant.problem or "passage" in variant.problem:
        return "Add approved content for this segment in the Library, then retry."
    return "Change the brief if it asks for what cannot be, then retry."


def _beginning(body: str) -> str:
    """The first words of a body after its greeting."""
    paragraphs = default_text(body).split("\n\n")
    text = " ".join((paragraphs[1:] or paragraphs)[0].split())
    return textwrap.shorten(text, _BODY_EXCERPT, placeholder=" …")


def _card(campaign: Campaign, variant: Variant) -> None:
    with st.container(border=True, gap="xsmall", height="stretch"):
        with st.container(horizontal=True, gap="xsmall"):
            views.state_chip(variant)
            if variant.message.body:
                views.finding_chips(variant.screened)
        st.caption(sentence(variant.tone))
        if variant.message.subject:
            _text(campaign, variant)
        else:
            st.text(variant.problem or "No text yet.")
            st.caption(_what_to_do(variant))
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
    return textwrap.shorten(text, _EXCERPT, placeholder=" …")


def totals(variants: Sequence[Variant]) -> str:
    """How many messages stand where."""
    states = dict.fromkeys(v.state for v in variants)
    return ", ".join(
        f"{count(sum(v.state is s for v in variants), 'message')} {s.replace('_', ' ')}"
        for s in states
    )
