"""The brief of a campaign: written, changed, summed up, and what of it leaves the company."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from core.models.campaign import TONES, Brief, Campaign, Tone
from core.models.customers import Segmentation
from core.reports.decision_card import guardrail_words
from core.reports.words import metric_words
from ui import brief_content, judging, learnt, planning, state
from ui.actions import act
from ui.rights import Permission, refusal
from ui.words import listed, moment, plain, sentence, share

_PREFIX = "messages.brief_"
_NO_GROUP = "No such group"
_NO_MESSAGE, _OWN_MESSAGE = "Is not contacted", "Gets a message you write"
_METRICS = [
    "orders:mean",
    "net_margin:mean",
    "visit:proportion",
    "conversion:proportion",
    "revenue:mean",
    "spend:mean",
]
_EMPTY, _NEW = Brief(name="", goal=""), "new"


def new() -> None:
    """A form for a new campaign on the newest segments."""
    st.header("A new brief", anchor=False)
    versions = _versions()
    if not versions:
        st.info("Compute segments first: a message is written for each of them.")
        return
    empty = replace(_EMPTY, primary_metric=state.application().results.usual_metric())
    number = _begin(empty, _NEW, {"for": next(iter(versions))})
    chosen = st.selectbox("For", list(versions), key="messages.brief_for")
    version = versions[str(chosen)]
    _asked(empty, _NEW, version.segmentation_id)
    with st.form(f"messages.new_{number}"):
        brief_content.fields()
        _submit("Create the campaign", "messages.create", (_create, version))


def change(campaign: Campaign) -> None:
    """The brief of a campaign, while it can still be changed."""
    st.header(plain(campaign.name), anchor=False)
    st.caption(f"Created {moment(campaign.created_at)} by {plain(campaign.created_by)}.")
    of = (campaign.campaign_id, campaign.revision)
    number = _begin(campaign.brief, of, {})
    _asked(campaign.brief, of, campaign.segmentation_id)
    with st.form(f"messages.brief_{number}"):
        brief_content.fields()
        _submit("Save the brief", "messages.save_brief", (_change, campaign))


def summary(brief: Brief, *, written_here: bool = True) -> None:
    """What was asked for, in a few lines; of a mailing made elsewhere only how it was judged."""
    with st.container(border=True):
        st.header("The brief", anchor=False)
        st.text(brief.goal)
        if written_here:
            st.text(f"Tones: {listed(t.value for t in brief.tones)}. {_control_words(brief)}")
            st.text(_same_words(brief))
            st.text(brief_content.summary(brief))
        st.text(
            f"Judged by {metric_words(brief.primary_metric.partition(':')[0])}; the smallest "
            f"effect worth using is {share(brief.smallest_effect, 0)}. "
            f"{share(brief.holdout, 0)} of each segment are the control group."
        )
        if brief.guardrails:
            st.text(f"Guardrails: {listed(guardrail_words(spec) for spec in brief.guardrails)}.")
        if brief.hypothesis:
            st.text(f"Hypothesis: {brief.hypothesis}")


def _control_words(brief: Brief) -> str:
    if brief.control_message:
        return "Control: a message that one of you writes."
    return "Control: not contacted."


def _same_words(brief: Brief) -> str:
    if brief.same_message is None:
        return "No group gets the same message for everyone, so only tones can be compared."
    return f"One group gets the same {brief.same_message} message, whatever the segment."


def imported(campaign: Campaign) -> None:
    """A mailing made elsewhere: its arms, described."""
    st.header(plain(campaign.name), anchor=False)
    st.info("This mailing was made elsewhere. It can be read out; nothing of it is written here.")
    for arm in campaign.imported_arms:
        with st.container(border=True):
            st.subheader(plain(arm.name), anchor=False)
            st.text(arm.description)
    summary(campaign.brief, written_here=False)


def _versions() -> dict[str, Segmentation]:
    app = state.application()
    return {
        f"{d.name}: {len(v.segments)} segments ({v.segmentation_id})": v
        for d in app.customers.everything()
        for v in app.segments.everything(d.dataset_id)
    }


def _begin(brief: Brief, of: object, more: Mapping[str, object]) -> int:
    """Let every field begin with what this brief says; the number of its form."""
    own = {
        "name": brief.name,
        "goal": brief.goal,
        "tones": [t.value for t in brief.tones],
        "same_message": brief.same_message.value if brief.same_message else _NO_GROUP,
        "control": _OWN_MESSAGE if brief.control_message else _NO_MESSAGE,
        "metric": brief.primary_metric,
        "effect": brief.smallest_effect * 100,
        "holdout": brief.holdout * 100,
        "baseline": _known(brief, brief.primary_metric),
    }
    parts = (own, judging.values(brief), brief_content.values(brief), more)
    return state.begun(_PREFIX, of, {name: value for part in parts for name, value in part.items()})


def _asked(brief: Brief, of: object, segmentation_id: str) -> None:
    """What is asked, and live beside it whether the test can answer; a form would not rerun."""
    with st.grid(2, min_column_width=320):
        st.text_input("Name", key="messages.brief_name", max_chars=80)
        st.text_input("Goal: what should customers do?", key="messages.brief_goal")
    st.subheader("How the result will be judged", anchor=False)
    asked, answered = st.columns([2, 3], gap="medium")
    with asked:
        _judged_by(brief)
        judging.fields(brief, of)
        st.caption("Fixed when the send is prepared.")
    with answered:
        planning.box(_judged(brief), segmentation_id)
        learnt.beside(_judged(brief), segmentation_id)
    brief_content.offer()


def _judged_by(brief: Brief) -> None:
    st.multiselect(
        "Tones (each is a group of the test)",
        [t.value for t in TONES],
        key="messages.brief_tones",
    )
    _same_message()
    _control()
    known = list(dict.fromkeys([brief.primary_metric, *_METRICS]))
    metric = st.selectbox(
        "Primary metric",
        known,
        format_func=_metric_label,
        key="messages.brief_metric",
        on_change=_other_metric,
        args=(brief,),
    )
    with st.grid(2, min_column_width=150):
        st.number_input(
            "Smallest effect worth using (%)",
            0.1,
            1000.0,
            key="messages.brief_effect",
        )
        st.number_input(
            "Control group (% of each segment)",
            1.0,
            99.0,
            key="messages.brief_holdout",
        )
        _usual(str(metric))


def _same_message() -> None:
    """The group that tells whether messages by segment are worth it; offered by default."""
    st.selectbox(
        "One group gets the same message for everyone",
        [*(t.value for t in TONES), _NO_GROUP],
        help="Without it nobody can know whether messages by segment are worth their trouble: "
        "there is nothing to hold them against.",
        key="messages.brief_same_message",
    )


def _control() -> None:
    """What everything is compared with: no message, or one that a person writes."""
    st.segmented_control(
        "The control group",
        [_NO_MESSAGE, _OWN_MESSAGE],
        required=True,
        help="Not contacted: the result is what your messages bring. A message of your own: the "
        "result is what they bring beyond it.",
        key="messages.brief_control",
    )


def _usual(metric: str) -> None:
    """The baseline: a share in percent, or an amount."""
    if _is_share(metric):
        st.number_input("Usual share, if known (%)", 0.0, 100.0, None, key=_PREFIX + "baseline")
    else:
        st.number_input("Usual value, if known", value=None, step=0.01, key=_PREFIX + "baseline")


def _other_metric(brief: Brief) -> None:
    """What is usual for one metric says nothing about another."""
    st.session_state[_PREFIX + "baseline"] = _known(brief, str(_field("metric")))


def _known(brief: Brief, metric: str) -> float | None:
    """The brief's own baseline, as it is typed."""
    if brief.baseline is None or metric != brief.primary_metric:
        return None
    return brief.baseline * (100 if _is_share(metric) else 1)


def _is_share(metric: str) -> bool:
    return metric.endswith(":proportion")


def _judged(brief: Brief) -> Brief:
    """The brief as it would be judged by the fields outside the form."""
    metric, same = str(_field("metric")), str(_field("same_message"))
    typed = _field("baseline")
    baseline = None if typed is None else float(str(typed)) / (100 if _is_share(metric) else 1)
    return replace(
        judging.filled(brief),
        tones=tuple(t for t in TONES if t.value in st.session_state[_PREFIX + "tones"]),
        same_message=None if same == _NO_GROUP else Tone(same),
        control_message=_field("control") == _OWN_MESSAGE,
        primary_metric=metric,
        other_metrics=tuple(m for m in brief.other_metrics if m != metric),
        smallest_effect=float(str(_field("effect"))) / 100,
        holdout=float(str(_field("holdout"))) / 100,
        baseline=baseline,
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


def _field(name: str) -> object:
    return st.session_state[_PREFIX + name]


def _filled(brief: Brief) -> Brief:
    return replace(
        brief_content.filled(_judged(brief)),
        name=str(_field("name")).strip(),
        goal=str(_field("goal")).strip(),
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
