"""The audit log on a page: filtered, page by page, and checked on request.

Keys: `content_checks.action`, `content_checks.actor`, `content_checks.subject`,
`content_checks.since`, `content_checks.until`, `content_checks.older`, `content_checks.newest`,
`content_checks.verify`, `content_checks.proof`, `content_checks.log`,
`content_checks.log_exact`. The filters stand in the address of the page.
"""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta

import streamlit as st

from core.models.approval import AuditEntry
from core.orchestrator import clock
from core.orchestrator.service.audit_trail import Chain, Wanted
from ui import files, state, tables
from ui.actions import act
from ui.words import count, moment, plain

_PAGE = 50
_ADDRESS = ("action", "actor", "subject", "since", "until")
_BEFORE = "content_checks.before"
_CHECKED, _CHECKED_AT = "content_checks.checked", "content_checks.checked_at"


def chain() -> None:
    """The button that checks the chain, what it came to, and the proof to take away."""
    st.button(
        "Verify chain",
        key="content_checks.verify",
        icon=":material/link:",
        on_click=act,
        args=(_verify,),
    )
    if _CHECKED not in st.session_state:
        return
    found: Chain = st.session_state[_CHECKED]
    st.caption(f"Checked on {moment(st.session_state[_CHECKED_AT])}.")
    if not found.intact:
        line = f", line {found.line}" if found.line is not None else ""
        st.error(
            f"Broken at entry {found.first_bad} ({plain(found.place)}{line}). "
            f"{plain(found.problem)} Nothing here repairs it: keep the files as they are, compare "
            "them with a backup, and find out who could write to them.",
            icon=":material/link_off:",
        )
        return
    st.success(
        f"The chain is whole: {count(found.entries, 'entry', 'entries')}, the same in the table "
        f"and in the log. To note elsewhere: {found.entries}:{found.last_hash}",
        icon=":material/check_circle:",
    )
    st.download_button(
        "Chain proof (JSON)",
        lambda: json.dumps(asdict(found), indent=2) + "\n",
        file_name=files.named("audit", "chain_proof", "json"),
        mime="application/json",
        key="content_checks.proof",
        on_click="ignore",
        icon=":material/download:",
    )


def entries() -> None:
    """The filters, and the entries that fit them, newest first."""
    audit = state.application().audit
    wanted = _wanted()
    found = audit.find(wanted, limit=_PAGE)
    if not found:
        st.text("No entry fits these filters.")
    else:
        rows = [_row(entry) for entry in found]
        words = {"key": "content_checks.log", "subject": "audit", "what": "log_page"}
        tables.shown(rows, alt="Entries of the audit trail, newest first", **words)
    with st.container(horizontal=True):
        if len(found) == _PAGE:
            st.button(
                "Older entries",
                key="content_checks.older",
                on_click=_turn,
                args=(found[-1].sequence,),
            )
        if wanted.before is not None:
            st.button("Newest entries", key="content_checks.newest", on_click=_turn, args=(None,))


def _from_address(actions: tuple[str, ...], actors: tuple[str, ...]) -> None:
    """Take the filters the address names, where nothing was chosen yet."""
    said = {name: st.query_params.get(name, "") for name in _ADDRESS}
    days = {name: _day(said[name]) for name in ("since", "until")}
    known = {
        "action": said["action"] if said["action"] in actions else None,
        "actor": said["actor"] if said["actor"] in actors else None,
        "subject": said["subject"],
    } | days
    for name, value in known.items():
        if value and f"content_checks.{name}" not in st.session_state:
            st.session_state[f"content_checks.{name}"] = value


def _keep_address() -> None:
    """Write the filters into the address, so that it can be handed on."""
    for name in _ADDRESS:
        value = str(st.session_state.get(f"content_checks.{name}") or "").strip()
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _wanted() -> Wanted:
    audit = state.application().audit
    _from_address(audit.actions(), audit.actors())
    one, two, three = st.columns(3)
    action = one.selectbox(
        "What was done", audit.actions(), index=None, placeholder="Everything",
        key="content_checks.action", on_change=_turn, args=(None,),
    )  # fmt: skip
    actor = two.selectbox(
        "Who", audit.actors(), index=None, placeholder="Everybody",
        key="content_checks.actor", on_change=_turn, args=(None,),
    )  # fmt: skip
    subject = three.text_input(
        "About", placeholder="Id of a message or campaign", key="content_checks.subject",
        on_change=_turn, args=(None,),
    )  # fmt: skip
    since, until = st.columns(2)
    first = since.date_input(
        "From", None, key="content_checks.since", on_change=_turn, args=(None,)
    )
    last = until.date_input("To", None, key="content_checks.until", on_change=_turn, args=(None,))
    _keep_address()
    return Wanted(
        action=action,
        actor=actor,
        subject=subject.strip() or None,
        since=_start(first),
        until=_start(last + timedelta(days=1)) if last else None,
        before=st.session_state.get(_BEFORE),
    )


def _start(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


def _row(entry: AuditEntry) -> dict[str, object]:
    return {
        "Entry": entry.sequence,
        "When (UTC)": f"{entry.at:%Y-%m-%d %H:%M:%S}",
        "Who": entry.actor if entry.verified else f"{entry.actor} (not verified)",
        "Did": entry.action,
        "About": entry.subject,
        "With": entry.detail,
        "Hash": entry.hash,
    }


def _turn(before: int | None) -> None:
    st.session_state[_BEFORE] = before


def _verify() -> None:
    st.session_state.pop(_CHECKED, None)
    st.session_state[_CHECKED] = state.application().audit.verify()
    st.session_state[_CHECKED_AT] = clock.utc_now()
