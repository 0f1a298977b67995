"""The four harm scores as bars, each with the lines from which it is looked at and stopped."""

from html import escape

import streamlit as st

from core.models.messages import Screened
from ui import state
from ui.words import plain

_NAMES = {"hate": "Hate", "self_harm": "Self-harm", "sexual": "Sexual", "violence": "Violence"}
_STYLE = """<style>
.cpo-bars{display:grid;grid-template-columns:max-content 1fr max-content;gap:.35rem .7rem;
 align-items:center;max-width:34rem}
.cpo-bars .track{position:relative;height:.8rem;border-radius:.2rem;
 background:rgba(127,137,150,.22)}
.cpo-bars .fill{position:absolute;inset:0 auto 0 0;border-radius:.2rem;background:#2a7fc9}
.cpo-bars .fill.look{background:#d97706}
.cpo-bars .fill.stop{background:#dc2626}
.cpo-bars .line{position:absolute;top:-.2rem;bottom:-.2rem;width:0;border-left:2px dashed #b45309}
.cpo-bars .line.stop{border-left:2px solid #dc2626}
</style>"""


def severity_bars(screened: Screened) -> None:
    """The scores, under the name of the engine that gave them and what it is worth."""
    rows = "".join(_row(key, getattr(screened.severity, key), screened.most) for key in _NAMES)
    st.html(f'{_STYLE}<div class="cpo-bars">{rows}</div>')
    st.caption("Dashed line: looked at from here. Solid line: stopped from here.")
    st.caption(
        f"Scored by: {plain(screened.engine)}."
        + (
            " It finds plain cases only: it raises issues and never clears a text by itself."
            if screened.basic
            else ""
        )
    )


def _row(key: str, score: int, most: int) -> str:
    limits = getattr(state.application().policies.in_force().safety, key)
    look, stop = int(limits.review_at), int(limits.block_at)
    kind = "stop" if score >= stop else "look" if score >= look else ""
    words = f"{_NAMES[key]} {score} of {most}, looked at from {look}, stopped from {stop}"
    lines = "".join(
        f'<div class="line {name}" style="left:{_place(at, most)}%"></div>'
        for name, at in (("", look), ("stop", stop))
        if at <= most
    )
    return (
        f"<div>{_NAMES[key]}</div>"
        f'<div class="track" role="img" aria-label="{escape(words, quote=True)}">'
        f'<div class="fill {kind}" style="width:{_place(score, most)}%"></div>{lines}</div>'
        f"<div>{score} of {most}</div>"
    )


def _place(score: int, most: int) -> float:
    return round(100 * min(max(score, 0), most) / most, 1)
