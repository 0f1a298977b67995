"""The group that gets one message whatever the segment: from the brief to what it proves."""

import csv
import hashlib
import json
import shutil
from collections import Counter
from dataclasses import replace

import duckdb
import pytest

from core.content.sentences import count_words
from core.errors import MoveRefused
from core.models.approval import ReviewDecision
from core.models.campaign import Tone
from core.models.customers import EVERYONE
from core.models.messages import VariantState
from tests.journeys.commands import application

NEXT = "dress-for-the-week"
GROUP = "Same message for everyone"
VARIANT = f"{NEXT}-everyone-informational"
TRAPS = {"PRD-M-012", "PRM-012", "PRM-013", "SRV-013"}
MISSING = "The message for everyone is not written yet"


@pytest.fixture(scope="module")
def written(demo, tmp_path_factory):
    """The next mailing, written and in the queue; nobody may change it."""
    folder = shutil.copytree(demo, tmp_path_factory.mktemp("written") / "workspace")
    with application(folder, execute=True) as app:
        generate(app)
    return folder


@pytest.fixture(scope="module")
def approved(written, tmp_path_factory):
    """The next mailing with every message approved; nobody may change it."""
    folder = shutil.copytree(written, tmp_path_factory.mktemp("approved") / "workspace")
    with application(folder) as app:
        approve_all(app)
    return folder


@pytest.fixture
def app(approved, tmp_path):
    folder = shutil.copytree(approved, tmp_path / "workspace")
    with application(folder, execute=True) as opened:
        yield opened


@pytest.fixture
def marketer(app):
    return app.people.get("marketer")


def generate(app):
    run = app.messages.generate(NEXT, by=app.people.get("marketer"))
    return app.messages.wait(run.run_id, timeout_s=120)


def approve_all(app):
    waiting = app.approvals.queue(NEXT)
    for variant in waiting:
        app.approvals.decide(
            variant.variant_id,
            ReviewDecision.APPROVE,
            revision=variant.revision,
            reason="",
            by=app.people.get("approver"),
        )
    return [v.variant_id for v in waiting]


def change_brief(app, **changes):
    campaign = app.campaigns.get(NEXT)
    brief = replace(campaign.brief, **changes)
    author = app.people.get("marketer")
    app.campaigns.edit(NEXT, brief, expected_revision=campaign.revision, by=author)


def first_check(app):
    return app.send.checklist(NEXT)[0]


def send(app, folder):
    author = app.people.get("marketer")
    experiment = app.send.prepare(NEXT, by=author)
    return experiment, app.send.export(NEXT, profile="generic", out=folder, by=author)


def assignments(app):
    return json.loads((app.settings.processed / "assignments.json").read_text())


def test_the_group_is_offered_by_default_and_has_one_message(app):
    variants = app.messages.variants(NEXT)
    assert len(variants) == 16
    assert [(v.variant_id, v.segment) for v in variants if v.segment_id == EVERYONE] == [
        (VARIANT, "Everyone")
    ]
    assert variants[-1].variant_id == VARIANT


def test_its_message_reads_well_and_rests_on_passages_word_for_word(app):
    variant = app.messages.get(VARIANT)
    body = variant.message.body
    assert 100 <= count_words(body) <= 200
    assert variant.screened.findings == ()
    assert {c.document_id for c in variant.citations}.isdisjoint(TRAPS)
    for cited in variant.citations:
        passages = app.library.passages(cited.document_id, cited.version)
        assert cited.quote in passages[cited.passage_index].text
        assert cited.quote in body
    # Readers of both departments are shown something: it is for everyone.
    departments = {c.document_id[:5] for c in variant.citations} & {"PRD-M", "PRD-W", "PRD-B"}
    assert departments in ({"PRD-M", "PRD-W"}, {"PRD-B"})


def test_what_is_not_true_for_every_customer_is_not_told(app):
    found = app.library.search("menswear womenswear offer", segment="everyone", top=40)
    skipped = {s.document_id: s.reason for s in found.skipped}
    assert skipped["PRM-003"] == "audience: true for 17,641 of 31,999 customers of the segment"
    assert {"PRM-005", "BRD-004", *TRAPS} <= set(skipped)
    assert {h.passage.document_id for h in found.hits}.isdisjoint(skipped)


def test_an_offer_for_a_part_of_the_customers_makes_no_message_for_everyone(app):
    change_brief(app, offer_document_id="PRM-003", same_message=Tone.FRIENDLY)
    generate(app)
    variant = app.messages.get(f"{NEXT}-everyone-friendly")
    assert variant.state is VariantState.FAILED
    assert "PRM-003" in variant.problem
    assert not first_check(app).passed


