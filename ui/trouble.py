"""What went wrong, in words for the person who meets it; the rest goes to the log."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import OrchestratorError
from ui.words import plain

# A child of `core`, so that it reaches logs/system.log.
logger = logging.getLogger("core.pages")


def explained(error: Exception) -> str:
    """One or two sentences: an expected failure in its own words, any other by a reference."""
    if isinstance(error, OrchestratorError):
        return plain(error)
    reference = secrets.token_hex(4)
    logger.error("unexpected failure, reference %s", reference, exc_info=error)
    return (
        "Something failed that should not have. What was stored before is unharmed; reload the "
        f"page and repeat the last step. If it happens again, report reference {reference}."
    )


@contextmanager
def told() -> Iterator[None]:
    """Whatever fails inside is said in place of what would have been shown."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the last line before the person; it is logged
        st.error(explained(error), icon=":material/error:")
