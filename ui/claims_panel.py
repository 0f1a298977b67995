"""The claims of a message beside the passages that support them."""

import re
from collections.abc import Collection, Sequence
from html import escape

import streamlit as st

from core.models.claims import ClaimStanding, Ledger, LedgerEntry, MissingCondition, Support
from core.models.messages import Variant
from ui import state
from ui.library import label
from ui.links import link
from ui.message_html import quoted_html
from ui.words import count, moment, plain, sentence


def show(variant: Variant) -> None:
    """Each checkable claim with its place in approved content, and what is left out."""
    if not variant.message.body:
        return
    ledger = state.application().claims.of(variant.variant_id)
    st.subheader("Claims", anchor=False)
    st.caption(_summary(ledger))
    for missing in ledger.missing:
        _missing(missing)
    for entry in ledger.unsupported:
        _unsupported(entry)
    for support, entries in _by_sentence(ledger).items():
        _supported(support, entries)
    puffs = [e.text for e in ledger.entries if e.standing is ClaimStanding.PUFFERY]
    if puffs:
        st.caption(plain(f"Puffery, which promises nothing: {', '.join(dict.fromkeys(puffs))}."))


def _summary(ledger: Ledger) -> str:
    checked = [e for e in ledger.entries if e.standing is not ClaimStanding.PUFFERY]
    if not checked:
        return "Nothing in it could be held against you."
    supported = len(checked) - len(ledger.unsupported)
    return f"{supported} of {count(len(checked), 'claim')} supported by approved content."


def _by_sentence(ledger: Ledger) -> dict[Support, list[LedgerEntry]]:
    """The supported claims under the approved sentence that makes them."""
    sentences: dict[tuple[str, str], Support] = {}
    found: dict[Support, list[LedgerEntry]] = {}
    for entry in ledger.entries:
        if entry.support is not None:
            key = (entry.support.passage_id, entry.support.sentence)
            first = sentences.setdefault(key, entry.support)
            found.setdefault(first, []).append(entry)
    return found


def _unsupported(entry: LedgerEntry) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.badge("Not supported", icon=":material/block:", color="red")
            st.caption(f"{plain(sentence(entry.kind))}, in the {entry.field}")
        st.html(quoted_html(f"<mark>{escape(entry.text)}</mark>"))
        st.text(entry.reason)


def _supported(support: Support, entries: Sequence[LedgerEntry]) -> None:
    place = "Title" if support.in_title else f"Passage {support.passage_index + 1}"
    until = f"valid until {moment(support.valid_until)}" if support.valid_until else "evergreen"
    with st.container(border=True, gap="xsmall"):
        said, source = st.columns([2, 3])
        with said:
            st.caption("The message says")
            said_once = dict.fromkeys(entry.text for entry in entries)
            st.html(quoted_html(" · ".join(f"<mark>{escape(t)}</mark>" for t in said_once)))
        with source:
            st.caption(plain(f"{place} of {support.title}, version {support.version}, {until}"))
            marked = {e.support.text for e in entries if e.support is not None}
            st.html(quoted_html(_marked(support.sentence, marked)))
            link(
                "library",
                plain(support.document_id),
                icon=":material/description:",
                document=label(state.application().library.get(support.document_id)),
            )


def _missing(missing: MissingCondition) -> None:
    with st.container(border=True, gap="xsmall"):
        st.badge("Condition left out", icon=":material/block:", color="red")
        st.text(missing.reason)
        st.html(quoted_html(escape(missing.condition)))


def _marked(text: str, said: Collection[str]) -> str:
    """The approved sentence, escaped, with the words that make the claims marked."""
    words = sorted((re.escape(w) for w in said if w), key=len, reverse=True)
    pieces = re.split(f"({'|'.join(words)})", text) if words else [text]
    return "".join(f"<mark>{escape(p)}</mark>" if p in said else escape(p) for p in pieces)
