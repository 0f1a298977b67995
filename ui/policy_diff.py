"""What a change of the content policy comes to: the diff, the effect, the texts that flip."""

from html import escape

import streamlit as st

from core.content.word_diff import word_diff
from core.models.policy import PolicyChange, PolicyTexts
from core.models.what_if import Held, Share, WhatIf
from core.orchestrator.policy import changes, line_pairs
from ui import state
from ui.message_html import quoted_html
from ui.words import count, listed, plain, sentence, share

_TAGS = {"same": "", "added": "ins", "removed": "del"}
_LISTED = 20
_FEW, _HEIGHT = 3, 560


def diff(before: PolicyTexts, after: PolicyTexts) -> None:
    """What differs: each rule in words, then line by line with the words marked."""
    touched = changes(before, after)
    if not touched:
        st.text("Only comments differ.")
    for change in touched:
        st.text(f"{change.key.replace('.', ', ').replace('_', ' ')}: {_in_words(change)}")
    for file, pairs in line_pairs(before, after).items():
        st.caption(plain(file))
        shown = "\n".join(_marked(old, new) for old, new in pairs)
        st.html(quoted_html(shown))


def effect(texts: PolicyTexts) -> None:
    """How many approvals adopting would void, and what waits to be checked again."""
    found = state.application().policies.effect(texts)
    said = f"Adopting this voids {count(len(found.approvals), 'approval')}."
    if found.waiting:
        said += f" {count(len(found.waiting), 'message')} in review will have to be checked again."
    if found.approvals:
        st.warning(said, icon=":material/lock_open:")
    else:
        st.text(said)


def what_if(found: WhatIf) -> None:
    """Which texts would come out otherwise, the share by tone and segment, and each text."""
    flips = found.flips
    st.text(
        f"{len(flips):,} of {count(len(found.texts), 'checked text')} would come out otherwise."
    )
    _limits(found)
    if not flips:
        return
    one, two = st.columns(2)
    with one:
        _shares("Tone", found.by_tone)
    with two:
        _shares("Segment", found.by_segment)
    with st.container(height=_HEIGHT if len(flips) > _FEW else "content", border=False):
        for held in flips[:_LISTED]:
            _flip(held)
    if len(flips) > _LISTED:
        st.caption(f"{len(flips) - _LISTED:,} more; `policy what-if` lists all of them.")


def _limits(found: WhatIf) -> None:
    if found.elsewhere:
        st.caption(
            f"{count(found.elsewhere, 'text')} were scored by another engine than today's. It was "
            "not asked, as that costs; a check would have to ask it."
        )
    if found.left_out:
        st.caption(
            f"{count(len(found.left_out), 'text')} left out: {plain(found.left_out[0].why)}."
        )
    anyway = sum(text.anyway for text in found.texts)
    if anyway:
        st.caption(
            f"{count(anyway, 'text')} would come out otherwise under the policy in force too: what "
            "they rest on changed since they were checked."
        )


def _shares(what: str, shares: tuple[Share, ...]) -> None:
    rows = [
        {
            what: plain(sentence(s.name)),
            "Texts": f"{s.texts:,}",
            "Flip": f"{s.flips:,}",
            "Share": share(s.share),
        }
        for s in shares
    ]
    st.table(rows, hide_index=True, alt=f"Texts that flip, by {what.lower()}")


def _flip(held: Held) -> None:
    with st.container(border=True):
        when = "" if held.present else f", earlier (revision {held.revision})"
        st.markdown(
            f"**{plain(held.segment)} · {plain(held.tone)}**{when}: "
            f"{_STATES[held.before]} → {_STATES[held.after]}"
        )
        for why in held.because:
            st.caption(plain(why))
        with st.expander(plain(held.message.subject)):
            st.text(held.message.preheader)
            st.text(held.message.body)


def _in_words(change: PolicyChange) -> str:
    old, new = change.before, change.after
    if isinstance(old, list) and isinstance(new, list):
        if any(isinstance(each, dict) for each in (*old, *new)):
            return "changed, see below"
        added, gone = [e for e in new if e not in old], [e for e in old if e not in new]
        parts = ((added, "added"), (gone, "taken out"))
        said = [f"{listed(str(e) for e in some)} {what}" for some, what in parts if some]
        return "; ".join(said) or "in another order"
    return f"{_value(old)} \u2192 {_value(new)}"


def _value(value: object) -> str:
    return "not set" if value in (None, "") else str(value)


_STATES = {"pass": "passes", "review": "to look at", "block": "stopped"}


def _marked(old: str, new: str) -> str:
    if not old or not new:
        return f"<ins>{escape(new)}</ins>" if new else f"<del>{escape(old)}</del>"
    return "".join(
        f"<{_TAGS[c.kind]}>{escape(c.text)}</{_TAGS[c.kind]}>" if _TAGS[c.kind] else escape(c.text)
        for c in word_diff(old, new)
    )
