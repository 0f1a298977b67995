"""People on the page of settings: who is here, with which roles, since when they were not seen.

Keys: `people.name`, `people.email`, `people.roles`, `people.add`, `people.person`,
`people.new_roles`, `people.save_roles`, `people.new_name`, `people.rename`, `people.issuer`,
`people.subject`, `people.link`, `people.remove`, `people.restore`.
"""

from collections.abc import Callable

import streamlit as st

from core.models.people import Member, Role
from ui import state
from ui.actions import act
from ui.rights import Permission, refusal
from ui.words import listed, moment, plain, roles

_ROLES = [role.value for role in Role]


def people() -> None:
    """Everybody who was ever here, and for admins the ways to change it."""
    members = state.application().people.members()
    why = refusal(Permission.MANAGE_PEOPLE)
    st.header("People", anchor=False)
    st.dataframe(
        [_row(member) for member in members],
        hide_index=True,
        key="people.table",
        alt=f"{len(members)} people with their roles",
    )
    if why:
        st.text(f"{why} You can see who is here.")
        return
    _add()
    _one({m.person.name: m for m in members})
    st.caption(
        "Nobody raises their own roles, at least one admin remains, and a name that was somebody's "
        "stays theirs. Each change is recorded in the audit trail."
    )


def _row(member: Member) -> dict[str, str]:
    person = member.person
    return {
        "Name": person.name,
        "Roles": "left" if person.removed else roles(person),
        "E-mail": person.email,
        "Signs in with": listed(a.issuer for a in member.accounts) or "a local name",
        "Last seen": moment(member.last_seen) if member.last_seen else "never",
        "Formerly": listed(sorted(person.formerly)),
    }


def _add() -> None:
    with (
        st.expander("Add somebody", icon=":material/person_add:"),
        st.form("people.add_form", border=False),
    ):
        st.text_input("Name", key="people.name", max_chars=80)
        st.text_input(
            "E-mail",
            key="people.email",
            max_chars=254,
            help="Where people sign in: the first account that proves this address is theirs. "
            "From then on the account counts, not the address.",
        )
        st.multiselect("Roles", _ROLES, key="people.roles")
        st.form_submit_button("Add this person", key="people.add", on_click=act, args=(_added,))


def _one(members: dict[str, Member]) -> None:
    with st.expander("Change somebody", icon=":material/manage_accounts:"):
        name = st.selectbox("Person", list(members), key="people.person")
        chosen = members.get(str(name))
        if chosen is None:
            return
        person = chosen.person
        if person.removed:
            st.text("This person left. Let in again, they have no role until you give one.")
            _button("Let in again", "restore", _restored, person.name)
            return
        now = {"roles": [r.value for r in sorted(person.roles)], "name": person.name}
        state.begun("people.new_", (person.name, person.roles), now)
        st.multiselect("Roles", _ROLES, key="people.new_roles")
        _button("Save roles", "save_roles", _changed, person.name)
        st.text_input("New name", key="people.new_name", max_chars=80)
        _button("Rename", "rename", _renamed, person.name)
        if state.application().settings.auth != "local":
            _account(person.name)
        _button("Remove", "remove", _removed, person.name)


def _account(name: str) -> None:
    state.begun("people.", name, {"issuer": "", "subject": ""})
    st.text_input("Issuer", key="people.issuer", help="As the refused sign-in shows it.")
    st.text_input("Subject", key="people.subject")
    _button("Give this account to the person", "link", _linked, name)


def _button(words: str, key: str, write: Callable[[str], str], name: str) -> None:
    st.button(words, key=f"people.{key}", on_click=act, args=(write, name))


def _chosen(key: str) -> list[Role]:
    return [Role(value) for value in st.session_state[key]]


def _added() -> str:
    said = st.session_state
    made = state.application().people.add(
        str(said["people.name"]),
        _chosen("people.roles"),
        by=state.acting(),
        email=str(said["people.email"]),
    )
    return f"{plain(made.name)} was added: {roles(made)}."


def _changed(name: str) -> str:
    made = state.application().people.set_roles(
        name, _chosen("people.new_roles"), by=state.acting()
    )
    return f"{plain(made.name)} is now {roles(made)}."


def _renamed(name: str) -> str:
    to = str(st.session_state["people.new_name"])
    made = state.application().people.rename(name, to, by=state.acting())
    if st.session_state.get(state.PERSON) == name:
        st.session_state[state.PERSON] = made.name
    return f"{plain(name)} is now called {plain(made.name)}; what they did stays theirs."


def _linked(name: str) -> str:
    said = st.session_state
    state.application().people.link(
        name, str(said["people.issuer"]), str(said["people.subject"]), by=state.acting()
    )
    return f"The account belongs to {plain(name)} now."


def _removed(name: str) -> str:
    state.application().people.remove(name, by=state.acting())
    return f"{plain(name)} is no longer let in. What they did stays on record."


def _restored(name: str) -> str:
    state.application().people.restore(name, by=state.acting())
    return f"{plain(name)} is let in again, without a role."
