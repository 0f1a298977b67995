"""The card locked before a send, the reading by its method, and customers of other tests."""

import csv
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from core.errors import BadInput, MoveRefused, NotFound, Refused
from core.models.approval import ReviewDecision
from core.models.campaign import Brief, Tone
from core.models.customers import SegmentationMethod
from core.models.readout import Decision, ReadingMode
from core.models.segmentation import SegmentationRequest
from core.models.send import ReadingMethod
from core.orchestrator.config import ROOT, FrequencyCap
from core.orchestrator.service.send import Send
from core.statistics.assignment import uniform
from tests.journeys import packs
from tests.journeys.commands import application

FIRST, SECOND = "first", "second"
BRIEF = Brief(
    name="First",
    goal="Bring customers back for a first look at the clothes for the week ahead",
    tones=(Tone.FRIENDLY,),
    offer_document_id="PRM-001",
    hypothesis="A message brings more visits than none.",
    other_metrics=("conversion:proportion",),
    guardrails=("unsubscribe:proportion:rise:0.0005",),
    holdout=0.4,
    same_message=None,
)


@pytest.fixture(scope="module")
def approved(demo, tmp_path_factory):
    """Two campaigns for the same customers, approved; nobody may change it."""
    folder = tmp_path_factory.mktemp("approved") / "workspace"
    shutil.copytree(demo, folder)
    few = folder / "few.csv"
    few.write_text(
        "".join((ROOT / "data/raw/customers.csv").read_text().splitlines(keepends=True)[:4001])
    )
    with application(folder, execute=True) as app:
        marketer, approver = app.people.get("marketer"), app.people.get("approver")
        staged = app.customers.stage(few, id_column="customer_id", name="Four thousand")
        dataset = app.customers.use(staged, by=marketer).dataset_id
        app.segments.compute(dataset, SegmentationRequest(SegmentationMethod.RULES), by=marketer)
        for name in (FIRST, SECOND):
            brief = replace(BRIEF, name=name.title())
            app.campaigns.create(brief, by=marketer, dataset_id=dataset, campaign_id=name)
            app.messages.wait(app.messages.generate(name, by=marketer).run_id, timeout_s=120)
            for v in app.approvals.queue(name):
                app.approvals.decide(
                    v.variant_id,
                    ReviewDecision.APPROVE,
                    revision=v.revision,
                    reason="",
                    by=approver,
                )
    return folder


@pytest.fixture
def app(approved, tmp_path, open_application):
    with open_application(shutil.copytree(approved, tmp_path / "workspace")) as opened:
        yield opened


@pytest.fixture
def marketer(app):
    return app.people.get("marketer")


@pytest.fixture
def send(app, marketer, tmp_path):
    """Prepare and export a campaign, its brief changed or not."""

    def carry_out(name, **changes):
        if changes:
            campaign = app.campaigns.get(name)
            app.campaigns.edit(
                name,
                replace(campaign.brief, **changes),
                expected_revision=campaign.revision,
                by=marketer,
            )
        experiment = app.send.prepare(name, by=marketer)
        app.send.export(name, profile="generic", out=tmp_path / f"export-{name}", by=marketer)
        return experiment

    return carry_out


def on(station, day):
    """A station of the application as it will be on another day."""
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    context = replace(station.context, now=lambda: moment)
    return replace(station, context=context)


def assigned(app, name):
    rows = duckdb.read_parquet(str(app.send.context.table(f"assignments-{name}"))).fetchall()
    return {row[0]: row[3] for row in rows}


