"""Is the test fair, and exactly who gets what?

Keys: `send.confirm`, `send.prepare`, `send.profile`, `send.export`, `send.zip_<number>`,
`send.checklist_<number>`, `send.recall_<number>`, `send.counts`; those of the comparison of
received mails are told in `ui/sent_mail.py`.
"""

import streamlit as st

from core.models.campaign import Campaign
from ui import sending, sent_mail, state
from ui.actions import act, say
from ui.frame import page
from ui.links import link
from ui.rights import Permission, refusal
from ui.words import count, plain


def prepare(campaign: Campaign) -> str:
    """Lock the test and assign every customer, when the name was typed."""
    typed = str(st.session_state["send.confirm"]).strip()
    if typed != campaign.name:
        say("error", f"Type the name of the campaign to confirm: {plain(campaign.name)}.")
        return ""
    made = state.application().send.prepare(campaign.campaign_id, by=state.acting())
    return (
        f"Prepared: {count(made.customers, 'customer')} are assigned to "
        f"{count(len(made.arms), 'group')}. Nothing has been sent."
    )


def export(campaign_id: str) -> str:
    """Write the files for the sender into a new folder of the reports."""
    app = state.application()
    made = app.send.export(
        campaign_id,
        profile=str(st.session_state["send.profile"]),
        out=sending.new_folder(campaign_id),
        by=state.acting(),
    )
    return (
        f"Exported {count(made.recipients, 'recipient')} and {count(len(made.files), 'file')} to "
        f"{plain(made.folder)}. Nothing is sent by us."
    )


def lock(campaign: Campaign, *, ready: bool) -> None:
    """The irreversible step, confirmed by the typed name."""
    why = refusal(Permission.PREPARE_SEND)
    st.header("Prepare send", anchor=False)
    st.text(
        "Locks the messages and the plan, and assigns every customer with permission. "
        "This cannot be undone."
    )
    number = state.begun("send.", campaign.campaign_id, {"confirm": ""})
    with st.form(f"send.form_{number}"):
        st.text_input(
            f"Type the campaign's name to confirm: {plain(campaign.name)}", key="send.confirm"
        )
        st.form_submit_button(
            "Prepare send",
            key="send.prepare",
            type="primary",
            icon=":material/lock:",
            disabled=bool(why) or not ready,
            on_click=act,
            args=(prepare, campaign),
        )
        if why or not ready:
            st.caption(plain(why or "Not yet: something on the checklist is open."))


def hand_over(campaign: Campaign) -> None:
    """Export, and what was exported before."""
    why = refusal(Permission.EXPORT)
    st.header("Export", anchor=False)
    st.text(
        "One template for each message in the sender's own syntax, recipient files, a checklist "
        "and a recall list. Every approval is checked once more; a second sender gets the same "
        "words."
    )
    senders = state.application().send.senders()
    st.selectbox("Sender", list(senders), format_func=senders.__getitem__, key="send.profile")
    st.button(
        "Export",
        key="send.export",
        type="primary",
        icon=":material/outbox:",
        disabled=bool(why),
        on_click=act,
        args=(export, campaign.campaign_id),
    )
    if why:
        st.caption(plain(why))
    sending.exports(campaign)
    sent_mail.section(campaign)
    link("results", "After the send: bring in the outcomes", icon=":material/query_stats:")


with page("Send"):
    chosen = state.campaign()
    if chosen is None or chosen.imported:
        sending.not_here(chosen)
        st.stop()
    experiment = state.application().send.experiment(chosen.campaign_id)
    if experiment is None:
        ready = sending.checklist(chosen)
        sending.planned(chosen)
        lock(chosen, ready=ready)
    else:
        sending.locked(experiment)
        hand_over(chosen)
