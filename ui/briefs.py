"""The brief of a campaign: written, changed, summed up, and what of it leaves the company."""

from dataclasses import replace

import streamlit as st

from core.models.campaign import Brief, Campaign, Tone
from core.models.customers import Segmentation
from core.orchestrator.config import Settings
from core.reports.words import metric_words
from ui import state
from ui.actions import act
from ui.rights import Permission, refusal
from ui.words import listed, moment, plain, sentence, share

_PREFIX = "messages.brief_"
_METRICS = ["visit:proportion", "conversion:proportion", "spend:mean"]
_EMPTY = Brief(name="", goal="")


def what_leaves(settings: Settings) -> str:
    """Which engine writes, and what it is given."""
    if settings.engines.chat_model == "local":
        return (
            "What leaves the company: nothing. The local writer composes from approved passages "
            "on this machine; it is not a language model."
        )
    return (
        "What leaves the company: the brief, the name and traits of a segment, and the approved "
        f"passages, to {settings.engines.chat_model.replace('_', '-')}. No row of a customer does."
    )


def new() -> None:
    """A form for a new campaign on the newest segments."""
    st.header("A new brief", anchor=False)
    versions = _versions()
    if not versions:
        st.info("Compute segments first: a message is written for each of them.")
        return
    state.refreshed(_PREFIX, "new")
    with st.form("messages.new"):
        chosen = st.selectbox("For", list(versions), key="messages.brief_for")
        _fields(_EMPTY)
        _submit("Create the campaign", "messages.create", (_create, versions[str(chosen)]))


def change(campaign: Campaign) -> None:
    """The brief of a campaign, while it can still be changed."""
    st.header(plain(campaign.name), anchor=False)
    st.caption(f"Created {moment(campaign.created_at)} by {plain(campaign.created_by)}.")
    state.refreshed(_PREFIX, (campaign.campaign_id, campaign.revision))
    with st.form("messages.brief"):
        _fields(campaign.brief)
        _submit("Save the brief", "messages.save_brief", (_change, campaign))


def summary(brief: Brief) -> None:
    """What was asked for, in a few lines."""
    with st.container(border=True):
        st.header("The brief", anchor=False)
        st.text(brief.goal)
        st.text(f"Tones: {listed(t.value for t in brief.tones)}. Control: not contacted.")
        st.text(
            f"Judged by {metric_words(brief.primary_metric.partition(':')[0])}; the smallest "
            f"effect worth using is {share(brief.smallest_effect, 0)}. "
            f"{share(brief.holdout, 0)} of each segment are not contacted."
        )
        if brief.hypothesis:
            st.text(f"Hypothesis: {brief.hypothesis}")


def imported(campaign: Campaign) -> None:
    """A mailing made elsewhere: its arms, described."""
    st.header(plain(campaign.name), anchor=False)
    st.info("This mailing was made elsewhere. It can be read out; nothing of it is written here.")
    for arm in campaign.imported_arms:
        with st.container(border=True):
            st.subheader(plain(arm.name), anchor=False)
            st.text(arm.description)
    summary(campaign.brief)


def _versions() -> dict[str, Segmentation]:
    app = state.application()
    return {
        f"{d.name}: {len(v.segments)} segments ({v.segmentation_id})": v
        for d in app.customers.everything()
        for v in app.segments.everything(d.dataset_id)
    }


def _fields(brief: Brief) -> None:
    documents = state.application().library.everything()
    offers = {d.document_id: d.title for d in documents if d.category == "promotion"}
    with st.grid(2, min_column_width=320):
        st.text_input("Name", brief.name, key="messages.brief_name", max_chars=80)
        st.text_input("Goal: what should customers do?", brief.goal, key="messages.brief_goal")
        st.multiselect(
            "Tones (each is a group of the test)",
            [t.value for t in Tone],
            [t.value for t in brief.tones],
            key="messages.brief_tones",
        )
        ids = [None, *offers]
        st.selectbox(
            "Offer",
            ids,
            ids.index(brief.offer_document_id) if brief.offer_document_id in ids else 0,
            format_func=lambda name: f"{name} {offers[name]}" if name else "No offer",
            key="messages.brief_offer",
        )
        st.text_area(
            "Must say (one a line)", "\n".join(brief.must_say), key="messages.brief_must_say"
        )
        st.text_area(
            "Must not say (one a line)",
            "\n".join(brief.must_not_say),
            key="messages.brief_must_not_say",
        )
    _judged_by(brief)


def _judged_by(brief: Brief) -> None:
    st.subheader("How the result will be judged", anchor=False)
    st.caption("Fixed when the send is prepared.")
    st.text_input("Hypothesis", brief.hypothesis, key="messages.brief_hypothesis")
    with st.grid(4, min_column_width=170):
        known = list(dict.fromkeys([brief.primary_metric, *_METRICS]))
        st.selectbox(
            "Primary metric", known, format_func=_metric_label, key="messages.brief_metric"
        )
        st.number_input(
            "Smallest effect worth using (%)",
            0.1,
            1000.0,
            brief.smallest_effect * 100,
            key="messages.brief_effect",
        )
        st.number_input(
            "Not contacted (% of each segment)",
            1.0,
            99.0,
            brief.holdout * 100,
            key="messages.brief_holdout",
        )
        st.number_input(
            "Usual share, if known (%)",
            0.0,
            100.0,
            None if brief.baseline is None else brief.baseline * 100,
            key="messages.brief_baseline",
        )


def _metric_label(metric: str) -> str:
    name, _, kind = metric.partition(":")
    kinds = {"proportion": "share of customers", "mean": "mean per customer"}
    return f"{sentence(metric_words(name.partition('=')[0]))} ({kinds.get(kind, kind)})"


def _submit(words: str, key: str, write: tuple[object, ...]) -> None:
    why = refusal(Permission.WRITE)
    st.form_submit_button(
        words, key=key, type="primary", disabled=bool(why), on_click=act, args=write
    )
    if why:
        st.caption(plain(why))


def _filled(brief: Brief) -> Brief:
    def field(name: str) -> object:
        return st.session_state[_PREFIX + name]

    def lines(name: str) -> tuple[str, ...]:
        return tuple(x.strip() for x in str(field(name)).splitlines() if x.strip())

    offer, baseline, metric = field("offer"), field("baseline"), str(field("metric"))
    return replace(
        brief,
        name=str(field("name")).strip(),
        goal=str(field("goal")).strip(),
        tones=tuple(t for t in Tone if t.value in st.session_state[_PREFIX + "tones"]),
        offer_document_id=str(offer) if offer else None,
        must_say=lines("must_say"),
        must_not_say=lines("must_not_say"),
        hypothesis=str(field("hypothesis")).strip(),
        primary_metric=metric,
        other_metrics=tuple(m for m in brief.other_metrics if m != metric),
        smallest_effect=float(str(field("effect"))) / 100,
        holdout=float(str(field("holdout"))) / 100,
        baseline=float(str(baseline)) / 100 if baseline is not None else None,
    )


def _create(version: Segmentation) -> str:
    made = state.application().campaigns.create(
        _filled(_EMPTY),
        by=state.acting(),
        dataset_id=version.dataset_id,
        segmentation_id=version.segmentation_id,
    )
    state.open_campaign(made.campaign_id)
    st.session_state["messages.view"] = "Messages"
    return f"Campaign {plain(made.name)} is created. Generate its messages next."


def _change(campaign: Campaign) -> str:
    state.application().campaigns.edit(
        campaign.campaign_id,
        _filled(campaign.brief),
        expected_revision=campaign.revision,
        by=state.acting(),
    )
    return "The brief is stored."
