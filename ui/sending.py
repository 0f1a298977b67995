"""A send on a page: the checklist, the groups, the locked plan, and what was exported."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import streamlit as st

from core.models.campaign import Campaign
from core.models.send import ArmPlan, DecisionCard, Experiment, Export
from core.orchestrator import clock
from core.reports.words import metric_words
from ui import files, state
from ui.links import link
from ui.words import count, listed, moment, plain, share

_YES = ":green-badge[:material/check_circle: yes]"
_OPEN = ":red-badge[:material/cancel: open]"


def not_here(campaign: Campaign | None) -> None:
    """Why there is nothing to send."""
    if campaign is None:
        st.info("No campaign yet: write a brief first.")
        link("messages", "Write a brief", icon=":material/edit_note:")
        return
    st.info(f"{plain(campaign.name)} was sent elsewhere. It can only be read out.")
    link("results", "See its results", icon=":material/query_stats:")


def checklist(campaign: Campaign) -> None:
    """What has to hold before a send, each with why it does or does not."""
    st.header("Checklist", anchor=False)
    with st.container(border=True):
        for check in state.application().send.checklist(campaign.campaign_id):
            chip = _YES if check.passed else _OPEN
            st.markdown(f"{chip} **{plain(check.name)}.** {plain(check.explanation)}")
    if not state.application().messages.variants(campaign.campaign_id):
        link("messages", "No messages yet: generate them", icon=":material/edit_note:")


def planned(campaign: Campaign) -> None:
    """The groups as they would be, with about how many customers of each segment."""
    app = state.application()
    arms = app.send.arms(campaign)
    st.header("Groups", anchor=False)
    segments = app.segments.get(campaign.segmentation_id).segments
    expected = {
        (s.name, a.name): round((s.size if s.reachable is None else s.reachable) * a.weight)
        for s in segments
        for a in arms
    }
    _matrix([s.name for s in segments], arms, expected)
    st.caption(
        "About so many customers with permission. Who is in which group is decided by a keyed "
        "hash of the customer's id, within each segment, when the send is prepared."
    )


def locked(experiment: Experiment) -> None:
    """The test as it was locked."""
    st.header("Locked", anchor=False)
    st.text(
        f"Prepared {moment(experiment.locked_at)} by {experiment.locked_by}: "
        f"{count(experiment.customers, 'customer')} in {count(len(experiment.arms), 'group')}."
    )
    segments = list(dict.fromkeys(c.segment for c in experiment.counts))
    found = {(c.segment, c.arm): c.customers for c in experiment.counts}
    _matrix(segments, experiment.arms, found)
    for each in experiment.excluded:
        st.text(f"Left out: {count(each.customers, 'customer')}, {each.reason}.")
    _card(experiment.card)
    st.caption(
        f"Key of the assignment: {plain(experiment.salt)}. With it and the ids anybody can "
        f"recompute the groups. Assignments: SHA-256 {experiment.assignments_sha256}."
    )


def _matrix(
    segments: Iterable[str], arms: Iterable[ArmPlan], found: Mapping[tuple[str, str], int]
) -> None:
    arms = tuple(arms)
    heads = {a.name: f"{a.name} ({share(a.weight)})" for a in arms}
    rows: list[dict[str, str | int]] = [
        {"Segment": s} | {heads[a.name]: found.get((s, a.name), 0) for a in arms} for s in segments
    ]
    total = {heads[a.name]: sum(n for (_, arm), n in found.items() if arm == a.name) for a in arms}
    rows.append({"Segment": "All"} | total)
    whole = st.column_config.NumberColumn(format="localized")
    st.dataframe(
        rows,
        hide_index=True,
        key="send.counts",
        column_config=dict.fromkeys(heads.values(), whole),
        alt="Customers by segment and group",
    )


def _card(card: DecisionCard) -> None:
    with st.container(border=True):
        st.subheader("Decision card", anchor=False)
        if card.hypothesis:
            st.text(card.hypothesis)
        names = [m.partition(":")[0] for m in (card.primary_metric, *card.other_metrics)]
        others = f", beside it {listed(metric_words(n) for n in names[1:])}" if names[1:] else ""
        st.text(
            f"Judged by {metric_words(names[0])} against “{card.control}”{others}. Smallest effect "
            f"worth using: {share(card.smallest_effect, 0)}. Error rate {share(card.alpha, 0)}."
        )


def new_folder(campaign_id: str) -> Path:
    """Where the next export goes."""
    stamp = files.stamp(clock.utc_now())
    return state.application().settings.reports / "exports" / f"{campaign_id}-{stamp}"


def exports(campaign: Campaign) -> None:
    """What was handed over, each as one file to download."""
    for number, made in enumerate(state.application().send.exports(campaign.campaign_id)):
        with st.container(border=True):
            st.text(
                f"{count(made.recipients, 'recipient')}, {count(len(made.files), 'file')}, "
                f"for: {made.profile}"
            )
            st.caption(plain(made.folder))
            _download(made, number)


def _download(made: Export, number: int) -> None:
    if not made.folder.is_dir():
        st.text("The folder is no longer there.")
        return
    st.download_button(
        "Download as zip",
        lambda: files.zipped(made.folder),
        file_name=f"{made.folder.name}.zip",
        mime="application/zip",
        key=f"send.zip_{number}",
        on_click="ignore",
        icon=":material/download:",
    )
