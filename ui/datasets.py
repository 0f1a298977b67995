"""What is known of a customer file: what became of its rows, and its columns."""

from collections.abc import Sequence

import streamlit as st

from core.models.customers import Column, ColumnRole, Dataset, ImportReport
from ui import files, state
from ui.words import count

_REJECTS_SHOWN = 50
_ROLES = {
    ColumnRole.ID: "Names the customer",
    ColumnRole.ATTRIBUTE: "May be used in rules",
    ColumnRole.PERMISSION: "Says who may be written to",
    ColumnRole.PERSONAL: "Personal: not used in rules, not sent to the writer",
}


def report(made: ImportReport) -> None:
    """What became of every row."""
    with st.grid(5, min_column_width=130):
        st.metric("Rows read", f"{made.read:,}", border=True)
        st.metric("Kept", f"{made.kept:,}", border=True)
        st.metric("Rejected", f"{made.rejected:,}", border=True, help="Rows that cannot be used.")
        st.metric(
            "Duplicate", f"{made.duplicate:,}", border=True, help="An id that was there before."
        )
        st.metric(
            "Suppressed", f"{made.suppressed:,}", border=True, help="On a list of people to leave."
        )
    if made.without_permission is not None:
        st.text(f"{count(made.without_permission, 'customer')} may not be written to.")
    for note in made.notes:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.badge("note", icon=":material/info:", color="blue")
            st.text(note)
    if made.rejects:
        with st.expander(f"Rows that were not kept ({len(made.rejects):,} listed)"):
            st.dataframe(
                [
                    {"Line": r.line, "Reason": r.reason, "Row": r.row}
                    for r in made.rejects[:_REJECTS_SHOWN]
                ],
                hide_index=True,
                alt="Rows that were not kept, with their line and the reason",
            )


def columns(known: Sequence[Column]) -> None:
    """The columns and what each is for."""
    st.dataframe(
        [
            {
                "Column": c.name,
                "Used as": _ROLES[c.role],
                "Holds": c.kind.value.replace("_", " / "),
                "Missing": c.missing,
                "Different values": c.distinct,
                "From": c.minimum or "",
                "To": c.maximum or "",
            }
            for c in known
        ],
        hide_index=True,
        alt="The columns of the file, what each is used for, and its range",
    )


def downloads(dataset: Dataset) -> None:
    """The rows that were not kept, and the meaning of the columns."""
    with st.container(horizontal=True):
        if dataset.report.rejects:
            st.download_button(
                "Rejected rows with reasons",
                lambda: _rejects(dataset),
                file_name=files.named(dataset.dataset_id, "rejected", "csv"),
                mime="text/csv",
                key="customers.rejects",
                on_click="ignore",
                icon=":material/download:",
            )
        st.download_button(
            "Data dictionary",
            lambda: _dictionary(dataset),
            file_name=files.named(dataset.dataset_id, "columns", "csv"),
            mime="text/csv",
            key="customers.dictionary",
            on_click="ignore",
            icon=":material/download:",
        )


def _rejects(dataset: Dataset) -> bytes:
    path = state.application().customers.write_rejects(dataset)
    return path.read_bytes() if path else b""


def _dictionary(dataset: Dataset) -> str:
    return files.table(
        ("column", "used_as", "holds", "missing", "different_values", "from", "to"),
        [
            (c.name, _ROLES[c.role], c.kind, c.missing, c.distinct, c.minimum, c.maximum)
            for c in dataset.columns
        ],
    )
