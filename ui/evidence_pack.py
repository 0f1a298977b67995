"""The evidence pack of a campaign: what is to be in it, built, and taken away with its hashes.

Keys: `reports.pack_outcomes`, `reports.pack_ids`, `reports.pack_build`, `reports.pack_take`.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.models.evidence import EvidenceIds, EvidencePack, EvidenceWish
from ui import files, state
from ui.actions import act
from ui.rights import Permission, refusal
from ui.words import plain

_HELD, _OUTCOMES, _IDS = "reports.pack", "reports.pack_outcomes", "reports.pack_ids"
_NAMED = {
    EvidenceIds.TOKEN: "by the hash that dealt them out",
    EvidenceIds.CLEAR: "by their ids",
}
_WHAT = (
    "One zip with the brief, the plan, documents, messages, decisions and result, and a program "
    "that checks them again on any Python: who was in which group, the counts, the lift with its "
    "interval, the approval locks and the audit trail."
)


@dataclass(frozen=True, slots=True)
class _Held:
    """A pack that one person built in this session, and how many erasures there had been."""

    campaign_id: str
    person: str
    erasures: int
    pack: EvidencePack
    data: bytes


def section(campaign_id: str) -> None:
    """What may be asked to be in it, the button, and the pack once it is built."""
    st.subheader("Evidence pack", anchor=False)
    st.text(_WHAT)
    if why := refusal(Permission.BUILD_EVIDENCE):
        st.caption(plain(why))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Customers are named",
            list(EvidenceIds),
            format_func=lambda each: _NAMED[each],
            key=_IDS,
            help="A hash is a pseudonym: who has a customer's id can find their row.",
            width=300,
        )
        st.toggle(
            "With what each customer did",
            key=_OUTCOMES,
            help="Otherwise sums by group, from which the same numbers are worked out.",
        )
        st.button(
            "Build evidence pack",
            key="reports.pack_build",
            icon=":material/inventory_2:",
            on_click=act,
            args=(_build, campaign_id),
        )
    held = _held(campaign_id)
    if held is not None:
        _taken(held)


def _build(campaign_id: str) -> str:
    application, by = state.application(), state.acting()
    erasures = application.erasing.count()
    wish = EvidenceWish(EvidenceIds(st.session_state[_IDS]), bool(st.session_state[_OUTCOMES]))
    with st.spinner("Packing the evidence"), tempfile.TemporaryDirectory() as folder:
        pack = application.evidence.build(campaign_id, Path(folder) / "pack.zip", by=by, wish=wish)
        data = pack.path.read_bytes()
    st.session_state[_HELD] = _Held(campaign_id, by.name, erasures, pack, data)
    return "The evidence pack is built, and recorded in the audit trail."


def _held(campaign_id: str) -> _Held | None:
    """The pack of this campaign, while nobody was erased and the person is who built it."""
    held: _Held | None = st.session_state.get(_HELD)
    if held is None or held.campaign_id != campaign_id:
        return None
    stale = held.erasures != state.application().erasing.count()
    if stale or held.person != state.acting().name:
        del st.session_state[_HELD]
        if stale:
            st.info("A customer was erased meanwhile. Build the pack again.")
        return None
    return held


def _taken(held: _Held) -> None:
    pack = held.pack
    st.download_button(
        f"Evidence pack (zip, {len(held.data) / 1e6:.1f} MB)",
        held.data,
        file_name=files.named(held.campaign_id, "evidence", "zip"),
        mime="application/zip",
        key="reports.pack_take",
        on_click="ignore",
        icon=":material/download:",
    )
    erased = f" {pack.erased:,} of them were erased on request." if pack.erased else ""
    st.text(
        f"{pack.files} files, {pack.rows + pack.erased:,} customers assigned.{erased} Note these "
        "two hashes somewhere else, and compare them before relying on a pack that comes back; "
        "then unpack it and run: python3 -I -S verify.py"
    )
    if pack.missing:
        st.text("Not in it:\n" + "\n".join(f"- {part}" for part in pack.missing))
    st.code(
        f"{pack.sha256}  the pack\n{pack.verifier_sha256}  verify.py",
        language=None,
        wrap_lines=True,
    )
