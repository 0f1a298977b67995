"""What else is made of a sealed test on request: each offer is one row, made by a service.

Keys: `reports.make_<key>`, `reports.take_<key>`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from ui import files
from ui.actions import act


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to make: its button, its key, and what gives its bytes for a campaign.

    `ending` is that of the file, without a dot. `doing` is said while it is made.
    """

    words: str
    key: str
    ending: str
    mime: str
    doing: str
    made: Callable[[str], bytes]


# A service that makes a file of a campaign adds its row here, such as
# Offer("Evidence pack", "evidence", "zip", "application/zip", "Packing the evidence", made).
OFFERS: tuple[Offer, ...] = ()


def buttons(campaign_id: str) -> None:
    """A button for each offer; once made, the file to take away beside it."""
    for offer in OFFERS:
        held = _held(offer, campaign_id)
        with st.container(horizontal=True):
            key = f"reports.make_{offer.key}"
            st.button(offer.words, key=key, on_click=act, args=(_make, offer, campaign_id))
            if held in st.session_state:
                st.download_button(
                    f"{offer.words}, download",
                    st.session_state[held],
                    file_name=files.named(campaign_id, offer.key, offer.ending),
                    mime=offer.mime,
                    key=f"reports.take_{offer.key}",
                    on_click="ignore",
                    icon=":material/download:",
                )


def _make(offer: Offer, campaign_id: str) -> str:
    with st.spinner(offer.doing):
        st.session_state[_held(offer, campaign_id)] = offer.made(campaign_id)
    return f"{offer.words}: ready to download."


def _held(offer: Offer, campaign_id: str) -> str:
    return f"reports.held_{offer.key}_{campaign_id}"
