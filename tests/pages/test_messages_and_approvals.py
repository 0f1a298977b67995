"""Writing, editing and deciding: roles, revisions that were seen, and hostile text."""

import re
from dataclasses import replace

import pytest

from core.models.campaign import Tone
from core.models.messages import Message, VariantState
from core.orchestrator import config
from core.orchestrator.runs import Runner
from core.orchestrator.wiring import opened
from tests.pages.conftest import CAMPAIGN
from tests.pages.reading import html, markdown, sound, words

FIRST = "High spenders, urgent"
VARIANT = f"{CAMPAIGN}-high-spenders-urgent"
HOSTILE = (
    "<script>alert(1)</script> **bold** ![p](http://evil.example/p.png) "
    '<img src=x onerror="alert(2)"> [link](http://evil.example) :red[x] $20 & more'
)


def _without_marks(visitor):
    return re.sub(r"</?mark[^>]*>|<sup>[^<]*</sup>", "", html(visitor))


def state_of(folder, variant=VARIANT):
    with opened(config.load(folder, environment={})) as app:
        return app.messages.get(variant)


@pytest.mark.parametrize("person", ["marketer", "analyst", "admin"])
def test_only_an_approver_may_press_approve(person, visit, written):
    visitor = visit("approvals", written, person)
    assert visitor.button(key="approvals.approve").disabled
    assert visitor.button(key="approvals.reject").disabled
    assert "You cannot decide" in words(visitor)


def test_a_forged_press_on_a_disabled_button_decides_nothing(visit, written, tmp_path):
    visitor = visit("approvals", written, "approver")
    button = visitor.button(key="approvals.approve")
    visitor.session_state["frame.person"] = "marketer"
    button.click().run()
    assert "wrote, edited or generated" in words(visitor)
    assert state_of(tmp_path / "workspace").state is VariantState.NEEDS_REVIEW


def test_approving_records_the_decision_and_moves_on(visit, written, tmp_path):
    visitor = visit("approvals", written, "approver")
    assert visitor.selectbox(key="approvals.variant").value == FIRST
    visitor.button(key="approvals.approve").click().run()
    sound(visitor)
    assert "Approved High spenders, urgent" in visitor.success[0].value
    assert visitor.selectbox(key="approvals.variant").value != FIRST
    assert state_of(tmp_path / "workspace").state is VariantState.APPROVED


def test_a_refusal_needs_a_reason_and_keeps_the_message_open(visit, written, tmp_path):
    visitor = visit("approvals", written, "approver")
    visitor.button(key="approvals.reject").click().run()
    assert "Give a reason" in visitor.error[0].value
    assert visitor.selectbox(key="approvals.variant").value == FIRST
    visitor.text_area(key="approvals.reason").set_value("Too long").run()
    visitor.button(key="approvals.request_changes").click().run()
    assert state_of(tmp_path / "workspace").state is VariantState.CHANGES_REQUESTED
    assert visitor.text_area(key="approvals.reason").value == ""


def test_a_text_changed_meanwhile_is_not_approved(visit, written, tmp_path):
    visitor = visit("approvals", written, "approver")
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        before = app.messages.get(VARIANT)
        changed = Message("A newer subject", before.message.preheader, before.message.body)
        app.messages.edit(
            VARIANT, changed, expected_revision=before.revision, by=app.people.get("admin")
        )
    visitor.button(key="approvals.approve").click().run()
    assert "Nothing was recorded" in visitor.error[0].value
    assert state_of(tmp_path / "workspace").state is not VariantState.APPROVED


def test_next_goes_through_the_queue_and_around(visit, written):
    visitor = visit("approvals", written, "approver")
    labels = visitor.selectbox(key="approvals.variant").options
    for wanted in (*labels[1:], labels[0]):
        visitor.button(key="approvals.next").click().run()
        assert visitor.selectbox(key="approvals.variant").value == wanted


def test_filters_narrow_the_queue(visit, written):
    visitor = visit("approvals", written, "approver")
    visitor.selectbox(key="approvals.segment").select("New customers").run()
    assert "3 of 16 messages" in words(visitor)
    visitor.segmented_control(key="approvals.issues").set_value("With issues").run()
    sound(visitor)


def test_hostile_text_is_shown_letter_by_letter(visit, written, workspace, tmp_path):
    visitor = visit("messages", written, "marketer")
    visitor.selectbox(key="messages.variant").select(FIRST).run()
    for part in ("subject", "preheader"):
        visitor.text_input(key=f"messages.edit_{part}").set_value(HOSTILE)
    visitor.text_area(key="messages.edit_body").set_value(f"{HOSTILE}\n\nSecond line")
    visitor.button(key="messages.save").click().run()
    assert state_of(tmp_path / "workspace").message.body.startswith("<script>")
    for _ in range(2):  # the message itself, then all of them
        sound(visitor)
        for text in markdown(visitor):
            bare = re.sub(r"\\.", "", text)
            assert not re.search(r"<script|<img|!\[|\*\*bold|:red\[", bare), text
        assert "<script" not in html(visitor)
        assert "<img" not in html(visitor)
        if _ == 0:
            assert "&lt;script&gt;alert(1)&lt;/script&gt; **bold**" in _without_marks(visitor)
            assert "Blocked by the checks" in words(visitor)
            visitor.button(key="messages.back").click().run()


