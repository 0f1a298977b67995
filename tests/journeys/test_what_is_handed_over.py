"""What a brief may say of its offer, and what an export hands to the system that sends."""

import csv
import json
import shutil
from dataclasses import replace
from datetime import date

import pytest

from core.errors import BadInput, SealBroken
from core.models.approval import ReviewDecision
from core.models.merge_fields import usable
from core.storage import campaigns
from tests.journeys.commands import application

NEXT = "dress-for-the-week"
ADDRESS = "https://www.tolmanrow.example/offers/layers"


@pytest.fixture(scope="module")
def handed_over(demo, tmp_path_factory):
    """A workspace after an export, and the folder of the export; nobody may change them."""
    folder = tmp_path_factory.mktemp("handed") / "workspace"
    shutil.copytree(demo, folder)
    with application(folder, execute=True) as app:
        marketer, approver = app.people.get("marketer"), app.people.get("approver")
        campaign = app.campaigns.get(NEXT)
        app.campaigns.edit(
            NEXT,
            replace(campaign.brief, url=ADDRESS),
            expected_revision=campaign.revision,
            by=marketer,
        )
        app.messages.wait(app.messages.generate(NEXT, by=marketer).run_id, timeout_s=120)
        for variant in app.approvals.queue(NEXT):
            app.approvals.decide(
                variant.variant_id,
                ReviewDecision.APPROVE,
                revision=variant.revision,
                reason="",
                by=approver,
            )
        app.send.prepare(NEXT, by=marketer)
    shutil.copytree(folder, folder.with_name("prepared"))
    with application(folder) as app:
        out = folder.with_name("out")
        app.send.export(NEXT, profile="generic", out=out, by=app.people.get("marketer"))
    return folder, out


def test_each_message_is_handed_over_as_text_and_as_html(handed_over):
    folder, out = handed_over
    with application(folder) as app:
        for variant in app.messages.variants(NEXT):
            text = (out / "templates" / f"{variant.variant_id}.txt").read_text()
            html = (out / "templates" / f"{variant.variant_id}.html").read_text()
            assert variant.message.body in text
            assert '{{ first_name | default: "' in text
            assert "| escape }}" in html
            for part in (text, html):
                assert "{{ unsubscribe_url }}" in part
                assert ADDRESS in part
                assert "14 Mill Street" in part


def test_of_personal_data_only_what_the_messages_need_is_handed_over(handed_over):
    _, out = handed_over
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["merge_fields"] == {"first_name": "first_name"}
    with (out / "recipients.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "customer_id", "cpo_dress_for_the_week_group", "variant_id", "first_name",
    ]  # fmt: skip
    written = [r["first_name"] for r in rows if r["variant_id"]]
    assert all(name == usable(name) for name in written)
    assert len(written) > len(rows) / 2
    assert {r["first_name"] for r in rows if not r["variant_id"]} == {""}


def test_another_address_of_the_button_asks_for_every_approval_again(handed_over, tmp_path):
    prepared = shutil.copytree(handed_over[0].with_name("prepared"), tmp_path / "workspace")
    with application(prepared) as app:
        # Whoever has the database may change what the page refuses; the lock still sees it.
        campaign = app.campaigns.get(NEXT)
        with app.people.context.write(app.people.get("marketer")) as write:
            changed = replace(campaign, brief=replace(campaign.brief, url=f"{ADDRESS}/other"))
            campaigns.save(write.connection, changed, expected_revision=campaign.revision)
        with pytest.raises(SealBroken, match="the text"):
            app.send.export(
                NEXT, profile="generic", out=tmp_path / "out", by=app.people.get("marketer")
            )
    assert not (tmp_path / "out").exists()


CONTRADICTIONS = [
    ({"code": "LAYER20"}, "the record of PRM-001 has 'LAYER15'"),
    ({"price": "20 percent off"}, "the record of PRM-001 says '15 %'"),
    ({"until": date(2031, 1, 1)}, "the record of PRM-001 ends on"),
    ({"url": "https://elsewhere.example/offer"}, "No approved document names"),
    ({"url": "http://www.tolmanrow.example"}, "begin with https"),
]


@pytest.mark.parametrize(("said", "reason"), CONTRADICTIONS)
def test_a_brief_that_contradicts_the_library_is_refused(demo, tmp_path, said, reason):
    with application(shutil.copytree(demo, tmp_path / "workspace")) as app:
        marketer, before = app.people.get("marketer"), app.campaigns.get(NEXT)
        with pytest.raises(BadInput, match=reason):
            app.campaigns.create(replace(before.brief, name="New", **said), by=marketer)
        with pytest.raises(BadInput, match=reason):
            app.campaigns.edit(
                NEXT,
                replace(before.brief, **said),
                expected_revision=before.revision,
                by=marketer,
            )
        assert app.campaigns.get(NEXT) == before


def test_a_brief_file_with_another_code_is_refused_on_the_command_line(
    command, workspace, tmp_path
):
    brief = tmp_path / "brief.yaml"
    brief.write_text("name: A\ngoal: B\noffer_document_id: PRM-001\ncode: LAYER20\n")
    refused = command(workspace, "campaign", "create", brief)
    assert refused.code == 2
    assert refused.err.count("\n") <= 1
    assert "LAYER15" in refused.err
