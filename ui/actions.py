"""Writes that start with a click: carried out in the callback, their outcome shown afterwards.

A callback's arguments are those of the run that drew the button last, so the revision passed to
a write is the one that was shown, whatever has happened since. Where a click changes what the same
button is about, `deciding` makes sure that the browser had drawn it, too.
"""

from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from ui.trouble import explained

P = ParamSpec("P")

_OUTCOMES = "frame.outcomes"


def act(write: Callable[P, str | None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Carry out a write; its sentence, or why it was refused, stands on the page that follows."""
    try:
        said = write(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - the last line before the person; it is logged
        say("error", explained(error))
    else:
        if said:
            say("success", said)


def say(kind: str, sentence: str) -> None:
    """Show a sentence (Markdown) on the page that follows."""
    st.session_state.setdefault(_OUTCOMES, []).append((kind, sentence))


def show_outcomes() -> None:
    """What the last click came to, once."""
    for kind, sentence in st.session_state.pop(_OUTCOMES, []):
        if kind == "error":
            st.error(sentence, icon=":material/error:")
        elif kind == "warning":
            st.warning(sentence, icon=":material/warning:")
        else:
            st.success(sentence, icon=":material/check_circle:")
