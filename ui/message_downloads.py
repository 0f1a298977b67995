"""What can be taken away from the messages of a campaign.

Keys: `messages.download_<what>`.
"""

from collections.abc import Sequence

import streamlit as st

from core.models.campaign import Campaign
from core.models.messages import Level, Variant
from ui import files, state

_HEADER = (
    "variant_id", "segment", "tone", "revision", "state", "subject", "preheader", "body",
    "blocking", "to_look_at", "engine", "model", "tokens_input", "tokens_output", "cost_usd",
)  # fmt: skip


def buttons(campaign: Campaign, variants: Sequence[Variant]) -> None:
    """The messages as JSON, exact, and for Excel."""
    app, name = state.application(), campaign.campaign_id
    offers = (
        ("variants.json", "json", "application/json",
         lambda: app.messages.document(campaign.campaign_id).encode()),
        ("CSV, exact", "csv", "text/csv", lambda: files.exact(_HEADER, map(_row, variants))),
        ("CSV for Excel", "excel", "text/csv",
         lambda: files.for_excel(_HEADER, map(_row, variants))),
    )  # fmt: skip
    with st.container(horizontal=True):
        for words, key, mime, data in offers:
            what = "variants" if key == "json" else f"messages_{key}"
            st.download_button(
                words,
                data,
                file_name=files.named(name, what, "json" if key == "json" else "csv"),
                mime=mime,
                key=f"messages.download_{key}",
                on_click="ignore",
                icon=":material/download:",
            )


def _row(variant: Variant) -> tuple[object, ...]:
    message, made = variant.message, variant.generation
    found = variant.screened.findings if variant.screened else ()
    levels = [sum(f.level is level for f in found) for level in (Level.BLOCK, Level.REVIEW)]
    return (
        variant.variant_id, variant.segment, variant.tone.value, variant.revision,
        variant.state.value, message.subject, message.preheader, message.body, *levels,
        made.engine, made.model, made.tokens_input, made.tokens_output, made.cost_usd,
    )  # fmt: skip
