"""Sessions that send what no page offered them: nothing is recorded for who may not."""

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from core.models.messages import VariantState
from core.models.people import Role
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.browser.conftest import serving
from tests.sessions import Session

CAMPAIGN = "dress-for-the-week"
PAGES = ("", "customers", "segments", "library", "messages", "approvals", "send", "results",
         "settings")  # fmt: skip
VARIANT = f"{CAMPAIGN}-high-spenders-urgent"


@pytest.fixture(scope="module")
def cold(written: Path) -> Iterator[tuple[str, Path]]:
    """A server nobody has visited before the first test, and its workspace.

    Messages are in review; somebody may do everything, and somebody nothing.
    """
    with opened(config.load(written, environment={})) as app:
        admin = app.people.get("admin")
        app.people.add("everything", list(Role), by=admin)
        app.people.add("nothing", [], by=admin)
    with serving(written) as address:
        yield address, written


def state(folder: Path) -> str:
    """A hash of everything stored, but for when people were last seen and how runs are kept."""
    with sqlite3.connect(f"file:{folder}/data/processed/state.db?mode=ro", uri=True) as database:
        digest = hashlib.sha256()
        for line in database.iterdump():
            if line.startswith("INSERT") and "people_seen" not in line:
                digest.update(line.encode())
        return digest.hexdigest()


def buttons(address: str, person: str) -> dict[str, set[str]]:
    """The ids of every button on every page, as a person sees them."""
    found = {}
    for name in PAGES:
        with Session(address, name, f"campaign={CAMPAIGN}") as session:
            session.choose("frame.person", person)
            found[name] = {
                e.button.id for e in session.elements if e.WhichOneof("type") == "button"
            }
    return found


def test_a_deep_link_opened_first_tells_and_does_nothing_before_somebody_is_known(
    cold: tuple[str, Path],
) -> None:
    address, folder = cold
    with Session(address, "approvals", f"campaign={CAMPAIGN}") as first:
        assert "Who are you?" in first.said()
        assert first.id_of("approvals.approve") is None
        before = state(folder)
        known = buttons(address, "approver")
        first.run(*known["approvals"])
        first.values["$$ID-forged-approvals.variant"] = WidgetState(
            id="$$ID-forged-approvals.variant", string_value="High spenders, urgent"
        )
        first.run(*known["approvals"])
        assert "Who are you?" in first.said()
    assert state(folder) == before


def test_nobody_and_somebody_without_a_role_press_every_button_for_nothing(
    cold: tuple[str, Path],
) -> None:
    address, folder = cold
    every = buttons(address, "everything")
    assert sum(map(len, every.values())) > 30
    before = state(folder)
    for name in PAGES:
        with Session(address, name, f"campaign={CAMPAIGN}") as stranger:
            stranger.run(*every[name])
            assert "Who are you?" in stranger.said()
        with Session(address, name, f"campaign={CAMPAIGN}") as powerless:
            powerless.choose("frame.person", "nothing")
            powerless.run(*sorted(every[name]))
            assert not [a for a in powerless.alerts() if a.startswith(("Approved", "Kept"))]
    assert state(folder) == before


@pytest.mark.parametrize("person", ["marketer", "analyst", "admin"])
def test_a_closed_button_that_is_pressed_all_the_same_decides_nothing(
    person: str, cold: tuple[str, Path]
) -> None:
    address, folder = cold
    with Session(address, "approvals", f"campaign={CAMPAIGN}") as session:
        session.choose("frame.person", person)
        assert session.widget("approvals.approve").disabled
        for key in ("approve", "reject", "request_changes"):
            session.press(f"approvals.{key}")
    with opened(config.load(folder, environment={})) as app:
        assert app.approvals.decisions(VARIANT) == ()
        assert app.messages.get(VARIANT).state is VariantState.NEEDS_REVIEW


def test_a_page_that_was_open_while_the_text_changed_decides_nothing(
    cold: tuple[str, Path],
) -> None:
    address, folder = cold
    with Session(address, "approvals", f"campaign={CAMPAIGN}") as session:
        session.choose("frame.person", "approver")
        with opened(config.load(folder, environment={})) as app:
            now = app.messages.get(VARIANT)
            message = replace(now.message, subject="Dress for the week ahead")
            app.messages.edit(VARIANT, message, expected_revision=1, by=app.people.get("admin"))
        session.press("approvals.approve")
        assert "Nothing was recorded" in session.alerts()[0]
        # Looked at again, it is the new text that is decided about.
        session.choose("approvals.variant", "High spenders, urgent")
        session.tick("approvals.seen_")
        session.press("approvals.approve")
        assert "revision 2" in session.alerts()[0]
