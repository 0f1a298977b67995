"""The decision card: written in the brief, shown before the lock, and shown as it was locked."""

from pathlib import Path

import pytest

from core.models.approval import ReviewDecision
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.conftest import CAMPAIGN
from tests.pages.reading import sound, words

FINISHED = "mens-and-womens-mailing"
UNSUBSCRIBES = "unsubscribe:proportion:rise"


@pytest.fixture
def brief(visit, loaded):
    """The brief of the next mailing, open for changes."""
    visitor = visit("messages", loaded, "marketer", CAMPAIGN)
    visitor.segmented_control(key="messages.view").set_value("Brief").run()
    sound(visitor)
    return visitor


def stored(folder: Path):
    with opened(config.load(folder, environment={})) as app:
        return app.campaigns.get(CAMPAIGN).brief


def test_what_a_brief_fixes_is_stored_with_the_margin_in_points(brief, tmp_path):
    brief.multiselect(key="messages.brief_guardrails").set_value([UNSUBSCRIBES]).run()
    assert not [
        n for n in brief.number_input if "usual share" in n.label.lower() and "Unsub" in n.label
    ]
    brief.number_input(key="messages.brief_margin_unsubscribe").set_value(0.05).run()
    assert "where 0.2 % is usual, a group takes about 98,800 customers" in words(brief)
    brief.number_input(key="messages.brief_outcome_days").set_value(21)
    brief.toggle(key="messages.brief_in_stages").set_value(True)
    brief.toggle(key="messages.brief_may_overlap").set_value(True)
    brief.button(key="messages.save_brief").click().run()
    sound(brief)
    found = stored(tmp_path / "workspace")
    assert found.guardrails == ("unsubscribe:proportion:rise:0.0005",)
    assert (found.outcome_days, found.in_stages, found.may_overlap) == (21, True, True)
    # Opened again, the margin stands in its field and is not written twice.
    assert brief.multiselect(key="messages.brief_guardrails").value == [UNSUBSCRIBES]
    assert brief.number_input(key="messages.brief_margin_unsubscribe").value == pytest.approx(0.05)
    brief.button(key="messages.save_brief").click().run()
    assert stored(tmp_path / "workspace").guardrails == found.guardrails


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("refunds", "cannot be read"),
        ("visit:proportion:fall", "cannot be its guardrail too"),
    ],
)
def test_a_guardrail_that_cannot_be_one_is_refused_in_words(brief, written, said, tmp_path):
    brief.multiselect(key="messages.brief_guardrails").set_value([written]).run()
    brief.button(key="messages.save_brief").click().run()
    assert said in brief.error[0].value
    assert stored(tmp_path / "workspace").guardrails == ()


def test_a_guardrail_of_ones_own_is_stored_as_it_was_written(brief, tmp_path):
    own = "refund:mean:rise:0.5"
    brief.multiselect(key="messages.brief_guardrails").set_value([own]).run()
    brief.button(key="messages.save_brief").click().run()
    sound(brief)
    assert stored(tmp_path / "workspace").guardrails == (own,)


def test_the_card_stands_on_the_send_page_before_the_lock_and_after(visit, written, tmp_path):
    visitor = visit("send", written, "marketer")
    seen = words(visitor)
    assert "Decision card, as it will be locked" in seen
    assert "once, 14 days after the first export" in seen
    assert "Missing: a guardrail, such as unsubscribes" in seen
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        approver, marketer = app.people.get("approver"), app.people.get("marketer")
        for each in app.approvals.queue(CAMPAIGN):
            app.approvals.decide(
                each.variant_id,
                ReviewDecision.APPROVE,
                revision=each.revision,
                reason="",
                by=approver,
            )
        app.send.prepare(CAMPAIGN, by=marketer)
        app.send.export(CAMPAIGN, profile="generic", out=tmp_path / "x", by=marketer)
        day = app.results.read_out_on(CAMPAIGN)
    assert day is not None
    visitor.run()
    seen = words(visitor)
    assert "Decision card, as it was locked" in seen
    assert f"once, on {day.day} {day:%B %Y}, 14 days after the first export" in seen


def test_the_card_of_a_mailing_of_elsewhere_says_that_it_came_after(visit, loaded):
    visitor = visit("send", loaded, "marketer", FINISHED)
    seen = words(visitor)
    assert "Decision card, written down after the send" in seen
    assert "once; the mailing was imported with its outcomes" in seen
