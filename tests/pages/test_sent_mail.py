"""The Send page after an export: a received mail is chosen, and what differs is read there."""

import shutil
from dataclasses import replace
from email.message import EmailMessage

import pytest

from core.content.merge_dialects import DIALECTS
from core.content.merge_fields import rendered_message
from core.models.approval import ReviewDecision
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.conftest import CAMPAIGN
from tests.pages.reading import html, words

ADDRESS = "https://www.tolmanrow.example/offers/layers"


@pytest.fixture(scope="module")
def exported(written, tmp_path_factory):
    """An exported campaign; nobody may change it."""
    folder = tmp_path_factory.mktemp("exported") / "workspace"
    shutil.copytree(written, folder)
    with opened(config.load(folder, environment={})) as app:
        marketer, approver = app.people.get("marketer"), app.people.get("approver")
        for variant in app.approvals.queue(CAMPAIGN):
            app.approvals.decide(
                variant.variant_id,
                ReviewDecision.APPROVE,
                revision=variant.revision,
                reason="",
                by=approver,
            )
        app.send.prepare(CAMPAIGN, by=marketer)
        app.send.export(CAMPAIGN, profile="generic", out=folder.with_name("out"), by=marketer)
    return folder


def received(folder, **changed):
    """The mail of the first message, as it was exported but for one word."""
    with opened(config.load(folder, environment={})) as app:
        variant = app.messages.variants(CAMPAIGN)[0]
        shell = app.settings.shell
    message = rendered_message(variant.message, {"first_name": "Ada"})
    for was, now in changed.items():
        assert was in message.body
        message = replace(message, body=message.body.replace(was, now))
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@b.example", "c@d.example", message.subject
    way = "{{ unsubscribe_url }}"
    mail.set_content(shell.text(message, DIALECTS["generic"]).replace(way, f"{ADDRESS}/leave"))
    page = shell.html(message, DIALECTS["generic"]).replace(way, f"{ADDRESS}/leave")
    mail.add_alternative(page, subtype="html")
    return mail.as_bytes()


def upload(page, name, data):
    page.file_uploader(key="send.sent_file").upload(name, data)
    return page.button(key="send.check_sent").click().run()


def tables(page):
    return "\n".join(each.value.to_string() for each in page.dataframe)


def test_a_received_mail_is_compared_and_its_differences_are_read_on_the_page(visit, exported):
    page = visit("send", exported, "marketer", CAMPAIGN)
    assert "not checked yet" in tables(page)
    page = upload(page, "seed.eml", received(exported))
    assert not page.exception
    assert "What was received is what was approved" in words(page)
    page = upload(page, "seed.eml", received(exported, LAYER15="<b>LAYER20</b>"))
    assert "Differs from what was approved" in page.error[0].value
    assert "<del>LAYER15</del>" in html(page)
    assert "LAYER20</b>" not in html(page)  # what was received is never shown as HTML
    assert "differs: " in tables(page)


def test_a_file_that_is_no_mail_is_answered_in_a_sentence(visit, exported):
    page = visit("send", exported, "marketer", CAMPAIGN)
    page = upload(page, "seed.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert "Outlook's own format" in page.error[0].value
    assert not page.exception


def test_who_may_not_export_may_read_but_not_compare(visit, exported):
    page = visit("send", exported, "analyst", CAMPAIGN)
    assert page.button(key="send.check_sent").disabled
