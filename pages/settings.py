"""What holds for everybody here: the workspace, the content policy, health, and the people.

Keys: `settings.time_zone`, `settings.currency`, `settings.symbol`, `settings.language`,
`settings.retention_days`, `settings.save`, `settings.check`.
"""

import streamlit as st

from core.models.workspace import WorkspaceChoices
from core.orchestrator.service.workspace import (
    CURRENCIES,
    LANGUAGES,
    RETENTION_DAYS,
    time_zones,
)
from ui import engines, state
from ui.actions import act
from ui.frame import page
from ui.people_settings import people
from ui.policy_settings import policy
from ui.rights import Permission, refusal
from ui.words import plain


def save() -> str:
    """Keep what the form says."""
    said = st.session_state
    kept = state.application().workspace.change(
        WorkspaceChoices(
            time_zone=str(said["settings.time_zone"]),
            currency=str(said["settings.currency"]).strip().upper(),
            symbol=str(said["settings.symbol"]),
            language=str(said["settings.language"]),
            retention_days=int(said["settings.retention_days"]),
        ),
        by=state.acting(),
    )
    return f"Kept: {plain(kept.time_zone)}, {plain(kept.currency)}, {kept.retention_days:,} days."


with page("Settings"):
    now = state.application().workspace.choices()
    why = refusal(Permission.CHANGE_SETTINGS)
    st.header("Workspace", anchor=False)
    if why:
        st.text(f"{why} You can see how things stand.")
    zones = time_zones()
    values = {
        "time_zone": now.time_zone if now.time_zone in zones else zones[0],
        "currency": now.currency,
        "symbol": now.symbol,
        "language": now.language,
        "retention_days": now.retention_days,
    }
    number = state.begun("settings.", now, values)
    with st.form(f"settings_form_{number}", width=640):
        st.selectbox(
            "Time zone",
            zones,
            key="settings.time_zone",
            disabled=bool(why),
        )
        code, symbol = st.columns(2)
        codes = list(dict.fromkeys([now.currency, *CURRENCIES]))
        code.selectbox(
            "Currency",
            codes,
            key="settings.currency",
            accept_new_options=True,
            help="A code of three capitals; any other one can be typed.",
            disabled=bool(why),
        )
        symbol.text_input(
            "Symbol",
            max_chars=4,
            key="settings.symbol",
            help="How money is written; empty takes the code.",
            disabled=bool(why),
        )
        st.selectbox(
            "Language of messages",
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            key="settings.language",
            disabled=bool(why),
        )
        st.number_input(
            "Keep customer data for (days)",
            min_value=RETENTION_DAYS[0],
            max_value=RETENTION_DAYS[-1],
            key="settings.retention_days",
            help="The rule of this workspace. Nothing is deleted by itself.",
            disabled=bool(why),
        )
        st.form_submit_button(
            "Save settings",
            key="settings.save",
            type="primary",
            icon=":material/check:",
            disabled=bool(why),
            on_click=act,
            args=(save,),
        )
    st.caption("Each change is recorded in the audit trail, with its value before and after.")
    policy()
    st.header("Health", anchor=False)
    engines.health()
    people()
