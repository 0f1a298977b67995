"""A click that comes before the next page is drawn decides about nothing that nobody has seen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.models.messages import VariantState
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.browser.conftest import serving
from tests.journeys.paid_run import NEXT as CAMPAIGN
from tests.sessions import Session

FIRST = f"{CAMPAIGN}-high-spenders-urgent"


@pytest.fixture(scope="module")
def served(written: Path) -> Iterator[tuple[str, Path]]:
    with serving(written) as address:
        yield address, written


def approved(folder: Path) -> set[str]:
    with opened(config.load(folder, environment={})) as app:
        every = app.messages.variants(CAMPAIGN)
    return {v.variant_id for v in every if v.state is VariantState.APPROVED}


def test_the_second_of_two_quick_clicks_approves_nothing_unseen(served: tuple[str, Path]) -> None:
    address, folder = served
    with Session(address, "approvals", f"campaign={CAMPAIGN}") as session:
        session.choose("frame.person", "approver")
        seen = dict(session.values)
        session.press("approvals.approve")
        assert approved(folder) == {FIRST}
        # The server has drawn the next message, the browser not yet: it still holds the first.
        drawn = session.values
        for decision in ("approve", "request_changes", "reject"):
            session.values = dict(seen)
            session.press(f"approvals.{decision}")
            assert "before the next message was shown" in session.alerts()[0]
        assert approved(folder) == {FIRST}
        # Looked at, it is approved.
        session.values = drawn
        session.run()
        session.press("approvals.approve")
        assert len(approved(folder)) == 2
