"""What surrounds every page: layout, who acts, the campaign in view, and errors told in words.

Keys: `frame.person`, `frame.campaign`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from core.errors import NotAllowed
from core.models.campaign import Campaign
from core.models.people import Person
from core.orchestrator import clock
from core.reports.words import state_words
from ui import signing_in, state
from ui.actions import show_outcomes
from ui.jobs import job
from ui.links import link
from ui.trouble import told
from ui.words import plain, roles

_PRODUCT = "Personalization Orchestrator"
_SEEN_S = 300
ICON = Path(__file__).with_name("icon.svg")
"""The icon of the browser tab: a file of ours, because a Material icon comes from Google."""


@contextmanager
def page(title: str, *, strangers: bool = False, measured: bool = False) -> Iterator[None]:
    """Frame one page; nothing of it runs before somebody said who they are.

    With `strangers`, the page also runs in a workspace without people. With `measured`, a fresh
    session starts with a campaign that has outcomes.
    """
    st.set_page_config(page_title=f"{title} · {_PRODUCT}", page_icon=ICON, layout="wide")
    _through_app()
    st.title(title)
    ready = False
    with told():
        everyone = state.application().people.everyone()
        who = state.person() if _local() else _signed_in()
        _keep_seen(who)
        _sidebar(everyone, who, measured=measured)
        show_outcomes()
        ready = who is not None or (_local() and _asked(everyone, strangers=strangers))
    if not ready:
        st.stop()
    with told():
        yield


def _through_app() -> None:
    """Let app.py run first.

    With a folder named pages, the first visitor of a server who comes by a deep link gets the
    page alone, without the list of pages, until somebody opens the front page (measured).
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def _local() -> bool:
    """Whether people are known by names they choose at this machine."""
    return state.application().settings.auth == "local"


def _asked(everyone: Sequence[Person], *, strangers: bool) -> bool:
    """Whether the page may run for nobody in particular; else what is missing is asked for."""
    if everyone:
        _ask(everyone)
        return False
    if not strangers:
        st.info("This workspace is empty. Open the demo or start with your own file on Home.")
        link("home", "Go to Home", icon=":material/home:")
    return strangers


def _signed_in() -> Person | None:
    """Who signed in; else None, and the way in is offered or the refusal explained."""
    try:
        who = state.person()
    except NotAllowed as reason:
        st.error(plain(reason), icon=":material/lock:")
        signing_in.leave()
        return None
    if who is None:
        with st.container(border=True, width=560):
            signing_in.offer(state.application())
    return who


def _keep_seen(who: Person | None) -> None:
    """Keep now and then that the person is here."""
    turn = who and (who.name, int(clock.monotonic() // _SEEN_S))
    if who is not None and st.session_state.get("frame.seen") != turn:
        st.session_state["frame.seen"] = turn
        state.application().people.seen(who)


def _ask(everyone: Sequence[Person]) -> None:
    with st.container(border=True, width=560):
        st.header("Who are you?", anchor=False)
        st.text("What you do is recorded under this name. Choose it to go on.")
        _person_box("Your name", everyone)
        for each in everyone:
            st.caption(f"{plain(each.name)}: {roles(each)}")


def _person_box(label: str, everyone: Sequence[Person]) -> None:
    st.selectbox(
        label,
        [p.name for p in everyone],
        index=None,
        key=state.PERSON,
        placeholder="Choose a name",
        persist_state="session",
    )


def _sidebar(everyone: Sequence[Person], who: Person | None, *, measured: bool) -> None:
    with st.sidebar:
        st.markdown(f"**{_PRODUCT}**")
        if who is None and not _local():
            return
        if who is not None:
            if _local():
                # Assigned although unchanged, as in `state.address_campaign`.
                st.session_state[state.PERSON] = who.name
                _person_box("You are", everyone)
            else:
                st.text(who.name)
            _identity(who)
            signing_in.leave()
        _campaign(measured=measured)
        _engine()
        _jobs()


def _identity(who: Person) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        for role in sorted(who.roles):
            st.badge(role, color="blue")
        if not who.verified:
            st.badge(
                "not verified",
                icon=":material/shield_question:",
                color="gray",
                help="A local name. Nobody has checked it, and every record says so.",
            )


def _campaign(*, measured: bool) -> None:
    known = state.campaigns()
    state.address_campaign(known, measured=measured)
    if not known:
        return
    names = [c.name for c in known.values()]
    st.selectbox(
        "Campaign",
        list(known),
        format_func=lambda i: known[i].name if names.count(known[i].name) == 1 else _full(known[i]),
        key=state.CAMPAIGN,
        persist_state="session",
    )
    state.keep_address()
    chosen = state.campaign()
    if chosen is None:
        return
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(state_words(chosen.state), color="gray")
        if chosen.simulated:
            simulated_badge()


def _full(campaign: Campaign) -> str:
    return f"{campaign.name} ({campaign.campaign_id})"


def simulated_badge() -> None:
    """The mark on everything made from invented outcomes."""
    st.badge(
        "SIMULATED",
        icon=":material/science:",
        color="violet",
        help="The outcomes are invented for a rehearsal. No customer did any of this.",
    )


def _engine() -> None:
    engines = state.application().settings.engines
    used = {engines.chat_model, engines.content_index, engines.safety_screen}
    names = {"local": "Local engine", "azure": "Azure", "openai_compatible": "OpenAI-compatible"}
    st.badge(
        " + ".join(names[name] for name in sorted(used, reverse=True)),
        icon=":material/memory:",
        color="gray",
        help=f"Writing: {engines.chat_model}. Finding: {engines.content_index}. "
        f"Screening: {engines.safety_screen}. No engine stands in for another.",
    )


def _jobs() -> None:
    running = [r for r in state.application().messages.runs() if not r.state.over]
    if running:
        st.fragment(_show_jobs, run_every=2)(tuple(r.run_id for r in running))


def _show_jobs(wanted: tuple[str, ...]) -> None:
    with told():
        runs = {r.run_id: r for r in state.application().messages.runs()}
        followed = [runs[name] for name in wanted if name in runs]
        if all(run.state.over for run in followed):
            st.rerun(scope="app")
        for run in followed:
            st.progress(run.done / max(run.total, 1), text=job(run))