def test_its_approval_covers_every_customer(app):
    campaign, now = app.campaigns.get(NEXT), app.approvals.seal_now(VARIANT)
    dataset = app.customers.get(campaign.dataset_id)
    table = str(app.settings.tables / f"{dataset.dataset_id}.parquet")
    ids = duckdb.read_parquet(table).select("customer_id").order("customer_id").fetchall()
    text = "\n".join([dataset.sha256, *(row[0] for row in ids), ""])
    assert len(ids) == 31_999
    assert now.audience == hashlib.sha256(text.encode()).hexdigest()


def test_it_takes_its_share_of_every_segment_and_all_get_the_one_message(app, marketer, tmp_path):
    experiment, export = send(app, tmp_path / "out")
    weights = {arm.name: arm.weight for arm in experiment.arms}
    assert weights[GROUP] == weights["urgent"] == pytest.approx(0.75 / 4)
    rows = assignments(app)
    for segment, customers in Counter(row["segment"] for row in rows).items():
        arms = Counter(row["arm"] for row in rows if row["segment"] == segment)
        assert set(arms) == set(weights)
        assert all(abs(arms[name] - customers * w) < 1 for name, w in weights.items())
    given = {(row["arm"], row["variant_id"]) for row in rows}
    assert [variant for arm, variant in given if arm == GROUP] == [VARIANT]
    assert len(given) == 15 + 1 + 1
    templates = sorted(p.name for p in (export.folder / "templates").glob("*.txt"))
    assert len(templates) == 16
    assert [name for name in templates if "-everyone-" in name] == [f"{VARIANT}.txt"]
    manifest = json.loads((export.folder / "manifest.json").read_text())
    assert manifest["templates"][VARIANT]["segment"] == "Everyone"
    with (export.folder / "recipients.csv").open(newline="") as file:
        sent = {
            r["variant_id"]
            for r in csv.DictReader(file)
            if r["cpo_dress_for_the_week_group"] == GROUP
        }
    assert sent == {VARIANT}


def test_a_group_added_afterwards_is_missed_until_it_has_its_message(app):
    change_brief(app, same_message=Tone.FRIENDLY)
    assert app.campaigns.get(NEXT).state == "in_review"
    assert not first_check(app).passed
    assert first_check(app).explanation.startswith(MISSING)
    with pytest.raises(MoveRefused, match=MISSING):
        app.send.prepare(NEXT, by=app.people.get("marketer"))
    assert generate(app).total == 1
    assert approve_all(app) == [f"{NEXT}-everyone-friendly"]
    assert first_check(app).passed
    assert app.campaigns.get(NEXT).state == "approved"


def test_messages_the_brief_no_longer_asks_for_stop_nobody_and_go_nowhere(
    written, tmp_path, marketer
):
    folder = shutil.copytree(written, tmp_path / "fewer")
    with application(folder) as app:
        change_brief(app, same_message=None, tones=(Tone.URGENT, Tone.FRIENDLY))
        assert len(app.approvals.queue(NEXT)) == 10
        assert [s.count for s in app.home.steps(app.campaigns.get(NEXT))][2:4] == [
            "10 written",
            "0 of 10",
        ]
        approve_all(app)
        assert first_check(app).passed
        _, export = send(app, tmp_path / "out")
        assert len(list((export.folder / "templates").glob("*.txt"))) == 10
        told = json.loads((app.settings.processed / "variants.json").read_text())
        assert {v["tone"] for v in told} == {"urgent", "friendly"}
        # What was written is kept, as it was.
        assert app.messages.get(VARIANT).state is VariantState.NEEDS_REVIEW


def test_the_brief_is_fixed_once_the_send_is_prepared(app, marketer):
    app.send.prepare(NEXT, by=marketer)
    with pytest.raises(MoveRefused, match="fixed"):
        change_brief(app, same_message=None)


def test_with_the_group_the_answer_is_about_messages_by_segment(app, marketer, tmp_path):
    send(app, tmp_path / "out")
    app.results.simulate(NEXT, lift=0.1, seed=3, by=marketer)
    worth = app.results.readout(NEXT).personalization
    assert (worth.best_single_arm, worth.single_message) == (GROUP, True)
    assert worth.sentence.startswith("Choosing the message by segment: benefit not shown")
    assert "against the same message for everyone. About " in worth.sentence
    assert f"{app.send.experiment(NEXT).customers:,}" in worth.sentence
    assert worth.needed_customers > 30_000


def test_without_the_group_only_the_choice_of_the_tone_is_spoken_of(app, marketer, tmp_path):
    change_brief(app, same_message=None)
    experiment, _ = send(app, tmp_path / "out")
    assert [arm.name for arm in experiment.arms if arm.everyone] == []
    app.results.simulate(NEXT, lift=0.1, seed=3, by=marketer)
    worth = app.results.readout(NEXT).personalization
    assert worth.single_message is False
    assert "the tone" in worth.sentence
    assert worth.sentence.endswith(
        "Whether messages by segment beat one message for everyone was not tested."
    )
    assert "Choosing the message" not in worth.sentence
