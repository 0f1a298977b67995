"""What is known of a customer file: what became of its rows, and its columns."""

from collections.abc import Sequence

import streamlit as st

from core.models.customer_file import CHANNELS
from core.models.customers import (
    Column,
    ColumnRole,
    Dataset,
    ImportReport,
    PermissionCount,
    RejectedRow,
)
from ui import tables
from ui.links import link
from ui.words import count, moment, plain

_REJECTS_SHOWN = 50
ROLES = {
    ColumnRole.ID: "Names the customer",
    ColumnRole.ATTRIBUTE: "May be used in rules",
    ColumnRole.COVARIATE: "Measured before the send",
    ColumnRole.PERMISSION: "Says who may be written to",
    ColumnRole.PERMISSION_SOURCE: "Source of the permission",
    ColumnRole.PERMISSION_DATE: "Date of the permission",
    ColumnRole.PERSONAL: "Personal, not for the writer",
    ColumnRole.IGNORED: "Not kept",
}
"""What each role means, in words."""

ROLES_HELP = (
    "Rules may speak of what is measured before the send, too; it also makes results sharper. What "
    "is personal is in no rule and is never sent to the writer. Of several permissions, the one "
    "for e-mail counts here."
)


def report(made: ImportReport, *, prefix: str = "customers.") -> None:
    """What became of every row; `prefix` begins the keys of the downloads."""
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
    if made.customers is not None:
        st.text(f"The rows are purchases of {count(made.customers, 'customer')}.")
    if made.without_permission is not None:
        st.text(f"{count(made.without_permission, 'customer')} may not be written to.")
    notes(made.notes)
    _permissions(made.permissions, prefix)
    _rejected(made.rejects, prefix)


def notes(said: Sequence[str]) -> None:
    """What is worth knowing about a file, a sentence a line."""
    with st.container(gap="xsmall"):
        for note in said:
            st.text(f"• {note}")


def _permissions(found: Sequence[PermissionCount], prefix: str) -> None:
    if not found:
        return
    st.text("Who may be written to, by channel:")
    tables.shown(
        [
            {
                "Channel": CHANNELS.get(p.channel, "not named"),
                "Column": p.column,
                "Yes": p.yes,
                "No": p.no,
                "Not known": p.unknown,
                "Source": p.source_column or "not in the file",
                "Date": p.date_column or "not in the file",
            }
            for p in found
        ],
        alt="How many customers may be written to by each channel",
        key=f"{prefix}permissions",
        subject="customers",
        what="permissions",
    )


def _rejected(rejects: Sequence[RejectedRow], prefix: str) -> None:
    if not rejects:
        return
    rows = [{"Line": r.line, "Reason": r.reason, "Row": r.row} for r in rejects]
    with st.expander(f"Rows that were not kept ({len(rejects):,} listed)"):
        st.dataframe(
            rows[:_REJECTS_SHOWN],
            hide_index=True,
            alt="Rows that were not kept, with their line and the reason",
        )
        tables.downloads(
            rows,
            key=f"{prefix}rejects",
            subject="customers",
            what="rejected",
            label="Rejected rows with reasons",
        )


def columns(known: Sequence[Column], *, key: str, subject: str) -> None:
    """The columns and what each is for."""
    tables.shown(
        [
            {
                "Column": c.name,
                "Used as": ROLES[c.role],
                "Holds": c.kind.value.replace("_", " / "),
                "Missing": c.missing,
                "Different values": c.distinct,
                "Range": f"{c.minimum} to {c.maximum}" if c.minimum else "",
                "May be mentioned": "yes" if c.mentionable else "no",
                "Channel": CHANNELS.get(c.channel, ""),
            }
            for c in known
        ],
        alt="The columns of the file, what each is used for, and its range",
        key=key,
        subject=subject,
        what="data_dictionary",
    )


def history(known: Sequence[Dataset]) -> None:
    """The data sets there are; one of them in full."""
    labels = {
        d.dataset_id: f"{d.name}, {d.rows:,} customers, {moment(d.created_at)}" for d in known
    }
    chosen = st.selectbox(
        "Data set",
        list(labels),
        format_func=labels.__getitem__,
        key="customers.dataset",
        persist_state="session",
    )
    dataset = next(d for d in known if d.dataset_id == chosen)
    report(dataset.report)
    columns(dataset.columns, key="customers.dictionary", subject=dataset.dataset_id)
    st.caption(f"{dataset.dataset_id}, SHA-256 {dataset.sha256}, by {plain(dataset.created_by)}")
    link("segments", "Divide these customers into segments", icon=":material/donut_small:")
