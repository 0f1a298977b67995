"""What a search of the library gives: passages with their scores, and what was left out."""

import re
from collections.abc import Sequence
from datetime import date
from html import escape

import streamlit as st

from core.models.campaign import TONES, Tone
from core.models.content import Hit, Retrieval, Retrieved
from ui import state, tables
from ui.message_html import quoted_html
from ui.words import count, moment, plain, sentence

EVERYONE = "Everyone"
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_ENDINGS = re.compile(r"(?:ings?|edly|ed|ies|es|s|ly|y|ers?)$")


def form() -> None:
    """What to search for, for whom and for which day; and what was found."""
    names = state.segment_names()
    with (
        st.form("library.form", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("Search the library", key="library.query", width=280, max_chars=400)
        st.selectbox("For segment", [EVERYONE, *names], key="library.segment", width=220)
        st.date_input(
            "On", state.application().library.context.today(), key="library.day", width=150
        )
        st.form_submit_button("Search", key="library.search", icon=":material/search:")
    query = str(st.session_state["library.query"]).strip()
    if query:
        wanted, day = st.session_state["library.segment"], st.session_state["library.day"]
        found(
            state.application().library.search(
                query,
                top=5,
                segment=None if wanted == EVERYONE else wanted,
                day=day if isinstance(day, date) else None,
            )
        )


def try_retrieval() -> None:
    """What the writer gets for a segment and a tone, by the brief of the campaign in view."""
    names = state.segment_names()
    if not names:
        st.info("Compute segments first: what may be said depends on who reads it.")
        return
    with st.container(horizontal=True):
        segment = st.selectbox("Segment", [*names, EVERYONE], key="library.try_segment", width=240)
        tone = st.selectbox("Tone", [t.value for t in TONES], key="library.try_tone", width=180)
    campaign = state.campaign()
    own = campaign is not None and not campaign.imported
    retrieved = state.application().reach.try_retrieval(
        segment, Tone(tone), campaign_id=campaign.campaign_id if campaign and own else None
    )
    brief = f"the brief of {plain(campaign.name)}" if campaign and own else "no brief"
    st.caption(f"By {brief}. Looked for: {plain(retrieved.query) or 'nothing'}.")
    found(retrieved)
    rows = retrieval_rows(retrieved)
    tables.downloads(rows, key="library.test", subject="library", what="retrieval_test")


def found(retrieved: Retrieved) -> None:
    """The passages that answer a search, and what was left out with the reason."""
    st.subheader(f"{count(len(retrieved.hits), 'passage')} found", anchor=False)
    st.caption(f"{plain(retrieved.engine)}, {retrieved.milliseconds:.0f} ms")
    if retrieved.fallback:
        st.warning(plain(retrieved.fallback), icon=":material/support:")
    if not retrieved.hits:
        st.text("Nothing that may be used that day answers this.")
    for rank, hit in enumerate(retrieved.hits, start=1):
        _passage(rank, hit, retrieved.query)
    if retrieved.skipped:
        with st.expander(
            f"Left out: {count(len(retrieved.skipped), 'document')}", icon=":material/block:"
        ):
            st.dataframe(
                [{"Document": s.document_id, "Why": sentence(s.reason)} for s in retrieved.skipped],
                hide_index=True,
                alt="Documents that may not be used, and why",
            )


def kept(searches: Sequence[Retrieval]) -> None:
    """The last searches, those of runs and those of people."""
    if not searches:
        st.text("Nothing was searched for yet.")
        return
    rows = [
        {
            "When": moment(s.at),
            "For": s.segment_id or "everyone",
            "Message": f"{s.variant_id}, revision {s.revision}" if s.variant_id else "",
            "Looked for": s.query,
            "Found": ", ".join(name for name, _ in s.results) or "nothing",
            "Fallback": "yes" if s.fallback else "",
            "Left out": len(s.skipped),
            "Milliseconds": round(s.milliseconds, 1),
            "Engine": s.engine,
        }
        for s in searches
    ]
    tables.shown(
        rows,
        alt="The last searches with what they found",
        key="library.log",
        subject="library",
        what="searches",
    )


def retrieval_rows(retrieved: Retrieved) -> list[dict[str, object]]:
    """A search as the rows of a file: what was found, then what was left out."""
    fallback = "fallback" if retrieved.fallback else "found"
    rows: list[dict[str, object]] = [
        {
            "outcome": fallback if hit.score == 0 else "found",
            "rank": rank,
            "document_id": hit.passage.document_id,
            "passage_id": hit.passage.passage_id,
            "score": hit.score,
            "text": hit.passage.text,
            "reason": "",
        }
        for rank, hit in enumerate(retrieved.hits, start=1)
    ]
    empty = {"passage_id": "", "score": "", "text": ""}
    rows += [
        {
            "outcome": "left out",
            "rank": "",
            "document_id": s.document_id,
            **empty,
            "reason": s.reason,
        }
        for s in retrieved.skipped
    ]
    return rows


def marked_html(text: str, query: str) -> str:
    """The text escaped, with the words of the query marked in whatever form they stand."""
    wanted = {_stem(word) for word in _WORD.findall(query)}
    pieces, last = [], 0
    for match in _WORD.finditer(text):
        if _stem(match.group()) in wanted:
            pieces += [escape(text[last : match.start()]), f"<mark>{escape(match.group())}</mark>"]
            last = match.end()
    return "".join((*pieces, escape(text[last:])))


def _passage(rank: int, hit: Hit, query: str) -> None:
    passage = hit.passage
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.badge(f"{rank}", color="blue")
            st.markdown(f"**{plain(passage.title)}**")
            st.caption(
                f"{plain(passage.document_id)}, passage {passage.index + 1}, score {hit.score:.2f}"
            )
        st.html(quoted_html(marked_html(passage.text, query)))


def _stem(word: str) -> str:
    """The word without its ending: near enough to how the index compares, for marking only."""
    lower = word.lower()
    stem = _ENDINGS.sub("", lower)
    if stem[-2:-1] == stem[-1:] and stem != lower:
        stem = stem[:-1]
    return stem if len(stem) > 2 else lower
