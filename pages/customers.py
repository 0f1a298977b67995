"""Who am I allowed to talk to?

Keys: `customers.upload`, `customers.id_column`, `customers.name`, `customers.use`,
`customers.dataset`, `customers.rejects`, `customers.template`, `customers.dictionary`, those of
`ui/import_form.py`, of `ui/leaving_out.py` and of `ui/erasing.py`.
"""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.models.customer_file import FileLook
from ui import datasets, erasing, import_form, leaving_out, state, uploads
from ui.actions import act
from ui.frame import page
from ui.trouble import told
from ui.words import count, plain


def use() -> str:
    """Keep the staged file as a data set."""
    staged = uploads.staged()
    if staged is None:
        return ""
    name = str(st.session_state.get("customers.name") or staged.name)
    made = state.application().customers.use(staged, by=state.acting(), name=name)
    uploads.mark_used(f"This file is in use as {made.name}. Choose another one to bring in more.")
    uploads.forget()
    st.session_state["customers.dataset"] = made.dataset_id
    return f"{plain(made.name)} is in use: {count(made.rows, 'customer')}. Segments come next."


def bring_in() -> None:
    """Upload, say what the file is, read the report, use it."""
    upload = st.file_uploader(
        "Customer file (CSV, TSV, Excel or Parquet; also packed as .gz)",
        ["csv", "tsv", "txt", "gz", "xlsx", "xls", "parquet"],
        key="customers.upload",
    )
    if upload is None:
        uploads.forget()
        import_form.empty()
        return
    in_use = uploads.used(upload)
    if in_use:
        st.text(in_use)
        return
    import_form.begin(upload)
    found = None
    with told():
        found = uploads.look(upload, import_form.chosen_reading())
    import_form.reading(found)
    if found is not None:
        with told():
            describe(upload, found)


def describe(upload: UploadedFile, found: FileLook) -> None:
    """What the file holds, what becomes of its rows, and the button to use it."""
    import_form.preview(found)
    one, other = st.columns(2)
    with one:
        id_column = import_form.id_column(found)
    with other:
        st.text_input("Name of the data set", key="customers.name")
    choices = import_form.choices(found, id_column)
    staged = uploads.stage(upload, id_column, choices)
    st.subheader("What becomes of the rows", anchor=False)
    datasets.report(staged.report, prefix="customers.new_")
    st.subheader("Columns", anchor=False)
    datasets.columns(staged.columns, key="customers.new_dictionary", subject=uploads.stem(upload))
    st.button(
        "Use this data set",
        key="customers.use",
        type="primary",
        icon=":material/check:",
        on_click=act,
        args=(use,),
    )


with page("Customers"):
    st.header("Bring in a file", anchor=False)
    with st.container(border=True):
        bring_in()
    with told():
        leaving_out.show()
    with told():
        erasing.show()
    every = state.application().customers.everything()
    if every:
        st.header("Data sets", anchor=False)
        datasets.history(every)
    else:
        st.text("No data set yet. You can also open the demo on Home.")
