"""What a page works with: the application, who acts, and the campaign in view.

Keys: `frame.person`, `frame.campaign` (in the address of the page: `?campaign=ID`).
"""

import gc
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import streamlit as st

from core.errors import NotAllowed
from core.models.campaign import Campaign, CampaignState
from core.models.people import Person
from core.models.readout import Readout
from core.orchestrator import clock, config
from core.orchestrator.application import Application
from core.orchestrator.wiring import assemble
from ui import signing_in

PERSON, CAMPAIGN = "frame.person", "frame.campaign"

_ADDRESS, _LAST_ADDRESS = "campaign", "frame.last_address"
_BEGUN = "frame.begun"

_WITH_OUTCOMES = frozenset({CampaignState.EXPORTED, CampaignState.FINISHED})
_PUT_AWAY = frozenset({CampaignState.ARCHIVED, CampaignState.STOPPED})


@st.cache_resource(show_spinner="Opening the workspace", on_release=Application.close)
def application() -> Application:
    """The one application of this server; it also carries out durable runs, unless told not to."""
    opened = assemble(config.load())
    if opened.settings.app.runs.in_web:
        opened.runner.launch()
    _keep_out_of_collections()
    return opened


@cache
def _keep_out_of_collections() -> None:
    """What a server has loaded by now stays until it ends: no collection need look at it again.

    Streamlit collects all garbage after every rerun, which took 0.2 s with everyone waiting.
    """
    gc.collect()
    gc.freeze()


def person() -> Person | None:
    """Who acts in this session, or None before they said so or signed in.

    Raises:
        NotAllowed: whoever it is may not come in.
    """
    return signing_in.present(application(), st.session_state.get(PERSON))


def acting() -> Person:
    """Who acts, asked anew at every write: roles and sign-ins end while a page is open.

    Raises:
        NotAllowed: nobody has signed in, or whoever it is may not come in.
    """
    found = person()
    if found is None:
        raise NotAllowed("Say who you are first. Nothing was recorded.")
    return found


def campaigns() -> dict[str, Campaign]:
    """The campaigns by id, newest first, those put away last."""
    every = sorted(application().campaigns.everything(), key=lambda c: c.state in _PUT_AWAY)
    return {c.campaign_id: c for c in every}


def campaign() -> Campaign | None:
    """The campaign in view, or None while there is none."""
    return campaigns().get(str(st.session_state.get(CAMPAIGN)))


def open_campaign(campaign_id: str) -> None:
    """Bring a campaign into view."""
    st.session_state[CAMPAIGN] = campaign_id


def address_campaign(known: Mapping[str, Campaign], *, measured: bool) -> None:
    """Take the campaign the address names, when the address is new; else keep or choose one.

    Streamlit's own binding of a widget to the address drops it at every change of page, because
    the widget is made by the page and not by app.py.
    """
    named = st.query_params.get(_ADDRESS)
    if named in known and named != st.session_state.get(_LAST_ADDRESS):
        open_campaign(str(named))
    if known:
        chosen = st.session_state.get(CAMPAIGN)
        # Assigned even when unchanged: else a value that came from code, and not from a click,
        # falls back to the first option after a change of page.
        open_campaign(str(chosen) if chosen in known else _first_choice(known, measured=measured))


def keep_address() -> None:
    """Write the campaign in view into the address."""
    chosen = st.session_state.get(CAMPAIGN)
    st.session_state[_LAST_ADDRESS] = chosen
    if chosen and st.query_params.get(_ADDRESS) != chosen:
        st.query_params[_ADDRESS] = str(chosen)


def _first_choice(known: Mapping[str, Campaign], *, measured: bool) -> str:
    """The campaign a fresh session starts with; `measured` prefers one with outcomes."""
    results = application().results
    fitting = [
        name
        for name, each in known.items()
        if (each.state in _WITH_OUTCOMES and results.measured(name)) == measured
    ]
    return next(iter(fitting), next(iter(known)))


def last_measured() -> Campaign | None:
    """The newest campaign whose outcomes can be read."""
    results = application().results
    return next((c for c in campaigns().values() if results.measured(c.campaign_id)), None)


def readout(of: Campaign) -> Readout:
    """What the outcomes of a campaign say; computed once for each state of them, and each day."""
    imports = application().results.imports(of.campaign_id)
    erasures = application().erasing.count()
    newest = repr((imports[:1], erasures, clock.utc_now().date()))
    return _readout(
        application().settings.workspace, of.campaign_id, of.revision, len(imports), newest
    )


@st.cache_data(show_spinner="Reading the outcomes", max_entries=16)
def _readout(
    workspace: Path, campaign_id: str, revision: int, imports: int, newest: str
) -> Readout:
    # Everything but the id only makes the key: what is stored for these never changes.
    del workspace, revision, imports, newest
    return application().results.readout(campaign_id)


def segment_names() -> list[str]:
    """The names of the newest segments, or none while there are none."""
    app = application()
    newest = [v for d in app.customers.everything() for v in app.segments.everything(d.dataset_id)]
    latest = max(newest, key=lambda v: v.created_at, default=None)
    return [s.name for s in latest.segments] if latest else []


def begun(prefix: str, of: object, values: Mapping[str, object]) -> int:
    """Fill the fields of a form anew when it is about something else than before.

    Assigned, and neither deleted nor left to the fields' defaults: a browser keeps what a field
    with the same key held, and would hand over the words of one thing as those of the next. So
    such a field must have no default of its own. The number that comes back is another one after
    every such beginning. It belongs into the key of an `st.form` around the fields: a browser
    sends what was typed into a form of the same key even after it shows what was assigned.
    """
    held: dict[str, tuple[object, int]] = st.session_state.setdefault(_BEGUN, {})
    following = 1 + max((number for _, number in held.values()), default=0)
    for name, value in values.items():
        key = f"{prefix}{name}"
        # What was not shown for a while is forgotten, and begins anew as well.
        if key not in held or held[key][0] != of or key not in st.session_state:
            st.session_state[key] = value
            held[key] = (of, following)
    return max((held[f"{prefix}{name}"][1] for name in values), default=0)
