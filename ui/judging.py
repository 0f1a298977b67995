"""What a brief fixes about the reading: guardrails, days, stages, customers of other tests.

Keys, after `messages.brief_`: `guardrails`, `margin_<metric>`, `share_<metric>`, `outcome_days`,
`in_stages`, `may_overlap`.
"""

from dataclasses import replace

import streamlit as st

from core.errors import BadInput
from core.models.campaign import Brief
from core.models.experiment import Harm, MetricKind, MetricSpec
from core.reports.words import metric_words
from ui import state
from ui.words import count, plain, sentence

_PREFIX = "messages.brief_"
_USUAL_SHARES = {
    "unsubscribe:proportion:rise": 0.2,
    "complaint:proportion:rise": None,
    "return:proportion:rise": None,
}


def values(brief: Brief) -> dict[str, object]:
    """What a brief says, field by field."""
    return {
        "guardrails": [_bare(spec) for spec in brief.guardrails],
        "outcome_days": brief.outcome_days,
        "in_stages": brief.in_stages,
        "may_overlap": brief.may_overlap,
    }


def fields(brief: Brief, of: object) -> None:
    """What must not get worse, when the result is read, and who may take part.

    `of` is what the form is about, as `state.begun` takes it.
    """
    written = [_bare(spec) for spec in brief.guardrails]
    # A text of one's own has to stay as it was typed: its label would come back as its value.
    labels = {spec: _label(spec) for spec in (*_USUAL_SHARES, *written)}
    chosen = st.multiselect(
        "Guardrails: what must not get worse",
        list(labels),
        format_func=lambda spec: labels.get(spec, spec),
        accept_new_options=True,
        placeholder="Choose, or write your own",
        help="Your own as COLUMN:proportion:rise, COLUMN:mean:fall or NAME=A/B:ratio:rise; the "
        "last word is the direction that is harm.",
        key=_PREFIX + "guardrails",
    )
    for spec in chosen:
        _margin(brief, of, str(spec))
    st.number_input(
        "Days after the send until the result is read",
        1,
        365,
        key=_PREFIX + "outcome_days",
        help="Outcomes of these days count. A reading before is preliminary.",
    )
    st.toggle(
        "Sent in stages",
        key=_PREFIX + "in_stages",
        help="The send goes out in parts and is read after each. The intervals allow for looking "
        "again and again; the outcomes need the day of each customer's send (sent_on).",
    )
    st.toggle(
        "May share customers with other tests",
        key=_PREFIX + "may_overlap",
        help="Off: whoever is in another running test is left out of this one. On: they take "
        "part in both, and what one test does to them may be counted for the other.",
    )


def filled(brief: Brief) -> Brief:
    """The brief with what these fields say."""
    written = [str(spec) for spec in st.session_state[_PREFIX + "guardrails"]]
    return replace(
        brief,
        guardrails=tuple(_with_margin(spec) for spec in written),
        outcome_days=int(st.session_state[_PREFIX + "outcome_days"]),
        in_stages=bool(st.session_state[_PREFIX + "in_stages"]),
        may_overlap=bool(st.session_state[_PREFIX + "may_overlap"]),
    )


def _margin(brief: Brief, of: object, spec: str) -> None:
    """How much harm would be accepted, and how many customers it takes to rule out more."""
    metric = _parsed(spec)
    if metric is None:
        st.caption(f"{plain(spec)}: write COLUMN:proportion:rise, for example.")
        return
    if metric.margin is not None:
        return
    kept = [_parsed(each) for each in brief.guardrails]
    known = next((k.margin for k in kept if k and k.name == metric.name and k.margin), None)
    noun, way = sentence(metric_words(metric.name)), metric.harmful.value
    is_share = metric.kind is MetricKind.PROPORTION
    margin_said, share_said = f"margin_{metric.name}", f"share_{metric.name}"
    state.begun(_PREFIX, of, {margin_said: known and known * (100 if is_share else 1)})
    margin = st.number_input(
        f"{noun}: {way} accepted ({'points' if is_share else 'per customer'})",
        min_value=0.0,
        value=None,
        step=0.01,
        format="%0.3f",
        placeholder="None",
        help="The largest harm that would be accepted. Empty: only harm that is shown counts.",
        key=_PREFIX + margin_said,
    )
    if margin and is_share:
        state.begun(_PREFIX, of, {share_said: _USUAL_SHARES.get(spec)})
        share = st.number_input(
            f"{noun}: usual share (%)",
            0.01,
            99.0,
            None,
            step=0.1,
            help="For the number below only.",
            key=_PREFIX + share_said,
        )
        st.caption(_needed(noun.lower(), margin, share))


def _needed(noun: str, margin: float, share: float | None) -> str:
    if share is None:
        return f"Give the usual share of {noun} to see how many customers that takes."
    needed = state.application().planning.customers_for_margin(share / 100, margin / 100)
    return (
        f"To rule out more than {margin:g} points where {share:g} % is usual, a group takes about "
        f"{count(needed, 'customer')}."
    )


def _with_margin(spec: str) -> str:
    """The guardrail as it is stored: with the margin of its field."""
    metric = _parsed(spec)
    margin = st.session_state.get(f"{_PREFIX}margin_{metric.name}") if metric else None
    if metric is None or metric.margin is not None or not margin:
        return spec
    amount = float(margin) / (100 if metric.kind is MetricKind.PROPORTION else 1)
    # A margin stands after the direction, so the direction is written out.
    direction = "" if metric.harm is not None else f":{metric.harmful.value}"
    return f"{spec}{direction}:{amount:.6g}"


def _bare(spec: str) -> str:
    """The guardrail without its margin, which has a field of its own."""
    metric = _parsed(spec)
    return spec.rpartition(":")[0] if metric is not None and metric.margin is not None else spec


def _parsed(spec: str) -> MetricSpec | None:
    """The metric, or None for a text that is none: saving the brief says why."""
    try:
        return MetricSpec.parse(spec)
    except BadInput:
        return None


def _label(spec: str) -> str:
    metric = _parsed(spec)
    if metric is None:
        return spec
    way = "more" if metric.harmful is Harm.RISE else "fewer"
    if metric.kind is not MetricKind.PROPORTION:
        way = "higher" if metric.harmful is Harm.RISE else "lower"
    return f"{sentence(metric_words(metric.name))} ({way} is harm)"
