"""The fields of a content policy, as a form and as YAML, and the texts they stand for.

Keys: `settings.policy_view`, `settings.policy_<category>` (the two lines of a score),
`settings.policy_<list of words>`, `settings.policy_<length>`, `settings.policy_disclosures`,
`settings.policy_approvers`, `settings.policy_undo_seconds`, `settings.policy_rules`, and
`settings.policy_yaml_<part>`.
"""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from core.errors import BadInput
from core.models.policy import PolicyTexts
from core.orchestrator.policy import FILES, Policy
from core.orchestrator.policy_edit import Value, dumped, loaded, with_values
from ui import state

NEVER = 7
CATEGORIES = {
    "hate": "Hate",
    "self_harm": "Self-harm",
    "sexual": "Sexual",
    "violence": "Violence",
}
_WORDS = {
    "prohibited": "Words that stop a message",
    "watched": "Words that a person looks at",
    "required": "What every message has to say",
}
_LENGTHS = {
    "subject_max": "Subject, characters at most",
    "preheader_max": "Preheader, characters at most",
    "words_min": "Body, words at least",
    "words_max": "Body, words at most",
}
_NO_GRADE = 0.0
_FORM, _YAML = "Form", "YAML"
_PREFIX, _YAML_PREFIX = "settings.policy_", "settings.policy_yaml_"


def wanted(now: Policy) -> PolicyTexts:
    """The texts as the fields say them, begun from the policy in force.

    Raises:
        BadInput: a field cannot be read.
    """
    view = st.radio("Change it as", [_FORM, _YAML], horizontal=True, key="settings.policy_view")
    return _as_yaml(now) if view == _YAML else _as_form(now)


def lines(prefix: str, now: Policy) -> None:
    """A slider for each category: from where a person looks, and from where a text is stopped."""
    for name, words in CATEGORIES.items():
        st.slider(
            f"{words}: looked at from, stopped from",
            0,
            NEVER,
            key=f"{prefix}{name}",
            help=f"Severities run from 0 to 6; {NEVER} is never reached. "
            f"In force: {now.safety.lines[name][0]} and {now.safety.lines[name][1]}.",
        )


def of_lines(prefix: str) -> Mapping[str, Value]:
    """The thresholds that the sliders say, by dotted key."""
    said = st.session_state
    both = {name: said[f"{prefix}{name}"] for name in CATEGORIES}
    return {f"{n}.review_at": int(pair[0]) for n, pair in both.items()} | {
        f"{n}.block_at": int(pair[1]) for n, pair in both.items()
    }


def one_a_line(text: str) -> list[str]:
    """The phrases of a field, one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _as_yaml(now: Policy) -> PolicyTexts:
    begun = {part: getattr(now.texts, part) for part in FILES}
    state.begun(_YAML_PREFIX, now.number, begun)
    for part, name in FILES.items():
        st.text_area(name, key=f"{_YAML_PREFIX}{part}", height=320)
    said = {part: str(st.session_state[f"{_YAML_PREFIX}{part}"]) for part in FILES}
    return PolicyTexts(**{part: text.replace("\r\n", "\n") for part, text in said.items()})


def _as_form(now: Policy) -> PolicyTexts:
    state.begun(_PREFIX, now.number, _begun(now))
    one, two = st.columns(2)
    with one:
        lines(_PREFIX, now)
        for name, words in _LENGTHS.items():
            st.number_input(words, min_value=1, max_value=10_000, key=f"{_PREFIX}{name}")
        st.number_input(
            "Reading grade above which a person looks",
            min_value=_NO_GRADE,
            max_value=100.0,
            step=0.5,
            key=f"{_PREFIX}grade_max",
            help="School grade after Flesch and Kincaid; 0 is no limit.",
        )
        st.number_input("Approvers", min_value=1, max_value=5, key=f"{_PREFIX}approvers")
        st.number_input(
            "Seconds to take a decision back",
            min_value=0,
            max_value=600,
            key=f"{_PREFIX}undo_seconds",
        )
    with two:
        for name, words in _WORDS.items():
            st.text_area(f"{words}, one a line", key=f"{_PREFIX}{name}", height=150)
        st.text_area("Disclosures (YAML)", key=f"{_PREFIX}disclosures", height=220)
        st.text_area("When more people have to approve (YAML)", key=f"{_PREFIX}rules", height=150)
    return _from_form(now)


def _begun(now: Policy) -> dict[str, object]:
    brand, approval = loaded(now.texts.brand), loaded(now.texts.approval)
    return (
        dict(now.safety.lines)
        | {name: "\n".join(getattr(now.brand, name)) for name in _WORDS}
        | {name: getattr(now.brand, name) for name in _LENGTHS}
        | {
            "grade_max": float(now.brand.grade_max or _NO_GRADE),
            "approvers": now.approval.approvers,
            "undo_seconds": now.approval.undo_seconds,
            "disclosures": dumped(brand.get("disclosures", [])),
            "rules": dumped(approval.get("rules", [])),
        }
    )


def _from_form(now: Policy) -> PolicyTexts:
    said = st.session_state
    brand: dict[str, Value] = {n: one_a_line(str(said[f"{_PREFIX}{n}"])) for n in _WORDS}
    brand |= {name: int(said[f"{_PREFIX}{name}"]) for name in _LENGTHS}
    brand["grade_max"] = float(said[f"{_PREFIX}grade_max"]) or None
    brand["disclosures"] = _rows("disclosures")
    approval: dict[str, Value] = {
        name: int(said[f"{_PREFIX}{name}"]) for name in ("approvers", "undo_seconds")
    } | {"rules": _rows("rules")}
    texts = now.texts
    return replace(
        texts,
        thresholds=with_values(texts.thresholds, of_lines(_PREFIX), name=FILES["thresholds"]),
        brand=with_values(texts.brand, _changed(brand, texts.brand), name=FILES["brand"]),
        approval=with_values(
            texts.approval, _changed(approval, texts.approval), name=FILES["approval"]
        ),
    )


def _changed(values: dict[str, Value], text: str) -> dict[str, Value]:
    """What is said and not just left out as it was: an empty list where there is none."""
    known = loaded(text)
    return {name: value for name, value in values.items() if name in known or value}


def _rows(name: str) -> list[object]:
    text = str(st.session_state[f"{_PREFIX}{name}"]).strip()
    if not text:
        return []
    rows = loaded(f"{name}:\n{text}\n", name=name).get(name)
    if not isinstance(rows, list):
        raise BadInput(f"{name}: write one row for each, beginning with a dash.")
    return rows
