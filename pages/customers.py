"""Who am I allowed to talk to?

Keys: `customers.upload`, `customers.id_column`, `customers.name`, `customers.use`,
`customers.dataset`, `customers.rejects`, `customers.template`, `customers.dictionary`.
"""

import streamlit as st

from core.models.customers import Dataset
from ui import datasets, files, state, uploads
from ui.actions import act
from ui.frame import page
from ui.links import link
from ui.words import count, moment, plain


def use() -> str:
    """Keep the staged file as a data set."""
    staged = uploads.staged()
    if staged is None:
        return ""
    made = state.application().customers.use(staged, by=state.acting())
    uploads.mark_used(f"This file is in use as {made.name}. Choose another one to bring in more.")
    uploads.forget()
    st.session_state["customers.dataset"] = made.dataset_id
    return f"{plain(made.name)} is in use: {count(made.rows, 'customer')}. Segments come next."


def empty() -> None:
    """What a file needs, before there is one."""
    st.text(
        "A table with one row for each customer and a header: an id, what you know of them, and "
        "whether they may be written to. Without permissions you can segment and draft, but "
        "not send."
    )
    st.download_button(
        "Template",
        files.CUSTOMER_TEMPLATE,
        file_name="customers_template.csv",
        mime="text/csv",
        key="customers.template",
        on_click="ignore",
        icon=":material/download:",
    )


def bring_in() -> None:
    """Upload, choose the id, read the report, use it."""
    upload = st.file_uploader(
        "Customer file (CSV, TSV or Parquet)",
        ["csv", "tsv", "txt", "parquet"],
        key="customers.upload",
    )
    if upload is None:
        uploads.forget()
        empty()
        return
    in_use = uploads.used(upload)
    if in_use:
        st.text(in_use)
        return
    columns = uploads.columns(upload)
    one, other = st.columns(2)
    with one:
        id_column = st.selectbox(
            "Which column names the customer?",
            columns,
            index=uploads.likely_id(columns),
            key="customers.id_column",
        )
    with other:
        st.text_input("Name of the data set", value=uploads.stem(upload), key="customers.name")
    staged = uploads.stage(upload, str(id_column), str(st.session_state["customers.name"]))
    datasets.report(staged.report)
    st.subheader("Columns", anchor=False)
    datasets.columns(staged.columns)
    st.button(
        "Use this data set",
        key="customers.use",
        type="primary",
        icon=":material/check:",
        on_click=act,
        args=(use,),
    )


def history(known: tuple[Dataset, ...]) -> None:
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
    datasets.report(dataset.report)
    datasets.columns(dataset.columns)
    datasets.downloads(dataset)
    st.caption(f"{dataset.dataset_id}, SHA-256 {dataset.sha256}, by {plain(dataset.created_by)}")
    link("segments", "Divide these customers into segments", icon=":material/donut_small:")


with page("Customers"):
    st.header("Bring in a file", anchor=False)
    with st.container(border=True):
        bring_in()
    every = state.application().customers.everything()
    if every:
        st.header("Data sets", anchor=False)
        history(every)
    else:
        st.text("No data set yet. You can also open the demo on Home.")
