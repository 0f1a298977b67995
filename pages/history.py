"""Why did this customer get this?

Keys: those of `ui.history` and `ui.history_copies`.
"""

import streamlit as st

from ui import history, history_copies
from ui.frame import page
from ui.rights import Permission, refusal
from ui.words import plain

with page("Customer history"):
    why = refusal(Permission.LOOK_UP)
    if why:
        st.info(plain(why), icon=":material/lock:")
        st.stop()
    history.ask()
    shown = history.shown()
    if shown is None:
        history.nothing_yet()
        st.stop()
    history.heading(shown)
    history.story(shown)
    st.header("Take away", anchor=False)
    history_copies.show(shown)
