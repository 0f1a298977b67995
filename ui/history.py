"""One customer looked up: the question, what is shown of them, and for how long.

No id is put into the address of the page, and none is taken from it: addresses are kept by
browsers and by whatever stands in front of a server. `?customer=` takes a token of the audit
trail, which says nothing outside of this workspace. What is shown is kept for this session and
this person only; it goes when the role does, or when somebody is erased.

Keys: `history.customer`, `history.look_up`.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from core.errors import OrchestratorError
from core.models.history import History, Presence
from core.models.messages import Message
from core.reports.customer_history import FULL, MASKED, Section, sections
from ui import state
from ui.actions import act
from ui.rights import Permission, refusal
from ui.words import moment, plain

SHOWN, OWN_STORY = "history.shown", "history.own_story"
_CUSTOMER, _ADDRESS, _SEEN = "history.customer", "customer", "history.address"
_TOKEN = re.compile(r"customer-[0-9a-f]{32}")
_STYLE = """<style>
.cpo-facts{margin:0;display:grid;grid-template-columns:minmax(8rem,15rem) 1fr;gap:.4rem 1.2rem}
.cpo-facts dt{opacity:.82}
.cpo-facts dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.5}
@media (max-width:640px){.cpo-facts{grid-template-columns:1fr;gap:.1rem}
 .cpo-facts dd{margin-bottom:.5rem}}
</style>"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one person in this session has before them, and how many erasures there had been."""

    person: str
    asked: str
    story: History
    erasures: int

    @property
    def purpose(self) -> str:
        """Whether it is masked or in full."""
        return FULL if self.story.revealed else MASKED


def ask() -> None:
    """The one field of the page; a token in the address is looked up by itself."""
    _from_address()
    with st.form("history_ask", width=640):
        st.text_input(
            "Customer id, as in the data set, or a token of the audit log",
            max_chars=200,
            key=_CUSTOMER,
        )
        st.form_submit_button(
            "Look up",
            key="history.look_up",
            type="primary",
            icon=":material/person_search:",
            on_click=act,
            args=(_look_up,),
        )


def shown() -> Shown | None:
    """What is to be shown to who is here now; None for nothing, or nothing any more."""
    found: Shown | None = st.session_state.get(SHOWN)
    if found is None:
        return None
    stale = found.erasures != state.application().erasing.count()
    other = found.person != state.acting().name
    if stale or other or (found.story.revealed and refusal(Permission.REVEAL)):
        _forget()
        if stale:
            st.info("A customer was erased meanwhile. Look up the customer again.")
        return None
    return found


def keep(asked: str, story: History) -> None:
    """Show this story from now on."""
    application = state.application()
    st.session_state[SHOWN] = Shown(state.acting().name, asked, story, application.erasing.count())


def nothing_yet() -> None:
    """What can be asked here, and an id to try."""
    example = state.application().history.example()
    if example is None:
        st.info("There are no customers yet. Bring in a customer file first.")
        return
    st.info(
        "Give the id of one customer to see what is held of them, which segment and group they "
        "are in and why, the message they got, what it rests on, who approved it, and what "
        f"happened. An id of the newest data set looks like this: {plain(example)}",
        icon=":material/person_search:",
    )


def heading(found: Shown) -> None:
    """Who it is about, and whether it is masked."""
    story = found.story
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        if story.revealed:
            st.badge("In full, recorded", icon=":material/visibility:", color="orange")
        else:
            st.badge("Masked", icon=":material/visibility_off:", color="gray")
        st.caption(f"As of {moment(story.made_at)}")
    if story.presence is Presence.KNOWN and story.left_out is not None:
        st.warning(
            f"No more marketing: on the list of people to leave out since "
            f"{moment(story.left_out.at)} ({plain(story.left_out.reason)}).",
            icon=":material/person_off:",
        )


def story(found: Shown) -> None:
    """Every section, what answers no question folded up."""
    for section in sections(found.story, purpose=found.purpose):
        if section.aside:
            with st.expander(plain(section.title)):
                _facts(section)
            continue
        title = st.header if section.level == 2 else st.subheader
        title(plain(section.title), anchor=False)
        _facts(section)
    _mails(found.story)


def _facts(section: Section) -> None:
    st.html(_STYLE + facts_html(section.lines))


def facts_html(lines: Sequence[tuple[str, str]]) -> str:
    """Lines of label and words as a description list, every character escaped."""
    told = "".join(f"<dt>{escape(label)}</dt><dd>{escape(said)}</dd>" for label, said in lines)
    return f'<dl class="cpo-facts">{told}</dl>'


def _mails(found: History) -> None:
    for part in found.campaigns:
        if part.received is None:
            continue
        with st.expander(plain(f"{part.name}: the message as an e-mail")):
            _mail(part.received.message, part.received.html)


def _mail(message: Message, html: str) -> None:
    # An address of its own keeps the e-mail apart from the page: it can neither run nor fetch.
    packed = base64.b64encode(html.encode()).decode()
    st.iframe(
        f"data:text/html;charset=utf-8;base64,{packed}",
        height=860,
        alt=f"The message '{message.subject}' as an e-mail",
    )


def _look_up() -> None:
    asked = str(st.session_state[_CUSTOMER]).strip()
    _forget()
    story = state.application().history.of(asked, by=state.acting())
    keep(asked, story)


def _forget() -> None:
    """Nothing of the customer before stays, whatever the next question comes to."""
    for key in (SHOWN, OWN_STORY):
        st.session_state.pop(key, None)
    st.query_params.pop(_ADDRESS, None)


def _from_address() -> None:
    asked = str(st.query_params.get(_ADDRESS, ""))
    if not asked or asked == st.session_state.get(_SEEN):
        return
    if not _TOKEN.fullmatch(asked):
        del st.query_params[_ADDRESS]
        st.warning(
            "The address of a page is kept in browsers and logs, so no customer id is taken from "
            "it. Type the id below. A token of the audit log may stand there.",
            icon=":material/link_off:",
        )
        return
    st.session_state[_SEEN] = asked
    try:
        keep(asked, state.application().history.of(asked, by=state.acting()))
    except OrchestratorError as error:
        st.error(plain(error), icon=":material/error:")