def test_an_edit_makes_a_revision_and_an_author(visit, written, tmp_path):
    visitor = visit("messages", written, "admin")
    visitor.selectbox(key="messages.variant").select(FIRST).run()
    visitor.text_input(key="messages.edit_subject").set_value("For the week ahead")
    visitor.button(key="messages.save").click().run()
    sound(visitor)
    assert "Revision 2 is stored" in visitor.success[0].value
    assert state_of(tmp_path / "workspace").authors == {"marketer", "admin"}


def test_the_edit_form_holds_the_text_of_the_message_that_is_open(visit, written):
    visitor = visit("messages", written, "marketer")
    chosen = visitor.selectbox(key="messages.variant")
    shown = []
    for label in (chosen.options[0], chosen.options[1], chosen.options[0]):
        visitor.selectbox(key="messages.variant").select(label).run()
        shown.append(visitor.text_area(key="messages.edit_body").value)
        visitor.button(key="messages.back").click().run()
    assert shown[0] == shown[2] != shown[1]
    assert all(shown)


def test_generate_is_closed_to_an_approver_with_the_reason(visit, written):
    visitor = visit("messages", written, "approver")
    assert visitor.button(key="messages.generate").disabled
    assert "may not write and generate messages" in words(visitor)


def test_generate_with_nothing_to_write_says_so(visit, written):
    visitor = visit("messages", written, "marketer")
    visitor.button(key="messages.generate").click().run()
    assert "nothing was generated" in visitor.error[0].value


def test_a_run_can_be_started_joined_and_cancelled(visit, loaded, monkeypatch):
    # Another process carries out the runs, and has not begun: else this one may end first.
    monkeypatch.setattr(Runner, "launch", lambda _: False)
    visitor = visit("messages", loaded, "marketer")
    visitor.button(key="messages.generate").click().run()
    sound(visitor)
    assert "messages will be written" in visitor.success[0].value
    visitor.button(key="messages.generate").click().run()
    sound(visitor)
    visitor.button(key="messages.cancel").click().run()
    sound(visitor)
    assert "Stopped" in visitor.success[0].value


def test_a_new_brief_becomes_a_campaign_in_view(visit, written):
    visitor = visit("messages", written, "marketer")
    visitor.segmented_control(key="messages.view").set_value("New brief").run()
    visitor.button(key="messages.create").click().run()
    assert "needs a name" in visitor.error[0].value
    visitor.text_input(key="messages.brief_name").set_value("Spring **coats** <b>")
    visitor.text_input(key="messages.brief_goal").set_value("Bring them back")
    visitor.button(key="messages.create").click().run()
    sound(visitor)
    assert visitor.selectbox(key="frame.campaign").value == "spring-coats-b"
    assert "Spring **coats** <b>" in words(visitor)
    assert all("**coats**" not in text for text in markdown(visitor))


def test_a_changed_brief_is_stored_once_and_a_lost_race_is_said(visit, written, tmp_path):
    visitor = visit("messages", written, "marketer")
    visitor.segmented_control(key="messages.view").set_value("Brief").run()
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        campaign = app.campaigns.get(CAMPAIGN)
        app.campaigns.edit(
            CAMPAIGN,
            campaign.brief,
            expected_revision=campaign.revision,
            by=app.people.get("admin"),
        )
    visitor.text_input(key="messages.brief_goal").set_value("Another goal")
    visitor.button(key="messages.save_brief").click().run()
    assert "Nothing was recorded" in visitor.error[0].value


def test_a_brief_offers_the_group_of_everyone_and_says_what_it_is_for(visit, written, tmp_path):
    visitor = visit("messages", written, "marketer")
    visitor.segmented_control(key="messages.view").set_value("New brief").run()
    group = visitor.selectbox(key="messages.brief_same_message")
    assert group.value == "informational"
    assert group.options == ["urgent", "informational", "friendly", "No such group"]
    assert "worth their trouble" in group.help
    visitor.text_input(key="messages.brief_name").set_value("Only tones")
    visitor.text_input(key="messages.brief_goal").set_value("Bring them back")
    visitor.selectbox(key="messages.brief_same_message").select("No such group")
    visitor.button(key="messages.create").click().run()
    sound(visitor)
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        assert app.campaigns.get("only-tones").brief.same_message is None
    assert "only tones can be compared" in words(visitor)


def test_the_message_for_everyone_has_a_row_of_its_own(visit, written):
    visitor = visit("messages", written, "marketer")
    assert "Everyone" in [str(e.value) for e in visitor.header]
    assert "not written yet" not in words(visitor)
    visitor.button(key=f"messages.open_{CAMPAIGN}-everyone-informational").click().run()
    sound(visitor)
    assert visitor.selectbox(key="messages.variant").value == "Everyone, informational"


def test_a_group_added_later_is_named_on_messages_and_send(visit, written, tmp_path):
    visitor = visit("messages", written, "marketer")
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        campaign = app.campaigns.get(CAMPAIGN)
        app.campaigns.edit(
            CAMPAIGN,
            replace(campaign.brief, same_message=Tone.FRIENDLY),
            expected_revision=campaign.revision,
            by=app.people.get("marketer"),
        )
    visitor.run()
    assert "Friendly: not written yet" in words(visitor)
    visitor.switch_page("pages/send.py").run()
    assert "The message for everyone is not written yet" in words(visitor)


def test_approving_the_message_for_everyone_covers_everybody(visit, written):
    visitor = visit("approvals", written, "approver")
    visitor.selectbox(key="approvals.variant").select("Everyone, informational").run()
    sound(visitor)
    assert "Audience: Everyone, 31,999 customers" in words(visitor)
    assert "about 5,759 get this message" in words(visitor)
