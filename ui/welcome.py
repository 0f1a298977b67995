"""The first minutes in a workspace: the demo, one's own file, and further people."""

import streamlit as st

from core.models.people import Person, Role
from ui import state
from ui.actions import act, say
from ui.links import link
from ui.words import plain

_PEOPLE = "marketer (writes and sends), approver (decides), analyst and admin"


def show() -> None:
    """What an empty workspace offers."""
    st.text(
        "No campaign yet. Start with your own customer file, or open the demo: "
        "31,999 real customers of a real e-mail experiment."
    )
    demo, own = st.columns(2)
    with demo, st.container(border=True, height="stretch"):
        st.header("Open the demo", anchor=False)
        st.text(
            "A finished mailing with its true results, and a mailing to write: customers, 67 "
            "approved documents, and four people to act as."
        )
        st.caption(f"People: {_PEOPLE}. Nothing leaves this machine.")
        if st.button(
            "Open the demo", key="home.demo", type="primary", icon=":material/play_arrow:"
        ):
            with st.spinner("Loading customers, documents and the finished mailing"):
                state.application().demo.load()
            say("success", "The demo is loaded. Say who you are to begin.")
            st.rerun()
    with own, st.container(border=True, height="stretch"):
        st.header("Start with your own customer file", anchor=False)
        st.text(
            "Say your name; as the first person here you become admin and marketer. You can add "
            "an approver afterwards: nobody approves their own messages."
        )
        with st.form("home.start_form", border=False):
            st.text_input("Your name", key="home.name", max_chars=80)
            st.form_submit_button(
                "Start with your own customer file",
                key="home.start",
                icon=":material/upload_file:",
                on_click=act,
                args=(_first_person,),
            )


def first_steps() -> None:
    """The way to a first campaign."""
    with st.container(border=True):
        link("customers", "1. Bring in your customers", icon=":material/group:")
        link("segments", "2. Divide them into segments", icon=":material/donut_small:")
        link("library", "3. Add what you are allowed to say", icon=":material/local_library:")
        link("messages", "4. Write a brief and generate messages", icon=":material/edit_note:")


def add_people(me: Person) -> None:
    """A form for admins: who else works here."""
    with st.expander("People", icon=":material/person_add:"), st.form("home.people", border=False):
        for each in state.application().people.everyone():
            st.text(f"{each.name}: {', '.join(sorted(each.roles))}")
        st.text_input("Name", key="home.person_name", max_chars=80)
        st.multiselect("Roles", [r.value for r in Role], key="home.person_roles")
        st.form_submit_button(
            "Add this person", key="home.add_person", on_click=act, args=(_add_person, me)
        )


def _first_person() -> str:
    made = state.application().people.add(
        str(st.session_state["home.name"]), [Role.MARKETER], by=None
    )
    st.session_state[state.PERSON] = made.name
    return f"Welcome, {plain(made.name)}. Bring in your customers first."


def _add_person(me: Person) -> str:
    roles = [Role(r) for r in st.session_state["home.person_roles"]]
    made = state.application().people.add(str(st.session_state["home.person_name"]), roles, by=me)
    return f"{plain(made.name)} was added."
