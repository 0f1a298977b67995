"""What a message says of its readers is counted from screen to send, and can be repaired."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
import yaml

from core.errors import BadInput, MoveRefused, NotAllowed, SealBroken, StaleRevision
from core.models.approval import ReviewDecision
from core.models.messages import VariantState
from core.models.workspace import WorkspaceChoices
from core.orchestrator.service.audience import campaign_audience, send_day
from core.orchestrator.service.reader_truth import TRUE_OF_ALL
from tests.journeys.commands import application

NEXT = "dress-for-the-week"
MENSWEAR = f"{NEXT}-menswear-regulars-friendly"
NINE = Path(__file__).parents[1] / "unit" / "content" / "nine_published.yaml"


@pytest.fixture(scope="module")
def written(demo, tmp_path_factory):
    """The next mailing, written and in the queue; nobody may change it."""
    folder = tmp_path_factory.mktemp("written") / "workspace"
    shutil.copytree(demo, folder)
    with application(folder, execute=True) as app:
        run = app.messages.generate(NEXT, by=app.people.get("marketer"))
        app.messages.wait(run.run_id, timeout_s=120)
    return folder


@pytest.fixture
def app(written, tmp_path, open_application):
    folder = shutil.copytree(written, tmp_path / "workspace")
    with open_application(folder) as opened:
        yield opened


@pytest.fixture
def marketer(app):
    return app.people.get("marketer")


def said(app, marketer, sentence, variant_id=MENSWEAR):
    """A message that also says this, at the end of its second paragraph."""
    variant = app.messages.get(variant_id)
    first, second, *rest = variant.message.body.split("\n\n")
    body = "\n\n".join((first, f"{second} {sentence}", *rest))
    message = replace(variant.message, body=body)
    return app.messages.edit(variant_id, message, expected_revision=variant.revision, by=marketer)


def finding(variant):
    (found,) = [f for f in variant.screened.findings if f.rule == "reader_statement"]
    return found


def line(app, variant):
    (found,) = [each for each in app.audience_truth.panel(variant.variant_id) if not each.holds]
    return found


def approve_all(app):
    by = app.people.get("approver")
    for variant in app.approvals.queue(NEXT):
        app.approvals.decide(
            variant.variant_id,
            ReviewDecision.APPROVE,
            revision=variant.revision,
            reason="",
            by=by,
        )


def test_no_message_of_the_demo_is_blocked_for_what_it_says_of_its_readers(app):
    for variant in app.messages.variants(NEXT):
        assert variant.state is VariantState.NEEDS_REVIEW
        assert all(each.holds for each in app.audience_truth.panel(variant.variant_id))


def test_an_approved_sentence_is_counted_over_its_own_audience(app):
    (found,) = app.audience_truth.panel(f"{NEXT}-lapsing-urgent")
    assert found.statement.approved == "BRD-004"
    assert (
        found.counted.truth.true
        == app.audience_truth.readers(app.campaigns.get(NEXT), "lapsing").customers
    )


def test_a_statement_that_is_not_so_for_all_blocks_with_its_counts(app, marketer):
    edited = said(app, marketer, "You shop by phone.")
    found = finding(edited)
    customers = app.audience_truth.readers(app.campaigns.get(NEXT), "menswear-regulars").customers
    truth = found.truth
    assert edited.state is VariantState.BLOCKED
    assert truth.true + truth.false + truth.unknown == customers
    assert f"True for {truth.true:,} of {customers:,}" in found.explanation
    assert len(found.repairs) == 3


def test_the_sentence_is_removed_by_a_revision_that_is_checked_again(app, marketer):
    before = app.messages.get(MENSWEAR)
    edited = said(app, marketer, "You shop by phone.")
    repaired = app.audience_truth.remove(
        MENSWEAR, line(app, edited), expected_revision=edited.revision, by=marketer
    )
    assert repaired.message == before.message
    assert repaired.revision == edited.revision + 1
    assert repaired.state is VariantState.NEEDS_REVIEW
    assert marketer.name in repaired.authors


def test_the_sentence_is_said_only_to_those_of_whom_it_is_true(app, marketer):
    edited = said(app, marketer, "You shop by phone.")
    repaired = app.audience_truth.make_conditional(
        MENSWEAR, line(app, edited), expected_revision=edited.revision, by=marketer
    )
    assert '{% if channel == "Phone" %} You shop by phone.{% endif %}' in repaired.message.body
    assert repaired.state is VariantState.NEEDS_REVIEW
    assert all(each.holds for each in app.audience_truth.panel(MENSWEAR))


def test_a_repair_of_a_text_that_was_changed_meanwhile_records_nothing(app, marketer):
    edited = said(app, marketer, "You shop by phone.")
    found = line(app, edited)
    said(app, marketer, "It is warm.")
    with pytest.raises(StaleRevision):
        app.audience_truth.remove(MENSWEAR, found, expected_revision=edited.revision, by=marketer)


def test_narrowing_takes_every_group_alike_and_is_counted_and_named(app, marketer):
    said(app, marketer, "You shop by phone.")
    before = app.send.outlook(NEXT)
    campaign = app.campaigns.get(NEXT)
    shown = app.audience_truth.narrowing(NEXT, "channel = 'Phone'")
    assert app.campaigns.get(NEXT).brief.audience == ""  # nothing changes by looking
    found = app.audience_truth.narrow(
        NEXT, "channel = 'Phone'", expected_revision=campaign.revision, by=marketer
    )
    after = app.send.outlook(NEXT)
    assert found == shown
    assert (found.assignable_before, found.assignable_after) == (before.customers, after.customers)
    assert after.customers < before.customers
    outside = {e.reason: e.customers for e in after.excluded}["outside the campaign's audience"]
    assert outside == before.customers - after.customers
    assert set(after.eligible) == set(before.eligible)
    # What was blocked is true of everybody now, and in the queue.
    assert app.messages.get(MENSWEAR).state is VariantState.NEEDS_REVIEW
    assert app.campaigns.get(NEXT).revision == campaign.revision + 1
    assert "narrow audience" in [e.action for e in app.audit.latest(60)]


def test_nobody_outside_a_narrowed_audience_is_assigned(app, marketer):
    app.audience_truth.narrow(
        NEXT,
        "channel = 'Phone'",
        expected_revision=app.campaigns.get(NEXT).revision,
        by=marketer,
    )
    approve_all(app)
    experiment = app.send.prepare(NEXT, by=marketer)
    dataset = app.customers.get(app.campaigns.get(NEXT).dataset_id)
    assigned = json.loads(
        (app.settings.processed / "campaigns" / NEXT / "assignments.json").read_text()
    )
    rows = pandas_rows(app, dataset)
    assert len(assigned) == experiment.customers > 0
    assert {rows[a["customer_id"]] for a in assigned} == {"Phone"}


def pandas_rows(app, dataset):
    frame = pd.read_parquet(app.settings.tables / f"{dataset.dataset_id}.parquet")
    return dict(zip(frame["customer_id"], frame["channel"], strict=True))


def test_narrowing_voids_what_was_approved(app, marketer):
    approve_all(app)
    app.audience_truth.narrow(
        NEXT,
        "channel = 'Phone'",
        expected_revision=app.campaigns.get(NEXT).revision,
        by=marketer,
    )
    states = {v.state for v in app.messages.variants(NEXT)}
    assert states == {VariantState.NEEDS_REVIEW}
    with pytest.raises((MoveRefused, SealBroken)):
        app.send.prepare(NEXT, by=marketer)


def test_after_a_send_is_prepared_the_audience_is_fixed(app, marketer):
    approve_all(app)
    app.send.prepare(NEXT, by=marketer)
    with pytest.raises(MoveRefused, match="prepared"):
        app.audience_truth.narrow(
            NEXT,
            "channel = 'Phone'",
            expected_revision=app.campaigns.get(NEXT).revision,
            by=marketer,
        )


@pytest.mark.parametrize(
    ("rule", "who", "error"),
    [
        ("channel = 'Phone'", "approver", NotAllowed),
        ("shoe_size > 40", "marketer", BadInput),
        ("channel = ", "marketer", BadInput),
        ("channel = 'Pigeon'", "marketer", BadInput),  # nobody would be left
    ],
)
def test_an_audience_that_cannot_be_is_refused(app, rule, who, error):
    campaign = app.campaigns.get(NEXT)
    with pytest.raises(error):
        app.audience_truth.narrow(
            NEXT, rule, expected_revision=campaign.revision, by=app.people.get(who)
        )
    assert app.campaigns.get(NEXT) == campaign


def test_a_wider_audience_cannot_be_approved_or_sent_with_a_text_for_the_narrow_one(app, marketer):
    def narrow(rule):
        revision = app.campaigns.get(NEXT).revision
        app.audience_truth.narrow(NEXT, rule, expected_revision=revision, by=marketer)

    narrow("channel = 'Phone'")
    edited = said(app, marketer, "You shop by phone.")
    assert edited.state is VariantState.NEEDS_REVIEW
    narrow("")
    with pytest.raises(MoveRefused, match="You shop by phone"):
        app.approvals.decide(
            MENSWEAR,
            ReviewDecision.APPROVE,
            revision=edited.revision,
            reason="",
            by=app.people.get("approver"),
        )
    (check,) = [c for c in app.send.checklist(NEXT) if c.name == TRUE_OF_ALL]
    assert check.blocks


def test_a_text_that_another_tone_has_already_is_blocked(app, marketer):
    other = app.messages.get(f"{NEXT}-menswear-regulars-urgent")
    mine = app.messages.get(MENSWEAR)
    edited = app.messages.edit(
        MENSWEAR, other.message, expected_revision=mine.revision, by=marketer
    )
    assert "duplicate" in {f.rule for f in edited.screened.findings}
    assert edited.state is VariantState.BLOCKED
    (check,) = [c for c in app.send.checklist(NEXT) if c.name == "Every tone says something else"]
    assert check.blocks


def test_the_day_of_the_send_is_a_day_of_the_workspace(app):
    context = app.audience_truth.context
    late = replace(context, now=lambda: datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    admin = app.people.get("admin")
    app.workspace.change(WorkspaceChoices(time_zone="Pacific/Auckland"), by=admin)
    assert send_day(late, None) == date(2027, 1, 1)
    app.workspace.change(WorkspaceChoices(time_zone="America/New_York"), by=admin)
    assert send_day(late, None) == date(2026, 12, 31)
    brief = app.campaigns.get(NEXT).brief
    assert send_day(late, replace(brief, planned_send=date(2027, 3, 1))) == date(2027, 3, 1)
    assert send_day(late, replace(brief, planned_send=date(2026, 3, 1))) == date(2026, 12, 31)


def test_a_month_is_that_of_the_planned_day(app):
    campaign = app.campaigns.get(NEXT)
    planned = replace(campaign, brief=replace(campaign.brief, planned_send=date(2031, 5, 4)))
    audience = campaign_audience(app.audience_truth.context, planned, "lapsing")
    assert audience.day == date(2031, 5, 4)


def test_screen_counts_over_a_segment_and_blocks_without_one(demo, command):
    text = "As a new customer, you shop by phone."
    with_segment = command(demo, "screen", "--text", text, "--segment", "new-customers", "--json")
    found = json.loads(with_segment.out)
    (statement,) = [f for f in found["findings"] if f["rule"] == "reader_statement"]
    assert statement["text"] == "you shop by phone"
    assert statement["truth"]["true"] > 0
    assert (
        sum(statement["truth"].values()) == statement["truth"]["true"] + statement["truth"]["false"]
    )
    assert found["decision"] == "block"
    without = json.loads(command(demo, "screen", "--text", text, "--json").out)
    assert without["decision"] == "block"
    assert "No audience is named" in json.dumps(without)


def test_the_command_shows_both_sizes_before_it_narrows(written, tmp_path, command):
    folder = shutil.copytree(written, tmp_path / "workspace")
    narrow = ("campaign", "narrow", NEXT, "--rule", "channel = 'Phone'")
    shown = command(folder, *narrow, "--preview", "--json")
    adopted = command(folder, *narrow, "--as", "marketer", "--json")
    one, two = json.loads(shown.out), json.loads(adopted.out)
    assert (one["adopted"], two["adopted"]) == (False, True)
    assert one["before"] == two["before"] > two["after"] == one["after"] > 0
    assert command(folder, *narrow, "--as", "approver").code == 1


@pytest.mark.parametrize("message", yaml.safe_load(NINE.read_text()))
def test_a_published_message_blocks_for_its_offer_that_is_over(message, demo, open_application):
    with open_application(demo) as app:
        found = app.checks.screen_text(message["body"], subject=message["subject"])
    rules = {f.rule for f in found.findings if f.level == "block"}
    assert {"placeholder", "markup", "source_tag"} <= rules
    assert [f for f in found.findings if f.rule.startswith("unsupported") and "30" in f.text]
