"""One message opened: as its readers get it, its claims, its history, and its downloads."""

import base64
import json

import pytest

from core.models.messages import VariantState
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.conftest import CAMPAIGN
from tests.pages.reading import html, sound, words

FIRST = "High spenders, friendly"
VARIANT = f"{CAMPAIGN}-high-spenders-friendly"


@pytest.fixture
def message(visit, written):
    visitor = visit("messages", written, "marketer")
    visitor.selectbox(key="messages.variant").select(FIRST).run()
    return visitor


def framed(visitor):
    """The HTML inside the frame."""
    (frame,) = visitor.get("iframe")
    kind, _, packed = frame.proto.src.partition(";base64,")
    assert kind == "data:text/html;charset=utf-8"
    return base64.b64decode(packed).decode()


@pytest.mark.parametrize("view", ["Desktop", "Phone"])
def test_the_email_is_shown_apart_from_the_page_and_can_do_nothing(message, view):
    message.segmented_control(key="messages.phone").set_value(view).run()
    sound(message)
    shown = framed(message)
    assert "default-src 'none'" in shown
    assert "Unsubscribe" in shown
    assert "{{" not in shown


READERS = {
    "No name": "Hi there,",
    "A very long name": "Hi Maximiliana-Alexandrina Wolfeschlegelsteinhausenbergerdorff,",
    "An apostrophe": "Hi O&#x27;Brien,",
    "Accents": "Hi Zoë,",
    "Chinese letters": "Hi 李小龍,",
    "Right to left": "Hi عبد الرحمن,",
}


@pytest.mark.parametrize("reader", sorted(READERS))
def test_a_message_is_tried_on_readers_who_break_messages(message, reader):
    message.segmented_control(key="messages.phone").set_value("Phone").run()
    message.selectbox(key="messages.reader").select(reader).run()
    sound(message)
    assert READERS[reader] in framed(message)
    assert "Invented reader" in words(message)


def test_plain_text_holds_the_footer_and_the_value_of_a_customer(message):
    message.segmented_control(key="messages.phone").set_value("Plain text").run()
    sound(message)
    text = message.code[0].value
    assert "You get this e-mail because" in text
    assert "{{" not in text
    assert message.selectbox(key="messages.reader").value.startswith("Customer C")


def test_claims_stand_beside_the_sentence_that_supports_them(message):
    said = words(message)
    assert "claims supported by approved content" in said
    assert "<mark>LAYER15</mark>" in html(message)


def test_a_change_is_shown_word_by_word(message, tmp_path):
    subject = message.text_input(key="messages.edit_subject")
    old = subject.value
    subject.set_value(f"{old}, for you")
    message.button(key="messages.save").click().run()
    sound(message)
    assert "<ins>, for you</ins>" in html(message)
    assert "<del>" not in html(message)
    assert message.selectbox(key="messages.revision").options[0].startswith("Revision 2")
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        assert app.messages.get(VARIANT).message.subject == f"{old}, for you"


def test_a_field_nobody_has_blocks_at_its_place(message, tmp_path):
    message.text_input(key="messages.edit_subject").set_value('For {{ nickname | default: "you" }}')
    message.button(key="messages.save").click().run()
    sound(message)
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        blocked = app.messages.get(VARIANT)
    assert blocked.state is VariantState.BLOCKED
    assert blocked.screened is not None
    found = [f for f in blocked.screened.findings if f.rule == "merge_field"]
    assert [f.text for f in found] == ['{{ nickname | default: "you" }}']
    assert "There is no field 'nickname' for these readers" in words(message)


def test_the_grid_says_how_long_each_message_is_and_what_it_cost(visit, written):
    visitor = visit("messages", written, "marketer")
    sound(visitor)
    assert html(visitor).count("characters, at most 60") == 16
    assert words(visitor).count("No cost") >= 16
    assert "What leaves the company: nothing" in words(visitor)
    assert "16 messages written" in words(visitor)


def test_messages_can_be_taken_away(visit, written):
    visitor = visit("messages", written, "marketer")
    keys = {b.key for b in visitor.get("download_button")}
    assert {"messages.download_json", "messages.download_csv", "messages.download_excel"} <= keys


def test_the_json_to_take_away_is_the_one_that_is_published(written):
    with opened(config.load(written, environment={})) as app:
        every = json.loads(app.messages.document(CAMPAIGN))
        assert len(every) == 16
        assert {v["variant_id"] for v in every} == {
            v.variant_id for v in app.messages.variants(CAMPAIGN)
        }
