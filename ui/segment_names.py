"""Other names for segments: typed, or proposed by the engine for a person to keep or change.

Keys: `segments.name_<id>`, `segments.rename`, `segments.propose_names`, `segments.discard_names`,
`segments.show_sent`.
"""

from dataclasses import dataclass

import streamlit as st

from core.models.customers import Segmentation
from core.models.segment_names import ProposedNames
from ui import state
from ui.actions import act
from ui.rights import Permission, refusal
from ui.trouble import told
from ui.words import count, plain

_NAME, _PROPOSED = "segments.name_", "segments.proposed"
_WANTED = "segments.names_wanted"


@dataclass(frozen=True, slots=True)
class _Proposal:
    """Names proposed in this session for the version as it was; `number` is another each time."""

    before: tuple[str, ...]
    found: ProposedNames
    number: int


def rename(version: Segmentation) -> None:
    """Other names for the segments; once a campaign uses them, as a new version."""
    why = refusal(Permission.SEGMENT)
    wanted = st.session_state.pop(_WANTED, None) == version.segmentation_id
    proposal = _standing(version)
    engine = state.application().segment_names.engine
    if engine is not None and why is None:
        _offer(version, engine, proposal, wanted=wanted)
    _form(version, proposal, disabled=bool(why))
    st.caption(
        plain(
            why
            or "Names are labels and change nobody's segment. A version that a campaign uses keeps "
            "its names; yours are then saved as a new version."
        )
    )


def _want(version: Segmentation) -> None:
    st.session_state[_WANTED] = version.segmentation_id


def _offer(version: Segmentation, engine: str, proposal: _Proposal | None, *, wanted: bool) -> None:
    with st.container(horizontal=True):
        st.button(
            "Propose names",
            key="segments.propose_names",
            icon=":material/lightbulb:",
            on_click=_want,
            args=(version,),
        )
        if proposal is not None:
            st.button(
                "Discard proposals",
                key="segments.discard_names",
                icon=":material/undo:",
                on_click=_discard,
                args=(version,),
            )
    if wanted:
        # Here and not in the callback: what comes of it stands where the person looks.
        with told():
            _propose(version, engine)
            st.rerun()
    if proposal is not None:
        st.info(plain(_said(version, proposal.found)), icon=":material/lightbulb:")
    st.caption(
        plain(
            f"Asks {engine}, at the price of one call. It is told each segment's rough size, and "
            "averages and shares that stand on at least 30 customers: no customer, no id and no "
            "name. The proposals replace what stands in the fields; nothing is renamed before you "
            "save."
        )
    )
    if st.toggle("Show what is sent", key="segments.show_sent"):
        st.code(_sent(version.segmentation_id), language=None, wrap_lines=True)


def _form(version: Segmentation, proposal: _Proposal | None, *, disabled: bool) -> None:
    proposed = proposal.found.names if proposal else {}
    values = {
        _field(version, s.segment_id): proposed.get(s.segment_id, s.name) for s in version.segments
    }
    of = ([s.name for s in version.segments], proposal.number if proposal else 0)
    number = state.begun(_NAME, of, values)
    with st.form(f"segments.names_{number}", border=False):
        columns = st.columns(2)
        for place, segment in enumerate(version.segments):
            new = proposed.get(segment.segment_id, segment.name) != segment.name
            columns[place % 2].text_input(
                f"Name of segment {place + 1}" + (f", now {plain(segment.name)}" if new else ""),
                key=f"{_NAME}{_field(version, segment.segment_id)}",
                max_chars=60,
            )
        st.form_submit_button(
            "Save names",
            key="segments.rename",
            icon=":material/edit:",
            disabled=disabled,
            on_click=act,
            args=(_rename, version),
        )


def _field(version: Segmentation, segment_id: str) -> str:
    return f"{version.segmentation_id}_{segment_id}"


def _before(version: Segmentation) -> tuple[str, ...]:
    return tuple(s.name for s in version.segments)


def _standing(version: Segmentation) -> _Proposal | None:
    """The proposal for this version, unless somebody renamed a segment since."""
    found: _Proposal | None = _proposals().get(version.segmentation_id)
    return found if found is not None and found.before == _before(version) else None


def _proposals() -> dict[str, _Proposal]:
    kept: dict[str, _Proposal] = st.session_state.setdefault(_PROPOSED, {})
    return kept


def _propose(version: Segmentation, engine: str) -> None:
    with st.spinner(f"Asking {plain(engine)} for names"):
        found = state.application().segment_names.propose(
            version.segmentation_id, by=state.acting()
        )
        # At once: a click elsewhere meanwhile ends this run of the page at the next element.
        kept = _proposals()
        number = 1 + max((each.number for each in kept.values()), default=0)
        kept[version.segmentation_id] = _Proposal(_before(version), found, number)


def _said(version: Segmentation, found: ProposedNames) -> str:
    left = [
        f"Segment {place} keeps its name: {found.left_out[segment.segment_id]}."
        for place, segment in enumerate(version.segments, start=1)
        if segment.segment_id in found.left_out
    ]
    cost = "an unknown sum" if found.cost_usd is None else f"${found.cost_usd:.4f}"
    proposed = f"{count(len(found.names), 'name')} proposed; the call cost {cost}."
    return " ".join([proposed, *left, "Keep or change them, then save; nothing is renamed yet."])


def _discard(version: Segmentation) -> None:
    _proposals().pop(version.segmentation_id, None)


def _rename(version: Segmentation) -> str:
    names = {
        s.segment_id: str(st.session_state[f"{_NAME}{_field(version, s.segment_id)}"])
        for s in version.segments
    }
    renamed = state.application().segments.rename(
        version.segmentation_id, names, expected=version, by=state.acting()
    )
    _discard(version)
    st.session_state["segments.version"] = renamed.segmentation_id
    if renamed.segmentation_id == version.segmentation_id:
        return "The names are saved."
    return f"A campaign uses the old names, so yours are saved as {plain(renamed.segmentation_id)}."


@st.cache_data(show_spinner="Comparing", max_entries=16)
def _sent(version_id: str) -> str:
    return state.application().segment_names.sent(version_id)
