"""A notebook about one campaign, carried out on request and taken away as a page.

Keys: `reports.notebook`, `reports.notebook_make`, `reports.notebook_take`.
"""

import streamlit as st

from core.orchestrator.service.notebooks import Notebook
from ui import files, state
from ui.actions import act

_CHOSEN = "reports.notebook"


def section(campaign_id: str) -> None:
    """Which notebook, the button, and the page once it is made; or why there is none here."""
    st.subheader("Notebooks", anchor=False)
    st.text("A notebook tells how something was found, step by step, and leaves as one HTML page.")
    service = state.application().notebooks
    if missing := service.missing():
        st.caption(missing)
        return
    known = {notebook.name: notebook for notebook in service.everything()}
    chosen = known[
        st.selectbox(
            "Notebook", list(known), format_func=lambda name: known[name].title, key=_CHOSEN
        )
    ]
    held = f"reports.held_{chosen.name}_{campaign_id}"
    with st.container(horizontal=True):
        st.button(
            "Make the notebook",
            key="reports.notebook_make",
            icon=":material/menu_book:",
            on_click=act,
            args=(_make, chosen, campaign_id, held),
        )
        if held in st.session_state:
            st.download_button(
                "Notebook (HTML)",
                st.session_state[held],
                file_name=files.named(campaign_id, chosen.name, "html"),
                mime="text/html",
                key="reports.notebook_take",
                on_click="ignore",
                icon=":material/download:",
            )


def _make(notebook: Notebook, campaign_id: str, held: str) -> str:
    told_of = None if notebook.need is None else campaign_id
    with st.spinner("Carrying out the notebook"):
        page = state.application().notebooks.exported(notebook.name, campaign_id=told_of)
    st.session_state[held] = page
    return f"{notebook.title}: ready to download."
