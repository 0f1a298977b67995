"""Before and around a test: whether it can answer its question, and whether it cries wolf.

Keys: `results.placebo`.
"""

from pathlib import Path

import streamlit as st

from core.charts.units import chance, change, p_value, percent, points
from core.models.campaign import Brief, Campaign
from core.models.placebo import Placebo, PlaceboRequest, PlaceboRow
from core.models.planning import Answerability, Reach, Way
from core.reports.words import metric_words
from ui import state
from ui.trouble import told
from ui.words import count, plain, sentence

_SHUFFLES = PlaceboRequest(runs=1000, seed=1)
_SHOWN = "results.placebo_of"


def box(brief: Brief, segmentation_id: str) -> None:
    """Whether a test of this brief can answer its question, and what would."""
    with st.container(border=True):
        st.subheader("Can this test answer it?", anchor=False)
        with told():
            app = state.application()
            others = repr([(c.campaign_id, c.revision) for c in state.campaigns().values()])
            workspace = app.settings.workspace
            _show(_answer(workspace, repr(brief), segmentation_id, others, brief))


# For a minute: which tests are running depends on the day too.
@st.cache_data(show_spinner=False, max_entries=64, ttl=60)
def _answer(
    workspace: Path, asked: str, segmentation_id: str, others: str, _brief: Brief
) -> Answerability:
    # The workspace, the brief as text and the other campaigns only make the key.
    del workspace, asked, others
    return state.application().planning.answer(_brief, segmentation_id)


def _show(found: Answerability) -> None:
    _verdict(found)
    st.text(found.sentence)
    if found.overall is not None and found.baseline is not None:
        level = found.baseline.overall.mean
        usual = f"{level:.4g}" if found.amounts else percent(level)
        st.caption(
            f"Usual value: {usual}, from {plain(found.baseline.source)}. Each of "
            f"{count(found.groups - 1, 'message group')} is compared with the "
            f"{plain(found.control.lower())}, at "
            f"{percent(found.alpha / (found.groups - 1))} error each."
        )
        _reaches(found)
        _ways(found)
    for note in found.notes:
        st.caption(plain(note))
    if found.exploratory:
        st.caption("Nothing is forbidden. The report will call what comes of it exploratory.")


def _verdict(found: Answerability) -> None:
    if found.overall is None:
        st.badge("Not known yet", icon=":material/help:", color="gray")
    elif found.answers:
        st.badge("It can answer", icon=":material/check_circle:", color="green")
    else:
        st.badge("It cannot answer", icon=":material/error:", color="orange")


def _reaches(found: Answerability) -> None:
    """What everybody together and each segment can show."""
    every = [reach for reach in (found.overall, *found.segments) if reach is not None]
    st.table(
        [
            {
                "Read": plain(reach.segment or "All customers"),
                "Per group": f"{reach.n_treatment:,}",
                "Sees a change from": _seen(found, reach),
                f"Chance to see {_effect(found.smallest_effect)}": chance(reach.chance),
            }
            for reach in every
        ],
        hide_index=True,
        alt="What the test can show, for all customers and for each segment",
    )


def _ways(found: Answerability) -> None:
    if not found.ways:
        return
    st.markdown("**What would answer, or come closer**")
    st.table(
        [_way(found, way) for way in found.ways],
        hide_index=True,
        alt="Other plans, and what each would show",
    )


def _way(found: Answerability, way: Way) -> dict[str, str]:
    return {
        "Instead": _unbroken(plain(way.change)),
        "Sees a change from": _seen(found, way.reach),
        "Chance": _unbroken(f"{chance(way.reach.chance)} to see {_effect(way.smallest_effect)}"),
        "Answers": "yes" if way.answers else "no",
    }


def _effect(lift: float) -> str:
    return f"{100 * lift:+.3g} %"


def _seen(found: Answerability, reach: Reach) -> str:
    """The smallest change seen with the planned power: in points or as an amount, and relative."""
    size = reach.detectable_difference
    if size is None:
        return "none"
    amount = f"{size:+.3g}" if found.amounts else f"{points(size)} points"
    return _unbroken(f"{amount} ({change(reach.detectable_lift)})")


def _unbroken(cell: str) -> str:
    """The text with each percent sign kept beside its number."""
    return cell.replace(" %", "\N{NO-BREAK SPACE}%")


def own_data(campaign: Campaign) -> None:
    """How often the test sees something on its own customers where there is nothing to see."""
    st.header("False alarms on these customers", anchor=False)
    st.text(
        "Deals the groups out again by chance, so that nothing can work, and counts how often the "
        f"test still sees a difference: {_SHUFFLES.runs:,} times, with seed {_SHUFFLES.seed}."
    )
    if st.button("Count false alarms", key="results.placebo", icon=":material/casino:"):
        st.session_state[_SHOWN] = campaign.campaign_id
    if st.session_state.get(_SHOWN) != campaign.campaign_id:
        return
    with told():
        imports = state.application().results.imports(campaign.campaign_id)
        workspace = state.application().settings.workspace
        _table(_placebo(workspace, campaign.campaign_id, campaign.revision, repr(imports)))


@st.cache_data(show_spinner="Dealing the groups out by chance", max_entries=16)
def _placebo(workspace: Path, campaign_id: str, revision: int, imports: str) -> Placebo:
    # Everything but the id only makes the key: what is stored for these never changes.
    del workspace, revision, imports
    return state.application().results.placebo(campaign_id, _SHUFFLES)


def _table(found: Placebo) -> None:
    st.text(found.sentence)
    st.table(
        [_row(row) for row in found.rows],
        hide_index=True,
        alt=f"False alarms of each metric in {found.runs:,} shuffles",
    )
    st.caption(
        f"{percent(found.alpha)} false alarms are promised. Uniform p asks whether the p-values "
        "spread evenly, as they should; a value below 0.001 would say that they do not."
    )
    for row in found.rows:
        if row.share is not None and row.undefined:
            group = plain(f"{sentence(metric_words(row.metric))}, {row.arm}")
            st.caption(f"{group}: {plain(row.undefined)}")


def _row(row: PlaceboRow) -> dict[str, str]:
    share = row.undefined or "not known"
    if row.share is not None and row.share_interval is not None:
        low, high = row.share_interval
        share = f"{100 * row.share:.1f} % (95 %: {100 * low:.1f} to {100 * high:.1f} %)"
    adjusted = " (adjusted)" if row.covariate_adjusted else ""
    return {
        "Metric": plain(sentence(metric_words(row.metric)) + adjusted),
        "Group": plain(row.arm or "all"),
        "False alarms": _unbroken(plain(share)),
        "Uniform p": p_value(row.ks_p_value),
    }
