"""One customer: who objects is left out from now on, who is to be erased is gone, with a receipt.

Keys: `customers.one_id`, `customers.one_reason`, `customers.object`, `customers.one_confirm`,
`customers.erase`, `customers.receipt`, `customers.receipt_text`, `customers.receipt_json`.
"""

import json

import streamlit as st

from core.errors import BadInput
from core.models.erasure import Receipt
from core.reports.erasure_receipt import objection_text, receipt_document, receipt_text
from ui import state
from ui.actions import act
from ui.rights import Permission, refusal
from ui.words import count, plain

_FORM = "customers.one_"
_ID, _REASON, _CONFIRM = f"{_FORM}id", f"{_FORM}reason", f"{_FORM}confirm"
_DONE, _ASKED = "customers.ones_done", "customers.ones_asked"


def show() -> None:
    """The form for one customer, and the receipts so far."""
    receipts = state.application().erasing.receipts()
    with st.expander(
        "Objection and erasure of one customer",
        icon=":material/person_remove:",
        # Once something was asked, so that the receipt, or what was wrong, is seen.
        expanded=_ASKED in st.session_state,
    ):
        st.text(
            "Who objects gets no more marketing; their data stays. Who is erased is gone from "
            "every table, file and export that is kept here, and stays out when a file is brought "
            "in again. What cannot be reached is listed on the receipt."
        )
        why = refusal(Permission.IMPORT_CUSTOMERS)
        if why:
            st.caption(plain(why))
        else:
            _form()
        if receipts:
            _receipts(receipts)


def _form() -> None:
    empty = {"id": "", "reason": "", "confirm": False}
    number = state.begun(_FORM, st.session_state.get(_DONE, 0), empty)
    with st.form(f"customers_one_{number}", width=640):
        st.text_input("Customer id, as in the data set", max_chars=200, key=_ID)
        st.text_input("Why, such as: asked by letter", max_chars=200, key=_REASON)
        st.form_submit_button(
            "Object: no more marketing",
            key="customers.object",
            icon=":material/person_off:",
            on_click=act,
            args=(_object,),
        )
        st.checkbox("I know that an erasure cannot be undone", key=_CONFIRM)
        st.form_submit_button(
            "Erase this customer",
            key="customers.erase",
            type="primary",
            icon=":material/person_remove:",
            on_click=act,
            args=(_erase,),
        )


def _object() -> str:
    said = st.session_state
    said[_ASKED] = True
    done = state.application().suppression.object(
        str(said[_ID]), reason=str(said[_REASON]), by=state.acting()
    )
    _begin_anew()
    return "  \n".join(plain(line) for line in objection_text(done).splitlines() if line)


def _erase() -> str:
    said = st.session_state
    said[_ASKED] = True
    if not said[_CONFIRM]:
        raise BadInput("Nothing was erased: tick first that you know it cannot be undone.")
    done = state.application().erasing.erase(
        str(said[_ID]), reason=str(said[_REASON]), by=state.acting()
    )
    _begin_anew()
    still = "" if not done.remaining else " Something is still here."
    return (
        f"Erased: {count(done.rows, 'row')} in {count(len(done.erased), 'place')}.{still} What is "
        "out of reach stands on the receipt."
    )


def _begin_anew() -> None:
    """Empty the form: the id of who is gone does not stay in the browser."""
    st.session_state[_DONE] = st.session_state.get(_DONE, 0) + 1


def _receipts(receipts: tuple[Receipt, ...]) -> None:
    st.subheader("Receipts", anchor=False)
    chosen = st.selectbox(
        "Receipt of",
        range(len(receipts)),
        format_func=lambda place: _title(receipts[place]),
        key="customers.receipt",
    )
    receipt = receipts[chosen]
    st.code(receipt_text(receipt), language=None, wrap_lines=True)
    with st.container(horizontal=True):
        st.download_button(
            "Receipt as text",
            receipt_text(receipt),
            file_name=f"{receipt.erasure_id}.txt",
            key="customers.receipt_text",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "Receipt as JSON",
            json.dumps(receipt_document(receipt), indent=2, ensure_ascii=False) + "\n",
            file_name=f"{receipt.erasure_id}.json",
            mime="application/json",
            key="customers.receipt_json",
            on_click="ignore",
            icon=":material/download:",
        )


def _title(receipt: Receipt) -> str:
    return f"{receipt.begun_at:%Y-%m-%d %H:%M} UTC, {receipt.erasure_id}"
