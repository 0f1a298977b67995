"""What needs me now?

Keys: `home.demo`, `home.name`, `home.start`, `home.next`, `home.person_name`, `home.person_roles`,
`home.add_person`.
"""

import streamlit as st

from core.models.campaign import Campaign
from core.models.people import Person, Role
from ui import desk, engines, state, welcome
from ui.frame import page
from ui.links import link
from ui.words import count, plain

NEXT = {
    "Messages": ("messages", "Generate the messages"),
    "Approved": ("approvals", "Go to the approval queue"),
    "Exported": ("send", "Prepare the send"),
}


def waiting(person: Person) -> None:
    """Three lists: for me, running, ending soon."""
    mine = state.application().home.desk(person)
    for_me, running, ending = st.columns(3)
    with for_me:
        st.header("Waiting for you", anchor=False)
        desk.waiting(mine)
    with running:
        st.header("Running", anchor=False)
        desk.running(mine)
    with ending:
        st.header("Ending within 7 days", anchor=False)
        desk.ending(mine)


def way(campaign: Campaign) -> None:
    """The five steps of the campaign in view, and the next one."""
    steps = state.application().home.steps(campaign)
    st.header(plain(campaign.name), anchor=False)
    st.text(campaign.brief.goal)
    with st.grid(5, min_column_width=150):
        for step in steps:
            desk.step(step, state.application())
    open_steps = [s.name for s in steps if not s.done]
    with st.container(horizontal=True):
        if open_steps and not campaign.imported:
            where, words = NEXT[open_steps[0]]
            desk.primary_link(where, words, key="home.next")
            link("messages", "Write a new brief", icon=":material/add:", view="New brief")
        elif state.application().results.measured(campaign.campaign_id):
            desk.primary_link("results", "See the results", key="home.next")
        else:
            desk.primary_link("results", "Bring in the outcomes", key="home.next")


with page("Home", strangers=True):
    me = state.person()
    if me is None:
        welcome.show()
        st.stop()
    engines.troubles()
    waiting(me)
    chosen = state.campaign()
    if chosen is None:
        st.header("No campaign yet", anchor=False)
        welcome.first_steps()
    else:
        way(chosen)
    read = state.last_measured()
    if read is not None:
        desk.last_result(read, state.readout(read))
    if me.holds(Role.ADMIN):
        welcome.add_people(me)
    app = state.application()
    st.caption(
        f"Workspace {plain(app.settings.workspace)}: "
        f"{count(len(app.customers.everything()), 'data set')}, "
        f"{count(len(app.library.everything()), 'document')}, "
        f"{count(len(app.people.everyone()), 'person', 'people')}."
    )
