"""A sandbox for the content policy: move a line or add a word and see which texts would flip.

Keys: `content_checks.what_if_<category>`, `content_checks.what_if_words`,
`content_checks.what_if_show`, `content_checks.what_if_reason`, `content_checks.what_if_propose`.
"""

from dataclasses import replace

import streamlit as st

from core.models.policy import PolicyTexts
from core.orchestrator.policy import FILES, Policy
from core.orchestrator.policy_edit import with_values
from ui import policy_diff, policy_fields, policy_settings, state
from ui.actions import act
from ui.rights import Permission, refusal
from ui.trouble import told

_PREFIX = "content_checks.what_if_"


def sandbox() -> None:
    """For those who may propose a policy; nothing here changes anything."""
    if refusal(Permission.PROPOSE_POLICY):
        return
    st.header("What if the line were elsewhere?", anchor=False)
    now = state.application().policies.in_force()
    begun: dict[str, object] = dict(now.safety.lines) | {"words": ""}
    state.begun(_PREFIX, now.number, begun)
    one, two = st.columns(2)
    with one:
        policy_fields.lines(_PREFIX, now)
    two.text_area("More words that stop a message, one a line", key=f"{_PREFIX}words", height=230)
    with told():
        texts = _texts(now)
        if texts == now.texts:
            st.text("Move a line or add a word; nothing here changes anything.")
            return
        state.application().policies.checked(texts)
        policy_diff.diff(now.texts, texts)
        policy_diff.effect(texts)
        policy_settings.flips(texts, f"{_PREFIX}show")
        st.text_input("Why", key=f"{_PREFIX}reason", max_chars=2000)
        st.button(
            "Propose policy",
            key=f"{_PREFIX}propose",
            icon=":material/send:",
            on_click=act,
            args=(policy_settings.proposed, texts, now.number, f"{_PREFIX}reason"),
        )


def _texts(now: Policy) -> PolicyTexts:
    words = policy_fields.one_a_line(str(st.session_state[f"{_PREFIX}words"]))
    more = [word for word in words if word not in now.brand.prohibited]
    thresholds = with_values(
        now.texts.thresholds, policy_fields.of_lines(_PREFIX), name=FILES["thresholds"]
    )
    if not more:
        return replace(now.texts, thresholds=thresholds)
    prohibited = [*now.brand.prohibited, *more]
    brand = with_values(now.texts.brand, {"prohibited": prohibited}, name=FILES["brand"])
    return replace(now.texts, thresholds=thresholds, brand=brand)
