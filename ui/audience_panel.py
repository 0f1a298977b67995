"""What a message says of its readers: each statement counted, and what can be done about it.

Keys: `audience.remove_<number>`, `audience.conditional_<number>`, `audience.narrow_<number>`,
`audience.widen`.
"""

from collections.abc import Callable

import streamlit as st

from core.models.campaign import Campaign
from core.models.messages import Variant, VariantState
from core.orchestrator.service.audience_truth import StatementLine
from ui import state
from ui.actions import act, say
from ui.message_html import quote_html
from ui.rights import Permission, refusal
from ui.words import STATES, count, moment, plain, sentence

_FIXED = frozenset({VariantState.EXPORTED, VariantState.RETIRED})


def audience_panel(campaign: Campaign, variant: Variant, *, repairs: bool = True) -> None:
    """Every statement about the reader with its count; with `repairs`, what can be done."""
    if not variant.message.body:
        return
    app = state.application()
    lines = app.audience_truth.panel(variant.variant_id)
    readers = app.audience_truth.readers(campaign, variant.segment_id)
    st.subheader("What it says of its readers", anchor=False)
    st.caption(
        f"Counted over {count(readers.customers, 'customer')} of {plain(readers.name)}, "
        f"for {moment(readers.day)}."
    )
    if not lines:
        st.badge("It says nothing of them", icon=":material/check:", color="green")
    for number, line in enumerate(lines, start=1):
        with st.container(border=True, gap="xsmall"):
            _statement(line)
            if repairs and not line.holds:
                _repairs(campaign, variant, line, number)


def _statement(line: StatementLine) -> None:
    if line.holds:
        st.badge("True of everybody", icon=":material/check_circle:", color="green")
    elif line.statement.soft:
        st.badge("Look at this", icon=":material/flag:", color="orange")
    elif line.statement.rule is None:
        st.badge("Cannot be counted", icon=":material/block:", color="red")
    else:
        st.badge("Not true of everybody", icon=":material/block:", color="red")
    st.html(quote_html(line.sentence))
    if line.predicate:
        by = f", as {line.statement.approved} is meant for" if line.statement.approved else ""
        st.caption(f"Would have to hold{by}: {plain(line.predicate)}")
    st.text(line.why)


def _repairs(campaign: Campaign, variant: Variant, line: StatementLine, number: int) -> None:
    why = refusal(Permission.WRITE)
    if why is None and variant.state in _FIXED:
        why = "It was exported."
    with st.container(horizontal=True):
        _button(
            "Remove the sentence",
            f"remove_{number}",
            ":material/remove:",
            why,
            _remove,
            variant,
            line,
        )
        if line.conditional is not None:
            _button("Make it conditional", f"conditional_{number}", ":material/call_split:", why,
                    _make_conditional, variant, line)  # fmt: skip
    if line.narrowing is not None:
        _narrowing(campaign, line.narrowing, number, why)
    if why:
        st.caption(plain(why))


def _button(
    label: str, key: str, icon: str, why: str | None, write: Callable[..., str], *args: object
) -> None:
    st.button(
        label, key=f"audience.{key}", icon=icon, disabled=bool(why), on_click=act,
        args=(write, *args),
    )  # fmt: skip


def _narrowing(campaign: Campaign, rule: str, number: int, why: str | None) -> None:
    """The size before and after, and the button that adopts it for the whole campaign."""
    app = state.application()
    if app.send.experiment(campaign.campaign_id) is not None:
        st.caption("The send is prepared, so its audience is fixed.")
        return
    found = app.audience_truth.narrowing(campaign.campaign_id, rule)
    st.caption(f"{plain(found.words)} All groups alike; what was approved needs approval again.")
    nobody = None if found.after else "Nobody would be left, so the audience cannot be this."
    _button("Narrow the audience", f"narrow_{number}", ":material/filter_alt:", why or nobody,
            _narrow, campaign, rule)  # fmt: skip
    if nobody and not why:
        st.caption(nobody)


def narrowed(campaign: Campaign) -> None:
    """To whom a campaign was narrowed, and the way back; nothing where it is for everybody."""
    rule = campaign.brief.audience
    if not rule:
        return
    app = state.application()
    found = app.audience_truth.narrowing(campaign.campaign_id, "")
    fixed = app.send.experiment(campaign.campaign_id) is not None
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**Only customers with:** {plain(rule)}")
        st.caption(f"{count(found.before, 'customer')} of {found.after:,}, in every group alike.")
        if not fixed:
            _button("For everybody again", "widen", ":material/filter_alt_off:",
                    refusal(Permission.WRITE), _narrow, campaign, "")  # fmt: skip


def _remove(variant: Variant, line: StatementLine) -> str:
    changed = state.application().audience_truth.remove(
        variant.variant_id, line, expected_revision=variant.revision, by=state.acting()
    )
    return _checked("The sentence is gone", changed)


def _make_conditional(variant: Variant, line: StatementLine) -> str:
    changed = state.application().audience_truth.make_conditional(
        variant.variant_id, line, expected_revision=variant.revision, by=state.acting()
    )
    return _checked("Only those of whom it is true will read it", changed)


def _narrow(campaign: Campaign, rule: str) -> str:
    found = state.application().audience_truth.narrow(
        campaign.campaign_id, rule, expected_revision=campaign.revision, by=state.acting()
    )
    return plain(found.words)


def _checked(words: str, variant: Variant) -> str:
    """What a repair came to; a message that is still blocked is no success."""
    said = f"{words}. Revision {variant.revision}: {sentence(STATES[variant.state]).lower()}."
    if variant.state is not VariantState.BLOCKED:
        return said
    say("warning", said)
    return ""
