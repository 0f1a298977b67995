"""Whether what the sender sent is what was approved: a received mail, and what was found.

Nothing of a mail is shown as HTML: every quoted word is escaped.

Keys: `send.sent_file`, `send.sent_variant`, `send.sent_customer`, `send.check_sent`,
`send.sent_standing`.
"""

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.errors import BadInput
from core.models.campaign import Campaign
from core.models.sent_mail import Comparison, Difference, SentCheck, SentResult
from core.orchestrator.service.sent_mail import Standing
from ui import state
from ui.actions import act
from ui.message_grid import label
from ui.message_html import quoted_html
from ui.rights import Permission, refusal
from ui.words import count, listed, moment, plain, sentence

_FOUND = "send.sent_found"
_ANY = "the one that agrees best"
_LARGEST_MB = 10
_MOST_SHOWN = 50
_RESULTS = {
    SentResult.SAME: "same",
    SentResult.SAME_WORDS: "same words, links not seen through",
    SentResult.DIFFERS: "differs",
}


def section(campaign: Campaign) -> None:
    """Each exported message with its last comparison, a place for a mail, and what was found."""
    standing = state.application().sent_mail.standing(campaign.campaign_id)
    if not standing:
        return
    st.header("Sent = approved", anchor=False)
    st.text(
        "Send each message to the seed inbox, save the received mail as .eml and choose it here. "
        "Text, links, prices and footer are held against what was approved. The mail itself is "
        "not kept, as it holds somebody's address; only its SHA-256 and the result are."
    )
    _standing(standing)
    _form(campaign, standing)
    _found(campaign, standing)


def _standing(standing: Sequence[Standing]) -> None:
    st.dataframe(
        [{"Message": label(s.variant), **_last(s.last)} for s in standing],
        hide_index=True,
        key="send.sent_standing",
        alt="Exported messages, and whether what was sent is what was approved",
    )


def _last(check: SentCheck | None) -> dict[str, str]:
    if check is None:
        return {"Received mail": "not checked yet", "Checked": "", "By": ""}
    said = _RESULTS[check.result]
    if check.differences:
        said = f"{said}: {count(check.differences, 'difference')}"
    return {"Received mail": said, "Checked": moment(check.at), "By": check.by}


def _form(campaign: Campaign, standing: Sequence[Standing]) -> None:
    why = refusal(Permission.EXPORT)
    names = {s.variant.variant_id: label(s.variant) for s in standing}
    values = {"sent_variant": "", "sent_customer": ""}
    number = state.begun("send.", campaign.campaign_id, values)
    with st.form(f"send.sent_form_{number}"):
        st.file_uploader(
            "The received mail (.eml)", key="send.sent_file", max_upload_size=_LARGEST_MB
        )
        one, other = st.columns(2)
        one.selectbox(
            "Which message is it?",
            ["", *names],
            format_func=lambda chosen: names.get(chosen, _ANY),
            key="send.sent_variant",
        )
        other.text_input(
            "Customer whose values it holds, if it is a real one",
            key="send.sent_customer",
            help="Then the mail has to be word for word what this customer was to get. Left "
            "empty, any value may stand in the place of a merge field, and is listed.",
        )
        st.form_submit_button(
            "Compare with what was approved",
            key="send.check_sent",
            icon=":material/difference:",
            disabled=bool(why),
            on_click=act,
            args=(_check, campaign.campaign_id),
        )
        if why:
            st.caption(plain(why))


def _check(campaign_id: str) -> str:
    """Compare the chosen mail; what was found stands on the page that follows."""
    st.session_state.pop(_FOUND, None)
    upload = st.session_state["send.sent_file"]
    if upload is None:
        raise BadInput("No mail was chosen; save the received one as .eml and choose it.")
    found = state.application().sent_mail.check(
        campaign_id,
        upload.getvalue(),
        file_name=upload.name,
        by=state.acting(),
        variant_id=st.session_state["send.sent_variant"] or None,
        customer_id=str(st.session_state["send.sent_customer"]).strip() or None,
    )
    st.session_state[_FOUND] = (campaign_id, found)
    return ""


def _found(campaign: Campaign, standing: Sequence[Standing]) -> None:
    """What the last comparison of this session came to."""
    of, found = st.session_state.get(_FOUND, ("", None))
    if found is None or of != campaign.campaign_id:
        return
    names = {s.variant.variant_id: label(s.variant) for s in standing}
    name = names.get(found.variant_id, found.variant_id)
    with st.container(border=True):
        _verdict(found, name)
        for each in found.differences[:_MOST_SHOWN]:
            st.markdown(f"**{plain(sentence(each.kind))}**, {plain(each.where)}")
            st.html(quoted_html(_difference_html(each)))
        if len(found.differences) > _MOST_SHOWN:
            st.text(f"And {len(found.differences) - _MOST_SHOWN:,} more: this is another mail.")
        _rest(found)


def _verdict(found: Comparison, name: str) -> None:
    if found.result is SentResult.DIFFERS:
        number = count(len(found.differences), "difference")
        st.error(
            f"Differs from what was approved: {number} from {plain(name)}. Correct it in the "
            "sender before anybody gets it.",
            icon=":material/error:",
        )
    elif found.result is SentResult.SAME_WORDS:
        number = count(len(found.unseen), "link")
        st.warning(
            f"Every word is as approved in {plain(name)}; {number} could not be seen through. "
            "Open them once and look where they lead.",
            icon=":material/visibility_off:",
        )
    else:
        st.success(
            f"What was received is what was approved: {plain(name)}. Text, links, prices and "
            "footer are the same.",
            icon=":material/check_circle:",
        )


def _difference_html(each: Difference) -> str:
    was, now = escape(each.approved or "(nothing)"), escape(each.received or "(nothing)")
    why = f"\n{escape(each.explanation)}" if each.explanation else ""
    return f"approved: <del>{was}</del> / received: <ins>{now}</ins>{why}"


def _rest(found: Comparison) -> None:
    for each in found.unseen:
        st.text(f"Not checked, its target is not visible: {each}")
    if found.values:
        read = listed(f"{value.name} read as '{value.value}'" for value in found.values)
        st.text(f"Merge fields: {read}.")
    for note in found.notes:
        st.caption(plain(note))
