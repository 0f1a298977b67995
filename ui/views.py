"""How the nouns of the product look on a page: messages, findings, sources, chips."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from core.models.approval import Review, ReviewDecision
from core.models.messages import Citation, Finding, Level, Screened, Variant, VariantState
from ui import library, state
from ui.links import link
from ui.message_html import numbered, quote_html
from ui.words import LEVELS, STATES, count, moment, plain, sentence, word_count

Color = Literal["red", "orange", "blue", "green", "violet", "gray"]

_LOOKS: dict[VariantState, tuple[str, Color]] = {
    VariantState.DRAFT: (":material/draft:", "gray"),
    VariantState.SCREENING: (":material/hourglass:", "gray"),
    VariantState.FAILED: (":material/error:", "red"),
    VariantState.BLOCKED: (":material/block:", "red"),
    VariantState.NEEDS_REVIEW: (":material/visibility:", "blue"),
    VariantState.CHANGES_REQUESTED: (":material/edit:", "orange"),
    VariantState.REJECTED: (":material/cancel:", "red"),
    VariantState.APPROVED: (":material/check_circle:", "green"),
    VariantState.VOID: (":material/lock_open:", "orange"),
    VariantState.EXPIRED: (":material/event_busy:", "orange"),
    VariantState.EXPORTED: (":material/outbox:", "green"),
    VariantState.RETIRED: (":material/archive:", "gray"),
}
_LEVEL_COLORS: dict[Level, Color] = {Level.BLOCK: "red", Level.REVIEW: "orange", Level.NOTE: "blue"}
_DECIDED = {
    ReviewDecision.APPROVE: "Approval",
    ReviewDecision.REQUEST_CHANGES: "Request for changes",
    ReviewDecision.REJECT: "Rejection",
    ReviewDecision.WITHDRAW: "Decision taken back, that",
}
_QUOTE = 160
_LEVEL_ICONS = {
    Level.BLOCK: ":material/block:",
    Level.REVIEW: ":material/flag:",
    Level.NOTE: ":material/info:",
}


def state_chip(variant: Variant) -> None:
    """Where a variant stands."""
    icon, color = _LOOKS[variant.state]
    st.badge(STATES[variant.state], icon=icon, color=color)


def finding_chips(screened: Screened | None) -> None:
    """How many issues of each level; or that there is none, or no check yet."""
    if screened is None:
        st.badge("not checked", icon=":material/hourglass:", color="gray")
        return
    if not screened.findings:
        st.badge("no issues", icon=":material/check:", color="green")
    for level in (Level.BLOCK, Level.REVIEW, Level.NOTE):
        number = sum(f.level is level for f in screened.findings)
        if number:
            words = {Level.BLOCK: "blocking", Level.REVIEW: "to look at", Level.NOTE: "noted"}
            st.badge(
                f"{number} {words[level]}", icon=_LEVEL_ICONS[level], color=_LEVEL_COLORS[level]
            )


def length_line(variant: Variant) -> str:
    """The lengths of a message, in words and characters."""
    message = variant.message
    return (
        f"{count(word_count(message.body), 'word')}, "
        f"subject {count(len(message.subject), 'character')}"
    )


def used(cost_usd: float | None, tokens: int = 0, seconds: float | None = None) -> str:
    """What writing took, in one line: money, tokens, seconds."""
    cost = "Cost not known" if cost_usd is None else f"${cost_usd:.4f}" if cost_usd else "No cost"
    parts = [cost, f"{tokens:,} tokens" if tokens else ""]
    parts.append(f"{seconds:.1f} s" if seconds is not None else "")
    return ", ".join(part for part in parts if part)


def findings(screened: Screened | None) -> None:
    """The issues of a message, numbered as they are marked in it."""
    if screened is None:
        st.text("Not checked yet.")
        return
    if not screened.findings:
        st.badge("The checks found no issue", icon=":material/check:", color="green")
    for each in numbered(screened.findings):
        _finding(each.number, each.finding)


def _finding(number: int, found: Finding) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.badge(
                f"{number} · {LEVELS[found.level]}",
                icon=_LEVEL_ICONS[found.level],
                color=_LEVEL_COLORS[found.level],
            )
            st.caption(f"{plain(sentence(found.rule))}, in the {found.field}")
        st.text(found.explanation)
        if found.text and len(found.text) <= _QUOTE:
            st.html(quote_html(found.text))


def severities(screened: Screened) -> None:
    """The four harm scores, under the name of the engine that gave them."""
    score = screened.severity
    scores = (
        ("Hate", score.hate),
        ("Self-harm", score.self_harm),
        ("Sexual", score.sexual),
        ("Violence", score.violence),
    )
    with st.container(horizontal=True, gap="xsmall"):
        for name, value in scores:
            st.badge(f"{name} {value} of {screened.most}", color="red" if value else "gray")
    st.caption(
        f"Scored by: {plain(screened.engine)}. It is not Azure AI Content Safety: it raises "
        "issues and never clears a text by itself."
        if "local" in screened.engine
        else f"Scored by {plain(screened.engine)}."
    )


def sources(citations: Sequence[Citation]) -> None:
    """The sentences of a message beside the passage they rest on."""
    if not citations:
        st.text("No sentence of this message rests on a passage word for word.")
    by_passage: dict[tuple[str, int, int], list[Citation]] = {}
    for each in citations:
        key = (each.document_id, each.version, each.passage_index)
        by_passage.setdefault(key, []).append(each)
    for group in by_passage.values():
        _source(group)


def _source(group: Sequence[Citation]) -> None:
    first = group[0]
    with st.container(border=True):
        said, source = st.columns(2)
        with said:
            st.caption("The message says")
            for citation in group:
                st.html(quote_html(citation.quote))
        with source:
            st.caption(f"Passage {first.passage_index + 1} says")
            st.html(quote_html(_passage(first)))
            link(
                "library",
                plain(f"{first.title} ({first.document_id}, version {first.version})"),
                icon=":material/description:",
                document=library.label(state.application().library.get(first.document_id)),
            )


def _passage(citation: Citation) -> str:
    passages = state.application().library.passages(citation.document_id, citation.version)
    found = next((p for p in passages if p.index == citation.passage_index), None)
    return found.text if found else "This passage is no longer in the library."


def origin(variant: Variant) -> str:
    """Who and what made this revision, in one line (plain text)."""
    people = ", ".join(sorted(variant.authors)) or "nobody yet"
    engine = variant.generation.engine or "not written"
    model = f" ({variant.generation.model})" if variant.generation.model else ""
    return (
        f"Revision {variant.revision}, {moment(variant.updated_at)}. "
        f"Authors: {people}. Written by: {engine}{model}."
    )


def reviews(made: Sequence[Review]) -> None:
    """The decisions about a message, newest first."""
    if not made:
        st.text("No decision yet.")
    for each in made:
        verified = "" if each.verified else ", not verified"
        batch = ", in a batch" if each.batch else ""
        about = f" About: {each.category}." if each.category else ""
        seen = f" Answered for: {', '.join(each.confirmed)}." if each.confirmed else ""
        st.text(
            f"{_DECIDED[each.decision]} of revision {each.revision} by {each.by}{verified}{batch}, "
            f"{moment(each.at)}.{about}" + (f" “{each.reason}”" if each.reason else "") + seen
        )
