"""What a person says about a customer file: how it is read, what a row is, what columns are.

Keys: `customers.delimiter`, `customers.encoding`, `customers.decimal`, `customers.sheet`,
`customers.header`, `customers.rows_are`, `customers.date`, `customers.amount`,
`customers.quantity`, `customers.price`, `customers.order`, `customers.duplicates`,
`customers.mapping`, `customers.preview`.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.models.customer_file import (
    CHANNELS,
    DECIMALS,
    DELIMITERS,
    ENCODINGS,
    Choices,
    ColumnChoice,
    Duplicates,
    FileLook,
    Reading,
    Transactions,
)
from core.models.customers import Column, ColumnRole
from ui import datasets, files, state, tables, uploads
from ui.words import sentence

T = TypeVar("T")

NUMBERED = "No column: number the rows"
_AS_FOUND = "as found"
_HEADER = {True: "the names of the columns", False: "a customer already"}
_CUSTOMER, _PURCHASE = "One customer", "One purchase"
_PRODUCT, _NONE = "quantity times price", "none"
_DUPLICATES = {
    Duplicates.FIRST: "Keep the first",
    Duplicates.LAST: "Keep the last",
    Duplicates.REJECT: "Keep none of them",
}
_READING = ("delimiter", "encoding", "decimal", "sheet", "header")
_FILE = "customers.file"
_CHOSEN_ROLES = {role: words for role, words in datasets.ROLES.items() if role != ColumnRole.ID}


def empty() -> None:
    """What a file needs, before there is one."""
    st.text(
        "A table with one row for each customer and a header: an id, what you know of them, and "
        "whether they may be written to. A table of purchases will do as well: it is added up "
        "for each customer. Without permissions you can segment and draft, but not send."
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


def begin(upload: UploadedFile) -> None:
    """Let every choice start anew when another file is chosen."""
    of = st.session_state[_FILE] = uploads.sha256(upload)
    fresh = {"name": uploads.stem(upload), "duplicates": Duplicates.FIRST}
    state.begun("customers.", of, {**dict.fromkeys(_READING, _AS_FOUND), **fresh})


def chosen_reading() -> Reading:
    """How the file is to be read, as the fields below say."""
    said = {name: st.session_state[f"customers.{name}"] for name in _READING}
    return Reading(**{name: None if v == _AS_FOUND else v for name, v in said.items()})


def reading(found: FileLook | None) -> None:
    """How the file was read, and fields to say otherwise."""
    with st.expander(_read_words(found), expanded=found is None, icon=":material/tune:"):
        if found is not None:
            datasets.notes(found.notes)
        with st.grid(3, min_column_width=200):
            if found is not None and len(found.sheets) > 1:
                _choice("Sheet", "sheet", {name: name for name in found.sheets})
            if found is None or not found.sheets:
                _choice("Columns parted by", "delimiter", DELIMITERS)
                _choice("Encoding", "encoding", ENCODINGS)
            _choice("Decimal sign", "decimal", DECIMALS)
            _choice("The first row is", "header", _HEADER)


def _choice(label: str, name: str, options: Mapping[T, str]) -> None:
    st.selectbox(
        label,
        [_AS_FOUND, *options],
        format_func=lambda chosen: options.get(chosen, _AS_FOUND),
        key=f"customers.{name}",
    )


def _read_words(found: FileLook | None) -> str:
    if found is None:
        return "How the file is read"
    used = found.reading
    parts = [
        found.form,
        f"sheet {used.sheet}" if used.sheet else "",
        ENCODINGS.get(used.encoding or "", ""),
        f"parted by {DELIMITERS[used.delimiter]}" if used.delimiter and used.encoding else "",
        "no header" if used.header is False else "",
    ]
    return "Read as: " + ", ".join(part for part in parts if part)


def preview(found: FileLook) -> None:
    """The first rows, as text."""
    rows = [dict(zip(found.names, row, strict=True)) for row in found.rows]
    st.text(f"The first {len(rows)} rows, as they stand in the file:")
    st.dataframe(rows, hide_index=True, height=min(len(rows), 8) * 35 + 38, alt="The first rows")
    tables.downloads(rows, key="customers.preview", subject="preview", what="first_rows")


def id_column(found: FileLook) -> str:
    """The column that names the customer, or `NUMBERED`."""
    options = [*found.names, NUMBERED]
    likely = NUMBERED if found.likely_id is None else found.likely_id
    of = (st.session_state[_FILE], found.names)
    state.begun("customers.", of, {"id_column": likely})
    chosen = st.selectbox("Which column names the customer?", options, key="customers.id_column")
    return str(chosen)


def transactions(found: FileLook, id_name: str) -> Transactions | None:
    """What the columns of purchases are, when a row is a purchase."""
    guess = found.transactions
    of = (st.session_state[_FILE], found.names, id_name)
    state.begun("customers.", of, {"rows_are": _CUSTOMER if guess is None else _PURCHASE})
    kind = st.segmented_control(
        "What is one row?",
        [_CUSTOMER, _PURCHASE],
        required=True,
        key="customers.rows_are",
        help="Purchases are added up for each customer: how many orders, how much, how long ago.",
    )
    others = [name for name in found.names if name != id_name]
    if kind != _PURCHASE or not others:
        return None
    with st.grid(3, min_column_width=200):
        date = _column(of, "Date", "date", others, guess.date if guess else None)
        amount = _column(
            of, "Amount", "amount", [_PRODUCT, *others], guess.amount if guess else None
        )
        order = _column(
            of, "Order or invoice", "order", [_NONE, *others], guess.order if guess else None
        )
        quantity = price = None
        if amount == _PRODUCT:
            quantity = _column(
                of, "Quantity", "quantity", others, guess.quantity if guess else None
            )
            price = _column(of, "Price of one", "price", others, guess.price if guess else None)
    return Transactions(
        date=date,
        amount=None if amount == _PRODUCT else amount,
        quantity=quantity,
        price=price,
        order=None if order == _NONE else order,
    )


def _column(of: object, label: str, name: str, options: Sequence[str], guess: str | None) -> str:
    state.begun("customers.", of, {name: guess if guess in options else options[0]})
    return str(st.selectbox(label, options, key=f"customers.{name}"))


def duplicates() -> Duplicates:
    """What becomes of an id that comes more than once."""
    chosen = st.segmented_control(
        "When an id comes more than once",
        list(_DUPLICATES),
        format_func=_DUPLICATES.__getitem__,
        required=True,
        key="customers.duplicates",
    )
    return Duplicates(chosen or Duplicates.FIRST)


def mapping(found: FileLook, id_name: str) -> tuple[ColumnChoice, ...]:
    """What each column is for: guessed, and changed in a table."""
    columns = [c for c in found.columns if c.name != id_name]
    start = [_mapping_row(c, found) for c in columns]
    # Changes are kept by the place of a row, in the browser too. They hold as long as the index
    # does: other columns have other places, and another file has columns of its own.
    places = [f"{st.session_state[_FILE]} {c.name}" for c in columns]
    st.text("What each column is for; change what was guessed wrongly:")
    st.data_editor(
        pd.DataFrame(start, index=places),
        hide_index=True,
        key="customers.mapping",
        disabled=["Column", "Holds", "For example"],
        column_config={
            "Used as": st.column_config.SelectboxColumn(
                options=list(_CHOSEN_ROLES.values()), required=True, help=datasets.ROLES_HELP
            ),
            "May be mentioned": st.column_config.CheckboxColumn(
                help="Whether the writer may know how customers differ in it, and say so."
            ),
            "Channel": st.column_config.SelectboxColumn(
                options=["", *CHANNELS.values()], help="For a permission: by which way."
            ),
        },
        alt="What each column of the file is used for",
    )
    tables.downloads(start, key="customers.mapping_table", subject="columns", what="mapping")
    edits = st.session_state.get("customers.mapping") or {}
    changed: Mapping[object, Mapping[str, object]] = edits.get("edited_rows", {})
    return tuple(_chosen(columns[int(str(place))].name, e) for place, e in changed.items() if e)


def _mapping_row(column: Column, found: FileLook) -> dict[str, object]:
    place = found.names.index(column.name)
    seen = dict.fromkeys(row[place] for row in found.rows if row[place])
    role = ColumnRole.ATTRIBUTE if column.role is ColumnRole.ID else column.role
    return {
        "Column": column.name,
        "Holds": sentence(column.kind.value.replace("_", " / ")),
        "Used as": _CHOSEN_ROLES[role],
        "May be mentioned": column.mentionable,
        "Channel": CHANNELS.get(column.channel, ""),
        "For example": ", ".join(list(seen)[:3]),
    }


def _chosen(name: str, edit: Mapping[str, object]) -> ColumnChoice:
    roles = {words: role for role, words in _CHOSEN_ROLES.items()}
    channels = {words: channel for channel, words in CHANNELS.items()}
    mention, channel = edit.get("May be mentioned"), edit.get("Channel")
    return ColumnChoice(
        name,
        role=roles.get(str(edit.get("Used as"))),
        mentionable=None if mention is None else bool(mention),
        channel=None if "Channel" not in edit else channels.get(str(channel), ""),
    )


def choices(found: FileLook, id_name: str) -> Choices:
    """Everything that was said about the rows and columns of the file."""
    bought = transactions(found, id_name)
    if bought is not None:
        return Choices(reading=chosen_reading(), transactions=bought)
    return Choices(
        reading=chosen_reading(),
        columns=mapping(found, id_name),
        duplicates=duplicates(),
        number_rows=id_name == NUMBERED,
    )
