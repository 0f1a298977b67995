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
from core.storage.duck import sha256_of
from tests.journeys.commands import application, run
from tests.unit.senders.languages import LANGUAGES

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


@pytest.fixture(scope="module")
def for_all(handed_over):
    """The same campaign exported once more for each sender, for one of them by the command."""
    folder, out = handed_over
    made = {"generic": out}
    made |= {s: folder.with_name(f"out-{s}") for s in ("braze", "klaviyo", "customerio")}
    with application(folder) as app:
        marketer = app.people.get("marketer")
        for sender, place in list(made.items())[1:]:
            app.send.export(NEXT, profile=sender, out=place, by=marketer)
    made["mailchimp"] = folder.with_name("out-mailchimp")
    out = made["mailchimp"]
    done = run(folder, "export", NEXT, "--for", "mailchimp", "--out", out, "--as", "marketer")
    assert done.code == 0, done.err
    return folder, made


def recipients(out, manifest):
    with (out / "recipients.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = manifest["columns"]
    return {row[columns["customer_id"]]: row for row in rows}


def test_every_sender_gets_the_same_people_the_same_message_and_the_same_words(for_all):
    folder, made = for_all
    manifests = {s: json.loads((out / "manifest.json").read_text()) for s, out in made.items()}
    people = {s: recipients(out, manifests[s]) for s, out in made.items()}
    told = []
    for sender, rows in people.items():
        columns, values = manifests[sender]["columns"], manifests[sender]["values"]
        told.append(
            {
                customer: (
                    row[columns["group"]],
                    row[columns["variant"]],
                    *(row[values[name]] for name in sorted(values)),
                )
                for customer, row in rows.items()
            }
        )
    assert all(each == told[0] for each in told)
    with application(folder) as app:
        assert len(told[0]) == app.send.experiment(NEXT).customers
        assert [e.profile for e in app.send.exports(NEXT)] == [*list(made)[:0:-1], "generic"]
        entries = [e for e in app.audit.latest(60) if e.action == "export"]
        assert app.audit.verify().intact
    sums = {json.loads(e.detail)["manifest"] for e in entries}
    assert sums == {sha256_of(out / "manifest.json") for out in made.values()}


def test_a_customer_gets_at_every_sender_what_the_preview_service_shows(for_all):
    (folder, made), compared = for_all, set()
    with application(folder) as app:
        address = app.settings.shell.letterhead.postal_address
        for sender, out in made.items():
            manifest = json.loads((out / "manifest.json").read_text())
            people, columns = recipients(out, manifest), manifest["columns"]
            for variant in app.messages.variants(NEXT)[:4]:
                template = (out / "templates" / f"{variant.variant_id}.txt").read_text()
                for reader in app.previews.readers(variant):
                    if reader.invented:
                        continue
                    row = dict(people[reader.label.removeprefix("Customer ")])
                    if row[columns["variant"]] != variant.variant_id:
                        continue
                    preview = app.previews.of(variant, reader)
                    for render in LANGUAGES[sender].values():
                        shown = render(template, row, address, html=False)
                        assert shown.endswith(f"\n\n{preview.text}")
                        assert shown.startswith(f"Subject: {preview.message.subject}\n")
                        compared.add((sender, variant.variant_id))
    assert {sender for sender, _ in compared} == set(made)


def test_a_second_export_counts_the_mailing_once_and_outcomes_come_back_as_before(
    for_all, tmp_path
):
    folder = shutil.copytree(for_all[0], tmp_path / "workspace")
    with (for_all[1]["braze"] / "recall_list.csv").open(newline="") as file:
        recalled = list(csv.DictReader(file))
    assert list(recalled[0]) == ["customer_id", "segment", "group", "variant_id"]
    file = tmp_path / "outcomes.csv"
    file.write_text("customer_id,visit\n" + "".join(f"{r['customer_id']},1\n" for r in recalled))
    with application(folder) as app:
        brought = app.results.import_outcomes(NEXT, file, by=app.people.get("marketer"))
        exported = next(s for s in app.results.readout(NEXT).health.stages if s.name == "exported")
    assert brought.matched == len(recalled) == sum(dict(exported.customers).values())


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
