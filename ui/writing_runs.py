"""The runs that write messages: start one, follow it, write what is missing, see what it took.

Keys: `messages.generate`, `messages.cancel`, `messages.retry`, `messages.progress`.
"""

import streamlit as st

from core.models.campaign import Campaign
from core.models.runs import Outcome, Run, RunReport
from ui import state, views
from ui.actions import act
from ui.leaves import what_leaves
from ui.rights import Permission, refusal
from ui.trouble import told
from ui.words import STATES, count, plain, sentence

_STAYS = "Writes what is missing or was sent back; what is in review or approved stays."


def controls(campaign: Campaign) -> None:
    """Generate, with what leaves the company, and the run under way or the last one."""
    why = refusal(Permission.WRITE)
    missing = state.application().messages.missing(campaign.campaign_id)
    with st.container(horizontal=True):
        st.button(
            "Generate",
            key="messages.generate",
            type="primary",
            icon=":material/edit_note:",
            disabled=bool(why),
            on_click=act,
            args=(_generate, campaign.campaign_id),
        )
        if missing and _ran(campaign.campaign_id):
            st.button(
                f"Retry {len(missing)} missing",
                key="messages.retry",
                icon=":material/refresh:",
                disabled=bool(why),
                on_click=act,
                args=(_retry, campaign.campaign_id),
            )
    st.caption(plain(why or _STAYS))
    what_leaves(campaign)
    show(campaign)


def show(campaign: Campaign) -> None:
    """The run under way, looked at every second; when it ends the page shows what it wrote."""
    active = _active(campaign.campaign_id)
    if active is not None:
        st.fragment(_follow, run_every=1)(campaign.campaign_id, active.run_id)
        return
    last = next(iter(state.application().messages.runs(campaign.campaign_id)), None)
    if last is not None:
        _ended(state.application().messages.run_report(last.run_id))


def _ended(report: RunReport) -> None:
    """What the last run came to: messages, failures, money and time."""
    run, usage = report.run, report.usage
    written = sum(v.outcome is Outcome.WRITTEN for v in report.variants)
    seconds = [v.seconds for v in report.variants if v.seconds is not None]
    took = views.used(
        usage.cost_usd, usage.tokens_input + usage.tokens_output, sum(seconds) if seconds else None
    )
    words = f"Last run: {sentence(run.state).lower()}, {count(written, 'message')} written. {took}."
    st.caption(plain(words))
    if run.problem:
        st.caption(plain(f"{sentence(run.problem)}."))
    failed = [v for v in report.variants if v.outcome is Outcome.FAILED]
    if failed:
        with st.expander(f"{count(len(failed), 'message')} could not be written"):
            for each in failed:
                st.text(f"{each.variant_id}: {each.problem}")


def _ran(campaign_id: str) -> bool:
    return bool(state.application().messages.runs(campaign_id)) and not _active(campaign_id)


def _active(campaign_id: str) -> Run | None:
    runs = state.application().messages.runs(campaign_id)
    return next((r for r in runs if not r.state.over), None)


def _follow(campaign_id: str, run_id: str) -> None:
    with told():
        run = _active(campaign_id)
        if run is None or run.run_id != run_id:
            st.rerun(scope="app")
        variants = state.application().messages.variants(campaign_id)
        with st.container(border=True):
            st.progress(
                run.done / max(run.total, 1),
                text=f"{run.done} of {run.total} messages written and checked",
            )
            st.dataframe(
                [
                    {
                        "Segment": v.segment,
                        "Tone": v.tone.value,
                        "State": STATES[v.state],
                        "Subject": v.message.subject,
                    }
                    for v in variants
                ],
                hide_index=True,
                height=240,
                key="messages.progress",
                alt="The state of each message while they are written",
            )
            st.button(
                "Cancel",
                key="messages.cancel",
                icon=":material/stop_circle:",
                on_click=act,
                args=(_cancel, run.run_id),
            )


def _generate(campaign_id: str) -> str:
    """Start writing, or join the run under way."""
    run = state.application().messages.generate(campaign_id, by=state.acting())
    if run.done or run.started_by != state.acting().name:
        return f"A run is under way already: {run.done} of {run.total} messages are written."
    return f"{count(run.total, 'message')} will be written and checked. You can leave this page."


def _retry(campaign_id: str) -> str:
    run = state.application().messages.retry_missing(campaign_id, by=state.acting())
    return f"{count(run.total, 'message')} will be written again."


def _cancel(run_id: str) -> str:
    run = state.application().messages.cancel(run_id, by=state.acting())
    return f"Stopped. {run.done} of {run.total} messages are written and stay."
