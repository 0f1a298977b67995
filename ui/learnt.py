"""What earlier tests say about the segments and tones of a brief, beside it; else nothing.

Keys: none.
"""

import streamlit as st

from core.models.campaign import Brief
from core.models.learning import STRENGTH_RULE
from core.reports.learning import DEFINITION, row_words
from ui import state
from ui.links import link
from ui.trouble import told
from ui.words import plain


def beside(brief: Brief, segmentation_id: str) -> None:
    """A line for each segment and tone of the brief that was tested; nothing without one."""
    with told():
        with st.spinner("Reading earlier tests"):
            rows = state.application().learning.about(brief, segmentation_id)
        if not rows:
            return
        with st.container(border=True):
            st.subheader("What earlier tests say", anchor=False, help=DEFINITION)
            for row in rows:
                st.text(row_words(row))
            st.caption(plain(STRENGTH_RULE))
            link("reports", "Open the ledger", icon=":material/menu_book:")