def outcomes(app, name, path, extra=()):
    """A file in which the message works; `extra` adds columns, by place and whether contacted."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        names = ("customer_id", "visit", "conversion", "unsubscribe", *(n for n, _ in extra))
        writer.writerow(names)
        for place, (customer, arm) in enumerate(sorted(assigned(app, name).items())):
            sent = arm != "Not contacted"
            more = [of(place, sent) for _, of in extra]
            writer.writerow([customer, int(place % (3 if sent else 7) == 0), 0, 0, *more])
    return path


def test_the_card_is_shown_as_it_will_be_locked_and_locked_as_it_was_shown(app, marketer):
    before = app.send.card(app.campaigns.get(FIRST))
    locked = app.send.prepare(FIRST, by=marketer)
    assert locked.card == before
    assert locked.card.guardrails == ("unsubscribe:proportion:rise:0.0005",)
    assert (locked.card.method, locked.card.outcome_days) == (ReadingMethod.ONCE, 14)
    assert app.send.experiment(FIRST) == locked
    assert app.results.read_out_on(FIRST) is None


def test_the_checklist_speaks_of_the_test_and_advice_blocks_nothing(app, marketer):
    checks = {check.name: check for check in app.send.checklist(FIRST)}
    assert checks["The decision card is complete"].passed
    assert "40 % of each segment" in checks["There is a control group"].explanation
    assert checks["No customer is in another running test"].explanation == (
        "No other test is running."
    )
    campaign = app.campaigns.get(FIRST)
    brief = replace(campaign.brief, hypothesis=" ", guardrails=())
    app.campaigns.edit(FIRST, brief, expected_revision=campaign.revision, by=marketer)
    card = {c.name: c for c in app.send.checklist(FIRST)}["The decision card is complete"]
    assert not card.passed
    assert not card.blocks
    assert "a hypothesis and a guardrail" in card.explanation
    assert app.send.prepare(FIRST, by=marketer).card.guardrails == ()


def test_a_result_read_once_is_preliminary_until_its_day(app, send, marketer, tmp_path):
    send(FIRST)
    day = app.results.read_out_on(FIRST)
    today = app.results.context.today()
    assert day == today + timedelta(days=14)
    app.results.import_outcomes(FIRST, outcomes(app, FIRST, tmp_path / "o.csv"), by=marketer)
    early = app.results.readout(FIRST).conclusion
    assert early.preliminary
    assert early.decision is Decision.USE
    assert early.reason.startswith(f"Preliminary until {day.day} {day:%B %Y}: friendly is better")
    last = on(app.results, day - timedelta(days=1)).readout(FIRST)
    final = on(app.results, day).readout(FIRST)
    assert last.conclusion.preliminary
    assert not final.conclusion.preliminary
    assert final.conclusion.decision is early.decision
    assert final.conclusion.reason == early.reason.partition(": ")[2]
    assert final.progress.smallest_group > 1000
    # The newest file is from before that day, and whoever reads it is told.
    assert any("before the day of the read-out" in said for said in final.health.warnings)
    assert not last.health.warnings


def test_a_decision_before_the_day_says_so_in_the_record_and_the_trail(
    app, send, marketer, tmp_path
):
    send(FIRST)
    app.results.import_outcomes(FIRST, outcomes(app, FIRST, tmp_path / "o.csv"), by=marketer)
    made = app.results.decide(FIRST, Decision.USE, reason="Cannot wait", by=marketer)
    assert made.preliminary
    assert app.results.decisions(FIRST)[0] == made
    assert json.loads(app.audit.latest(1)[0].detail)["preliminary"] is True


def test_simulated_outcomes_play_the_whole_test(app, send, marketer):
    send(FIRST)
    app.results.simulate(FIRST, lift=0.5, seed=2, by=marketer)
    found = app.results.readout(FIRST).conclusion
    assert found.reason.startswith("SIMULATED outcomes. friendly is better")
    assert "Guardrail unsubscribe: harm not excluded for friendly; about" in found.reason
    assert not found.preliminary


def test_an_imported_mailing_is_read_at_a_fixed_horizon_and_never_preliminary(app):
    name = "mens-and-womens-mailing"
    assert app.send.experiment(name).card.method is ReadingMethod.IMPORTED
    found = app.results.readout(name)
    assert not found.conclusion.preliminary
    assert found.settings["sequential"] is None
    assert app.results.read_out_on(name) is None


def stages(first, days):
    """sent_on by place: a stage on each day, and a last one that was not sent to yet."""
    dates = ["", *(first + timedelta(days=each) for each in days)]
    return lambda place, arm: dates[place % len(dates)]


def test_a_send_in_stages_reads_those_whose_days_have_passed(app, send, marketer, tmp_path):
    experiment = send(FIRST, in_stages=True, outcome_days=10)
    today = app.results.context.today()
    sent_on = ("sent_on", stages(today, (0, 3)))
    file = outcomes(app, FIRST, tmp_path / "o.csv", [sent_on])
    app.results.import_outcomes(FIRST, file, by=marketer)
    assert not app.results.measured(FIRST)
    assert "days after the send passed; the next" in app.results.waiting(FIRST)
    with pytest.raises(NotFound, match="10 days after the send"):
        app.results.readout(FIRST)
    assert app.results.read_out_on(FIRST) is None

    later = on(app.results, today + timedelta(days=11))
    assert later.measured(FIRST)
    one = later.readout(FIRST)
    third = experiment.customers / 3
    assert one.health.units == pytest.approx(third, abs=1)
    assert one.settings["planned_n"] == experiment.customers
    assert one.settings["information_fraction"] == pytest.approx(1 / 3, abs=1e-4)
    assert {row.mode for row in one.cumulative} == {ReadingMode.GROUP_SEQUENTIAL}
    assert "sequential interval" in one.conclusion.reason
    assert not one.conclusion.preliminary
    two = on(app.results, today + timedelta(days=13)).readout(FIRST)
    assert two.health.units == pytest.approx(2 * third, abs=1)
    assert {row.day for row in two.cumulative} == {today, today + timedelta(days=3)}
    assert any("no sent_on" in said for said in two.health.notes)
    primary = [e for e in two.estimates if e.metric == "visit" and e.slice is None]
    assert all(e.sequential_interval is not None for e in primary)
    said = packs.hold(later, FIRST, tmp_path, app.people.get("analyst"))
    assert f"{one.health.units} rows of outcomes.csv summed" in said


@pytest.mark.parametrize(
    ("sent_on", "said"),
    [
        (None, "no column sent_on"),
        (lambda place, arm: "", "Nobody has a sent_on yet"),
        (lambda place, arm: "2020-01-01" if arm else "", "None of the group"),
    ],
)
def test_without_the_day_of_the_send_nobody_can_be_placed(
    app, send, marketer, tmp_path, sent_on, said
):
    send(FIRST, in_stages=True)
    extra = [] if sent_on is None else [("sent_on", sent_on)]
    app.results.import_outcomes(FIRST, outcomes(app, FIRST, tmp_path / "o.csv", extra), by=marketer)
    assert said in app.results.waiting(FIRST)
    with pytest.raises(NotFound, match=said):
        app.results.readout(FIRST)


def test_what_the_outcomes_do_not_hold_is_said_and_the_rest_is_read(app, send, marketer, tmp_path):
    send(FIRST)
    path = tmp_path / "o.csv"
    path.write_text("customer_id,visit\n" + "".join(f"{c},1\n" for c in assigned(app, FIRST)))
    app.results.import_outcomes(FIRST, path, by=marketer)
    found = app.results.readout(FIRST)
    assert {e.metric for e in found.estimates} == {"visit"}
    warned = " ".join(found.health.warnings)
    assert "The guardrail unsubscribe is on the decision card and cannot be read" in warned
    assert "The metric conversion is on" in warned


def test_without_the_metric_that_decides_nothing_is_read(app, send, marketer, tmp_path):
    send(FIRST)
    path = tmp_path / "o.csv"
    path.write_text("customer_id,clicks\n" + "".join(f"{c},1\n" for c in assigned(app, FIRST)))
    app.results.import_outcomes(FIRST, path, by=marketer)
    with pytest.raises(BadInput, match="do not hold visit, which decides; they hold clicks"):
        app.results.readout(FIRST)


def test_simulated_outcomes_of_a_send_in_stages_are_read_by_its_own_method(app, send, marketer):
    send(FIRST, in_stages=True)
    app.results.simulate(FIRST, lift=0.3, seed=1, by=marketer)
    found = app.results.readout(FIRST)
    assert "sequential interval" in found.conclusion.reason
    assert found.settings["information_fraction"] == 1


def test_customers_of_a_running_test_are_left_out_and_named(app, send, marketer):
    held = send(FIRST)
    until = app.results.read_out_on(FIRST)
    reason = f"in the running test 'First' until {until.day} {until:%B %Y}"
    (check,) = [c for c in app.send.checklist(SECOND) if "another running" in c.name]
    assert check.blocks
    assert f"Nobody is left: {held.customers:,} customers are {reason}" in check.explanation
    with pytest.raises(Refused, match=reason):
        app.send.prepare(SECOND, by=marketer)
    assert app.send.experiment(SECOND) is None
    # On the day of the read-out they are free again, and so they are after a decision.
    free = on(app.send, until)
    assert free.prepare(SECOND, by=marketer).customers == held.customers


def test_some_are_held_and_the_others_are_assigned(app, send, marketer):
    send(FIRST)
    path = app.send.context.table(f"assignments-{FIRST}")
    kept = duckdb.read_parquet(str(path)).filter("customer_id < 'C02000'").to_df()
    duckdb.from_df(kept).write_parquet(str(path))
    second = app.send.prepare(SECOND, by=marketer)
    held = [e for e in second.excluded if "running test 'First'" in e.reason]
    assert [e.customers for e in held] == [len(kept)]
    assert not set(assigned(app, SECOND)) & set(kept["customer_id"])
    assert "Not contacted" in set(kept["arm"])
    assert app.send.prepare(SECOND, by=marketer) == second


def test_a_brief_may_let_customers_of_other_tests_take_part(app, send, marketer):
    first = send(FIRST)
    campaign = app.campaigns.get(SECOND)
    app.campaigns.edit(
        SECOND,
        replace(campaign.brief, may_overlap=True),
        expected_revision=campaign.revision,
        by=marketer,
    )
    (check,) = [c for c in app.send.checklist(SECOND) if "another running" in c.name]
    assert not check.passed
    assert not check.blocks
    assert f"{first.customers:,} customers are in the running test 'First'" in check.explanation
    second = app.send.prepare(SECOND, by=marketer)
    assert second.customers == first.customers
    one, two = assigned(app, FIRST), assigned(app, SECOND)
    both = sum(one[c] == two[c] == "friendly" for c in one) / len(one)
    assert both == pytest.approx(0.6 * 0.6, abs=0.03)


def test_a_test_that_is_only_prepared_is_named_and_holds_nobody(app, marketer):
    app.send.prepare(FIRST, by=marketer)
    (check,) = [c for c in app.send.checklist(SECOND) if "another running" in c.name]
    assert "in the test 'First', which is prepared and not exported" in check.explanation
    assert not check.blocks
    app.campaigns.stop(FIRST, by=marketer)
    (check,) = [c for c in app.send.checklist(SECOND) if "another running" in c.name]
    assert check.passed
    app.send.prepare(SECOND, by=marketer)


def test_a_rehearsal_and_a_decided_test_hold_nobody(app, send, marketer, tmp_path):
    send(FIRST)
    assert not app.send.outlook(SECOND).customers
    app.results.simulate(FIRST, lift=0.1, seed=1, by=marketer)
    assert app.send.outlook(SECOND).running == ()
    send(SECOND)


def test_a_decision_lets_the_customers_go(app, send, marketer, tmp_path):
    send(FIRST)
    app.results.import_outcomes(FIRST, outcomes(app, FIRST, tmp_path / "o.csv"), by=marketer)
    app.results.decide(FIRST, Decision.NO_DIFFERENCE, reason="Over", by=marketer)
    assert app.send.outlook(SECOND).running == ()


def test_a_send_in_stages_holds_its_customers_until_it_is_decided(app, send):
    send(FIRST, in_stages=True)
    far = app.send.context.today() + timedelta(days=300)
    (test,) = on(app.send, far).outlook(SECOND).running
    assert test.words == "in the running test 'First' until its result is decided"


def test_the_global_holdout_is_outside_of_every_campaign(app, marketer):
    settings = app.settings
    config = replace(settings.app.experiment, global_holdout=0.1)
    settings = replace(settings, app=replace(settings.app, experiment=config))
    context = replace(app.send.context, settings=settings)
    sending = Send(context, app.approvals)
    both = [sending.prepare(name, by=marketer) for name in (FIRST, SECOND)]
    for name, experiment in zip((FIRST, SECOND), both, strict=True):
        out = next(e for e in experiment.excluded if e.reason == "global holdout")
        share = out.customers / (out.customers + experiment.customers)
        assert share == pytest.approx(0.1, abs=0.02)
        assert min(uniform("global holdout", c) for c in assigned(app, name)) >= 0.1
    expected = sending.outlook(FIRST)
    assert expected.customers == both[0].customers


def test_nobody_gets_more_messages_than_the_settings_allow(app, send, marketer):
    settings = app.settings
    config = replace(settings.app.experiment, frequency_cap=FrequencyCap(messages=1, days=7))
    settings = replace(settings, app=replace(settings.app, experiment=config))
    sending = Send(replace(app.send.context, settings=settings), app.approvals)
    assert "0 customers are at the limit of 1 message in 7 days" in capped(sending, SECOND)
    send(FIRST)
    campaign = app.campaigns.get(SECOND)
    app.campaigns.edit(
        SECOND,
        replace(campaign.brief, may_overlap=True),
        expected_revision=campaign.revision,
        by=marketer,
    )
    got = {c for c, arm in assigned(app, FIRST).items() if arm != "Not contacted"}
    assert f"{len(got):,} customers are at the limit of 1 message in 7 days" in capped(
        sending, SECOND
    )
    shown = sending.outlook(SECOND).excluded[-1]
    assert (shown.reason, shown.customers) == ("at the limit of 1 message in 7 days", len(got))
    later = on(sending, app.send.context.today() + timedelta(days=9))
    assert "0 customers are at the limit" in capped(later, SECOND)
    experiment = sending.prepare(SECOND, by=marketer)
    assert experiment.excluded[-1] == shown
    # The not contacted of the first mailing got no message, so they may take part.
    assert set(assigned(app, SECOND)) == set(assigned(app, FIRST)) - got
    entry = next(e for e in app.audit.latest(9) if e.action == "prepare send")
    assert json.loads(entry.detail)["excluded"][shown.reason] == len(got)


def capped(sending, name):
    checks = {check.name: check for check in sending.checklist(name)}
    return checks["Nobody gets more messages than the settings allow"].explanation


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outcome_days": 0}, "1 to 365 days"),
        ({"outcome_days": 366}, "1 to 365 days"),
        ({"guardrails": ("unsubscribe",)}, "cannot be read"),
        ({"guardrails": ("visit:proportion:fall",)}, "cannot be its guardrail too"),
        ({"guardrails": ("u:proportion:rise", "u:mean:rise")}, "guardrail|given twice"),
        ({"guardrails": ("u:proportion:rise:5",)}, "such as 0.0005 for 0.05 points"),
        ({"guardrails": ("u:proportion:rise:0",)}, "a number above 0"),
        ({"other_metrics": ("spend:mean:fall:0.2",)}, "A margin belongs to a guardrail"),
        ({"other_metrics": ("visit:proportion",)}, "given twice"),
    ],
)
def test_a_brief_that_cannot_be_judged_is_refused_in_words(app, marketer, changes, said):
    with pytest.raises(BadInput, match=said):
        app.campaigns.create(replace(BRIEF, **changes), by=marketer)


def test_a_prepared_send_is_what_it_was(app, marketer):
    locked = app.send.prepare(FIRST, by=marketer)
    campaign = app.campaigns.get(FIRST)
    with pytest.raises(MoveRefused):
        app.campaigns.edit(
            FIRST,
            replace(campaign.brief, guardrails=()),
            expected_revision=campaign.revision,
            by=marketer,
        )
    assert app.send.experiment(FIRST).card == locked.card


def test_a_margin_says_how_many_customers_it_takes(app):
    assert app.planning.customers_for_margin(0.002, 0.0005) == 98_800
    with pytest.raises(BadInput):
        app.planning.customers_for_margin(0.002, 0.0)
