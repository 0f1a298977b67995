"""The Approvals page as people use it, suggestions on two pages, and people in Settings."""

import dataclasses

import pytest

from core.models.discussion import SuggestionState
from core.models.messages import Finding, Level, ScreenDecision, TextField, VariantState
from core.models.people import Role
from core.orchestrator import config
from core.orchestrator.wiring import opened
from core.storage import variants
from tests.pages.conftest import CAMPAIGN
from tests.pages.reading import html, sound, words

FIRST = "High spenders, urgent"
VARIANT = f"{CAMPAIGN}-high-spenders-urgent"


@pytest.fixture
def app(tmp_path):
    """The workspace of the page, opened beside it once the page has made it."""

    def open_beside():
        return opened(config.load(tmp_path / "workspace", environment={}))

    return open_beside


def test_an_approval_can_be_undone_from_the_page(visit, written, app):
    visitor = visit("approvals", written, "approver")
    visitor.button(key="approvals.approve").click().run()
    assert "for 30 s" in visitor.button(key="approvals.undo").label or "29 s" in words(visitor)
    visitor.button(key="approvals.undo").click().run()
    sound(visitor)
    assert "It is in review again" in visitor.success[0].value
    assert visitor.selectbox(key="approvals.variant").value == FIRST
    with app() as opened_app:
        assert opened_app.messages.get(VARIANT).state is VariantState.NEEDS_REVIEW


def test_an_approval_can_be_taken_back_later_with_a_reason(visit, written, app):
    visitor = visit("approvals", written, "approver")
    visitor.button(key="approvals.approve").click().run()
    visitor.selectbox(key="approvals.mine").select(FIRST)
    visitor.text_input(key="approvals.withdraw_reason").set_value("The date is wrong").run()
    visitor.button(key="approvals.withdraw").click().run()
    sound(visitor)
    with app() as opened_app:
        made = opened_app.approvals.decisions(VARIANT)[0]
    assert (made.decision, made.reason) == ("withdraw", "The date is wrong")


def test_the_page_says_what_approving_covers_and_confirms(visit, written):
    visitor = visit("approvals", written, "approver")
    seen = words(visitor)
    assert "Approvers: one approver" in seen
    assert "Audience: High spenders" in seen
    assert "basic local screen" in seen
    assert "you confirm that you read the message for harm yourself" in seen
    assert "looked at from 2, stopped from 4" in html(visitor)


def test_the_next_similar_message_shows_only_what_differs(visit, written):
    visitor = visit("approvals", written, "approver")
    assert "Nothing like it has been approved yet" in words(visitor)
    visitor.button(key="approvals.approve").click().run()
    seen = words(visitor)
    assert "Held against High spenders, urgent, approved:" in seen
    assert "<ins>" in html(visitor)


@pytest.mark.parametrize(
    ("person", "whose", "shown"),
    [
        ("approver", "For me to decide", 16),
        ("approver", "Written by me", 0),
        ("marketer", "For me to decide", 0),
        ("marketer", "Written by me", 16),
        ("analyst", "All", 16),
    ],
)
def test_the_queue_can_be_narrowed_to_ones_own(person, whose, shown, visit, written):
    visitor = visit("approvals", written, person)
    visitor.selectbox(key="approvals.whose").select(whose).run()
    sound(visitor)
    assert f"{shown} of 16 messages" in words(visitor)
    assert ("No message fits these filters" in words(visitor)) is (shown == 0)


def test_a_message_that_came_today_has_not_waited_a_day(visit, written):
    visitor = visit("approvals", written, "approver")
    visitor.selectbox(key="approvals.age").select("Over a day").run()
    assert "0 of 16 messages" in words(visitor)


def flagged(app):
    """Put an issue to look at on the first message, as a screening would have."""
    variant = app.messages.get(VARIANT)
    found = Finding("urgency", Level.REVIEW, TextField.SUBJECT, 0, 2, "15", "Look")
    screened = dataclasses.replace(
        variant.screened, findings=(found,), decision=ScreenDecision.REVIEW
    )
    with app.people.context.write(app.people.get("marketer")) as write:
        variants.move(
            write.connection,
            VARIANT,
            expected_revision=variant.revision,
            expected_state=variant.state,
            state=variant.state,
            screened=screened,
            at=write.at,
        )


