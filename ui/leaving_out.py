"""People to leave out: a file of ids goes in, only counts come out.

Keys: `customers.suppress_file`, `customers.suppress_id`, `customers.suppress_reason`,
`customers.suppress`.
"""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.models.customer_file import Reading
from ui import state, tables, uploads
from ui.actions import act
from ui.rights import Permission, refusal
from ui.words import count, moment, plain

_ENDINGS = ["csv", "tsv", "txt", "gz", "xlsx", "xls", "parquet"]


def show() -> None:
    """Who is left out so far, by reason, and a form to add more."""
    counts = state.application().suppression.counts()
    people = sum(c.people for c in counts)
    with st.expander(f"People to leave out ({people:,})", icon=":material/person_off:"):
        st.text(
            "Whoever is on this list is left out of every import and of every export, also when "
            "a send was prepared before. Ids are kept as a code that cannot be read back."
        )
        if counts:
            tables.shown(
                [
                    {"Reason": c.reason, "People": c.people, "Last added": moment(c.newest)}
                    for c in counts
                ],
                alt="How many people are left out, by reason",
                key="customers.suppressed",
                subject="people_to_leave_out",
                what="counts",
            )
        _add()


def _add() -> None:
    why = refusal(Permission.IMPORT_CUSTOMERS)
    if why:
        st.caption(plain(why))
        return
    upload = st.file_uploader("File of ids", _ENDINGS, key="customers.suppress_file")
    if upload is None:
        return
    found = uploads.look(upload, Reading())
    said = {"id": found.likely_id or found.names[0], "reason": ""}
    state.begun("customers.suppress_", uploads.sha256(upload), said)
    st.selectbox("Which column names them?", found.names, key="customers.suppress_id")
    st.text_input("Why are they left out?", max_chars=200, key="customers.suppress_reason")
    st.button(
        "Leave these people out",
        key="customers.suppress",
        icon=":material/person_off:",
        on_click=act,
        args=(_leave_out, upload),
    )


def _leave_out(upload: UploadedFile) -> str:
    added = state.application().suppression.add_upload(
        upload.getvalue(),
        file_name=upload.name,
        id_column=str(st.session_state["customers.suppress_id"]),
        reason=str(st.session_state["customers.suppress_reason"]),
        by=state.acting(),
    )
    uploads.forget()  # what was staged before counts them still
    people = count(added.people, "person", "people")
    return f"{people} of {plain(added.source)} will be left out, {added.new:,} of them new."
