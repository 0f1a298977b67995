"""Ways from one page to another, as links a person can also copy."""

import streamlit as st
from streamlit.errors import StreamlitAPIException

from ui.state import CAMPAIGN

TITLES = {
    "home": "Home",
    "customers": "Customers",
    "segments": "Segments",
    "library": "Library",
    "messages": "Messages",
    "approvals": "Approvals",
    "send": "Send",
    "content_checks": "Content checks",
    "history": "Customer history",
    "results": "Results",
    "reports": "Reports",
    "settings": "Settings",
}


def link(page: str, label: str = "", *, icon: str = "", **view: str) -> None:
    """A link to a page, with the fields of its view, such as the document to open.

    The campaign in view goes along unless `campaign` names another one.
    """
    chosen = view.pop("campaign", None) or st.session_state.get(CAMPAIGN)
    fields = {f"{page}.{name}": value for name, value in view.items()}
    if chosen:
        fields["campaign"] = str(chosen)
    words = label or TITLES[page]
    try:
        st.page_link(
            f"pages/{page}.py",
            label=words,
            icon=icon or ":material/arrow_forward:",
            query_params=fields,
        )
    except StreamlitAPIException:
        # The page runs by itself, without app.py: nothing is listed to link to.
        st.link_button(words, f"/{'' if page == 'home' else page}")