def test_an_issue_has_to_be_ticked_before_approving(visit, written, app):
    visitor = visit("approvals", written, "approver")
    with app() as opened_app:
        flagged(opened_app)
    visitor.run()
    visitor.button(key="approvals.approve").click().run()
    assert "Say that you looked at: urgency" in visitor.error[0].value
    visitor.checkbox(key="approvals.seen_urgency").check().run()
    visitor.button(key="approvals.approve").click().run()
    assert "Approved High spenders, urgent" in visitor.success[0].value


def test_a_refusal_carries_its_category(visit, written, app):
    visitor = visit("approvals", written, "approver")
    visitor.selectbox(key="approvals.category").select("legal")
    visitor.text_area(key="approvals.reason").set_value("Ask the lawyers").run()
    visitor.button(key="approvals.reject").click().run()
    sound(visitor)
    with app() as opened_app:
        assert opened_app.approvals.decisions(VARIANT)[0].category == "legal"
    assert visitor.text_area(key="approvals.reason").value == ""
    assert visitor.selectbox(key="approvals.category").value is None


def test_a_reviewer_suggests_and_an_author_accepts_on_messages(visit, written, app, workspace):
    visitor = visit("approvals", written, "approver")
    visitor.text_input(key="approvals.suggest_subject").set_value("15 percent off, in short")
    visitor.text_input(key="approvals.suggest_note").set_value("Shorter <b>")
    visitor.button(key="approvals.suggest").click().run()
    sound(visitor)
    assert "Suggested" in visitor.success[0].value
    assert visitor.button(key="approvals.accept_1").disabled
    visitor.session_state["frame.person"] = "marketer"
    visitor.switch_page("pages/messages.py").run()
    visitor.selectbox(key="messages.variant").select(FIRST).run()
    assert "Shorter <b>" in words(visitor)
    visitor.button(key="messages.accept_1").click().run()
    sound(visitor)
    assert "you are an author" in visitor.success[0].value
    with app() as opened_app:
        now = opened_app.messages.get(VARIANT)
        settled = opened_app.discussion.suggestions(VARIANT)[0]
    assert (now.revision, now.message.subject) == (2, "15 percent off, in short")
    assert now.authors == {"marketer"}
    assert settled.state is SuggestionState.ACCEPTED


def test_the_fields_of_a_suggestion_follow_the_message_that_is_open(visit, written):
    visitor = visit("approvals", written, "approver")
    first = visitor.text_area(key="approvals.suggest_body").value
    visitor.button(key="approvals.next").click().run()
    second = visitor.text_area(key="approvals.suggest_body").value
    assert first != second
    assert visitor.session_state["approvals.suggest_body"] == second


def test_a_comment_stands_on_both_pages(visit, written):
    visitor = visit("approvals", written, "analyst")
    visitor.text_area(key="approvals.comment").set_value("Open in **every** shop?")
    visitor.button(key="approvals.add_comment").click().run()
    sound(visitor)
    assert "analyst (not verified)" in words(visitor)
    assert "Open in **every** shop?" in words(visitor)


def test_an_admin_changes_people_in_settings(visit, written, app):
    visitor = visit("settings", written, "admin")
    visitor.text_input(key="people.name").set_value("Ann")
    visitor.text_input(key="people.email").set_value("ann@example.com")
    visitor.multiselect(key="people.roles").select("approver")
    visitor.button(key="people.add").click().run()
    sound(visitor)
    assert "Ann was added: approver" in words(visitor)
    visitor.selectbox(key="people.person").select("Ann").run()
    visitor.multiselect(key="people.new_roles").set_value(["analyst"]).run()
    visitor.button(key="people.save_roles").click().run()
    sound(visitor)
    visitor.text_input(key="people.new_name").set_value("Anna").run()
    visitor.button(key="people.rename").click().run()
    sound(visitor)
    with app() as opened_app:
        anna = opened_app.people.get("Anna")
        seen = {m.person.name: m.last_seen for m in opened_app.people.members()}
    assert (anna.roles, anna.formerly) == ({Role.ANALYST}, {"Ann"})
    assert seen["admin"] is not None
    assert seen["Anna"] is None


def test_the_last_admin_stays_and_says_why(visit, written):
    visitor = visit("settings", written, "admin")
    visitor.selectbox(key="people.person").select("admin").run()
    visitor.button(key="people.remove").click().run()
    assert "At least one admin has to remain" in visitor.error[0].value


def test_others_see_who_is_here_and_change_nothing(visit, written):
    visitor = visit("settings", written, "approver")
    sound(visitor)
    assert "may not manage people" in words(visitor)
    assert not [b for b in visitor.button if str(b.key).startswith("people.")]
