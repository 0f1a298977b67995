"""What a brief asks the messages to say: the offer with its record, words, lengths, the address.

Keys: `messages.brief_<field>`.
"""

from dataclasses import replace

import streamlit as st

from core.content.offers import offer_of
from core.errors import BadInput
from core.models.campaign import Brief
from core.models.content import Document
from core.models.offer import Offer
from ui import state
from ui.words import listed, moment, plain

_PREFIX = "messages.brief_"
# Not None: a list whose value is None shows nothing as chosen.
_NO_OFFER = ""


def values(brief: Brief) -> dict[str, object]:
    """What a brief says, field by field."""
    offers = _offers()
    return {
        "offer": brief.offer_document_id if brief.offer_document_id in offers else _NO_OFFER,
        "hypothesis": brief.hypothesis,
        "url": brief.url or "",
        "must_say": "\n".join(brief.must_say),
        "must_not_say": "\n".join(brief.must_not_say),
        "words_min": brief.words_min,
        "words_max": brief.words_max,
    }


def _offers() -> dict[str, Document]:
    every = state.application().library.everything()
    return {d.document_id: d for d in every if d.category == "promotion"}


def offer() -> None:
    """The offer, and beside it what its record says; the messages use that and nothing else."""
    offers = _offers()
    st.subheader("What the messages say", anchor=False)
    with st.grid(2, min_column_width=320):
        chosen = st.selectbox(
            "Offer",
            [_NO_OFFER, *offers],
            format_func=lambda name: f"{name} {offers[name].title}" if name else "No offer",
            key=_PREFIX + "offer",
        )
        if chosen:
            _record(offers[chosen])


def _record(document: Document) -> None:
    """Code, price, last day and terms, as the record has them."""
    with st.container(border=True, gap="xsmall"):
        try:
            found = offer_of(document)
        except BadInput as problem:
            st.warning(plain(problem), icon=":material/warning:")
            return
        if found is None:
            st.text("This document has no offer record; its text alone is used.")
            return
        st.text(_terms(found))
        st.caption(plain(found.terms))


def _terms(found: Offer) -> str:
    spend = f", for orders of {found.minimum_spend:,.2f} or more" if found.minimum_spend else ""
    return (
        f"Code: {found.code or 'none'}\n"
        f"Price: {found.discount.text}{spend}\n"
        f"Until: {moment(found.ends)} (from {moment(found.starts)})"
    )


def fields() -> None:
    """Words, lengths and the address of the button."""
    with st.grid(2, min_column_width=320):
        st.text_input("Hypothesis", key=_PREFIX + "hypothesis")
        st.text_input(
            "Address of the button, if there is to be one",
            key=_PREFIX + "url",
            help="An https address that stands in approved content, such as the page of the offer.",
        )
        st.text_area("Must say (one a line)", key=_PREFIX + "must_say")
        st.text_area("Must not say (one a line)", key=_PREFIX + "must_not_say")
        st.number_input("Words of a body, at least", 1, 2000, key=_PREFIX + "words_min")
        st.number_input("Words of a body, at most", 1, 2000, key=_PREFIX + "words_max")


def filled(brief: Brief) -> Brief:
    """The brief with what stands in these fields."""
    chosen = str(_field("offer")) or None
    same = chosen == brief.offer_document_id
    return replace(
        brief,
        offer_document_id=chosen,
        # What was said of one offer says nothing of another.
        code=brief.code if same else None,
        price=brief.price if same else None,
        until=brief.until if same else None,
        url=str(_field("url")).strip() or None,
        must_say=_lines("must_say"),
        must_not_say=_lines("must_not_say"),
        words_min=int(str(_field("words_min"))),
        words_max=int(str(_field("words_max"))),
        hypothesis=str(_field("hypothesis")).strip(),
    )


def summary(brief: Brief) -> str:
    """What the messages are to say, in a sentence; empty where nothing is asked."""
    parts = [
        f"offer {brief.offer_document_id}" if brief.offer_document_id else "",
        f"{len(brief.must_say)} to say word for word" if brief.must_say else "",
        f"{len(brief.must_not_say)} not to say" if brief.must_not_say else "",
        f"{brief.words_min} to {brief.words_max} words",
    ]
    return f"Asked for: {listed(p for p in parts if p)}."


def _field(name: str) -> object:
    return st.session_state[_PREFIX + name]


def _lines(name: str) -> tuple[str, ...]:
    return tuple(x.strip() for x in str(_field(name)).splitlines() if x.strip())
