"""A send on a page: the checklist, the groups, the locked plan, and what was exported."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import streamlit as st

from core.models.campaign import Campaign
from core.models.send import ArmPlan, Excluded, Experiment, Export
from core.orchestrator import clock
from core.reports.decision_card import card_rows
from ui import audience_panel, files, state
from ui.links import link
from ui.words import count, moment, plain, share

# What is offered beside the zip: label, key and file; exports of earlier versions lack them.
_SINGLE = (
    ("Checklist", "checklist", "CHECKLIST.txt"),
    ("Recall list", "recall", "recall_list.csv"),
)
_YES = ":green-badge[:material/check_circle: yes]"
_OPEN = ":red-badge[:material/cancel: open]"
_NO = ":orange-badge[:material/error: no]"


def not_here(campaign: Campaign | None) -> None:
    """Why there is nothing to send."""
    if campaign is None:
        st.info("No campaign yet: write a brief first.")
        link("messages", "Write a brief", icon=":material/edit_note:")
        return
    st.info(f"{plain(campaign.name)} was sent elsewhere. It can only be read out.")
    known = state.application().send.experiment(campaign.campaign_id)
    if known is not None:
        _card("Decision card, written down after the send", card_rows(known.card, known.arms))
    link("results", "See its results", icon=":material/query_stats:")


def checklist(campaign: Campaign) -> bool:
    """What has to hold before a send, each with why it does or does not; whether all of it does.

    Advice is listed too, and stands in nobody's way.
    """
    app = state.application()
    st.header("Checklist", anchor=False)
    with st.container(border=True):
        advice = app.planning.advice(campaign.campaign_id)
        checks = (*app.send.checklist(campaign.campaign_id), advice)
        for check in checks:
            chip = _YES if check.passed else _NO if check.advisory else _OPEN
            st.markdown(f"{chip} **{plain(check.name)}.** {plain(check.explanation)}")
    if not app.messages.variants(campaign.campaign_id):
        link("messages", "No messages yet: generate them", icon=":material/edit_note:")
    return not any(check.blocks for check in checks)


def planned(campaign: Campaign) -> None:
    """The groups as they would be, with about how many customers of each segment, and the card."""
    app = state.application()
    arms, outlook = app.send.arms(campaign), app.send.outlook(campaign.campaign_id)
    st.header("Groups", anchor=False)
    audience_panel.narrowed(campaign)
    segments = app.segments.get(campaign.segmentation_id).segments
    expected = {
        (s.name, a.name): round(outlook.eligible.get(s.segment_id, 0) * a.weight)
        for s in segments
        for a in arms
    }
    _matrix([s.name for s in segments], arms, expected)
    _left_out(outlook.excluded)
    st.caption(
        "About so many customers with permission. Who is in which group is decided by a keyed "
        "hash of the customer's id, within each segment, when the send is prepared."
    )
    rows = card_rows(app.send.card(campaign), arms, customers=outlook.customers)
    _card("Decision card, as it will be locked", rows)


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
    _left_out(experiment.excluded)
    read_on = state.application().results.read_out_on(experiment.campaign_id)
    rows = card_rows(
        experiment.card, experiment.arms, customers=experiment.customers, read_on=read_on
    )
    _card("Decision card, as it was locked", rows)
    st.caption(
        f"Key of the assignment: {plain(experiment.salt)}. With it and the ids anybody can "
        f"recompute the groups. Assignments: SHA-256 {experiment.assignments_sha256}."
    )


def _matrix(
    segments: Iterable[str], arms: Iterable[ArmPlan], found: Mapping[tuple[str, str], int]
) -> None:
    arms = tuple(arms)
    rows: list[dict[str, str | int]] = [
        {"Segment": s} | {a.name: found.get((s, a.name), 0) for a in arms} for s in segments
    ]
    total = {a.name: sum(n for (_, arm), n in found.items() if arm == a.name) for a in arms}
    rows.append({"Segment": "All"} | total)
    # The shares stand on the decision card: in the headings they would push the last group out.
    columns = {
        a.name: st.column_config.NumberColumn(
            format="localized", help=f"{share(a.weight)} of each segment"
        )
        for a in arms
    }
    st.dataframe(
        rows,
        hide_index=True,
        key="send.counts",
        column_config=columns,
        alt="Customers by segment and group",
    )


def _left_out(excluded: Iterable[Excluded]) -> None:
    for each in excluded:
        st.text(f"Left out: {count(each.customers, 'customer')}, {each.reason}.")


def _card(title: str, rows: Iterable[tuple[str, str]]) -> None:
    """How the result will be judged, line by line."""
    with st.container(border=True, gap="xsmall"):
        st.subheader(title, anchor=False)
        for label, said in rows:
            st.markdown(f"**{label}:** {plain(said)}")


def new_folder(campaign_id: str) -> Path:
    """Where the next export goes."""
    stamp = files.stamp(clock.utc_now())
    return state.application().settings.reports / "exports" / f"{campaign_id}-{stamp}"


def exports(campaign: Campaign) -> None:
    """What was handed over, each as one file to download."""
    app = state.application()
    senders = app.send.senders()
    for number, made in enumerate(app.send.exports(campaign.campaign_id)):
        with st.container(border=True):
            st.text(
                f"{senders.get(made.profile, made.profile)}: "
                f"{count(made.recipients, 'recipient')}, {count(len(made.files), 'file')}"
            )
            for each in made.left_out:
                left = f"{count(each.customers, 'customer')} of {each.group}"
                st.text(f"Left out: {left}, {each.reason}.")
            st.caption(plain(made.folder))
            _download(made, number)


def _download(made: Export, number: int) -> None:
    if not made.folder.is_dir():
        st.text("The folder is no longer there.")
        return
    name, kept = made.folder.name, [each for each in _SINGLE if each[2] in made.files]
    offers = [("Download as zip", "zip", f"{name}.zip", lambda: files.zipped(made.folder))]
    offers += [(w, k, f"{name}_{file}", (made.folder / file).read_bytes) for w, k, file in kept]
    with st.container(horizontal=True):
        for words, key, file_name, data in offers:
            st.download_button(
                words,
                data,
                file_name=file_name,
                key=f"send.{key}_{number}",
                on_click="ignore",
                icon=":material/download:",
            )
