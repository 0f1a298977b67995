"""The learning ledger: which tests enter, what it says of them, and what it never says."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from core.models.approval import ReviewDecision
from core.models.campaign import Brief, Tone
from core.models.customers import SegmentationMethod
from core.models.learning import Strength
from core.models.segmentation import SegmentationRequest
from core.orchestrator.config import ROOT
from core.orchestrator.service.learning import Learning
from core.orchestrator.service.sealed_tests import NOT_YET, SIMULATED, SealedTests
from core.reports.learning import row_words
from tests.journeys.commands import application, run

FINISHED, OWN = "mens-and-womens-mailing", "own"
CONTROL, SAME = "Not contacted", "Same message for everyone"
WORKS = {"friendly": 0.06, "urgent": 0.02, SAME: 0.02, CONTROL: 0.0}

BRIEF = Brief(
    name="Our own",
    goal="Bring customers back for a first look at the clothes for the week ahead",
    tones=(Tone.FRIENDLY, Tone.URGENT),
    offer_document_id="PRM-001",
    hypothesis="A message brings more visits than none.",
)


@pytest.fixture(scope="module")
def exported(demo, tmp_path_factory):
    """A campaign to some thousand customers, handed over; nobody may change it."""
    folder = shutil.copytree(demo, tmp_path_factory.mktemp("exported") / "workspace")
    customers = (ROOT / "data/raw/customers.csv").read_text().splitlines(keepends=True)
    (folder / "some.csv").write_text("".join(customers[:9001]))
    with application(folder, execute=True) as app:
        marketer, approver = app.people.get("marketer"), app.people.get("approver")
        staged = app.customers.stage(folder / "some.csv", id_column="customer_id", name="Some")
        dataset = app.customers.use(staged, by=marketer).dataset_id
        app.segments.compute(dataset, SegmentationRequest(SegmentationMethod.RULES), by=marketer)
        app.campaigns.create(BRIEF, by=marketer, dataset_id=dataset, campaign_id=OWN)
        app.messages.wait(app.messages.generate(OWN, by=marketer).run_id, timeout_s=120)
        for variant in app.approvals.queue(OWN):
            app.approvals.decide(
                variant.variant_id, ReviewDecision.APPROVE, revision=1, reason="", by=approver
            )
        app.send.prepare(OWN, by=marketer)
        app.send.export(OWN, profile="generic", out=folder / "reports" / "export", by=marketer)
    return folder


@pytest.fixture(scope="module")
def read(exported, tmp_path_factory):
    """The campaign with real outcomes that came in after its day; nobody may change it."""
    folder = shutil.copytree(exported, tmp_path_factory.mktemp("read") / "workspace")
    with application(folder) as app:
        bring(app, folder / "outcomes.csv", day_of(app) + timedelta(1))
    return folder


@pytest.fixture
def app(exported, tmp_path):
    with application(shutil.copytree(exported, tmp_path / "workspace")) as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(read):
    with application(read) as app:
        yield app


@pytest.fixture(scope="module")
def ledger(opened):
    return learning(opened, day_of(opened) + timedelta(2)).ledger()


def day_of(app):
    return app.results.read_out_on(OWN)


def at(context, day):
    return replace(context, now=lambda: datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


def learning(app, day):
    """The ledger as it will be on another day."""
    context = at(app.learning.context, day)
    return Learning(context, SealedTests(context, app.results.agents))


def bring(app, path, day, **columns):
    """Outcomes in which each group works as planted, brought in on a day."""
    assigned = pd.read_parquet(app.send.context.table(f"assignments-{OWN}"))
    rng = np.random.default_rng(9)
    found = assigned[["customer_id"]].copy()
    chance = 0.12 + assigned.arm.map(WORKS).to_numpy()
    found["visit"] = (rng.random(len(found)) < chance).astype(int)
    for name, of in columns.items():
        found[name] = of(assigned)
    found.to_csv(path, index=False)
    results = replace(app.results, context=at(app.results.context, day))
    results.import_outcomes(OWN, path, by=app.people.get("marketer"))


def own(ledger):
    return next(t for t in ledger.tests if t.campaign.campaign_id.startswith(OWN))


def rows(ledger, control):
    primary = own(ledger).experiment.card.primary_metric.partition(":")[0]
    found = [r for r in ledger.rows if r.question.control == control]
    return [r for r in found if r.question.metric.name == primary and not r.imported]


def test_a_test_enters_with_every_segment_and_tone_against_both_controls(ledger):
    test = own(ledger)
    assert test.left_out is None
    tones = set(test.tones)
    for control, groups in ((CONTROL, tones), (SAME, tones - {SAME})):
        subjects = {(r.subject.segment, r.subject.tone) for r in rows(ledger, control)}
        assert subjects == {(s, t) for s in test.segments for t in groups}


@pytest.mark.parametrize("control", [CONTROL, SAME])
def test_what_was_measured_is_what_a_query_of_its_own_finds(opened, ledger, control):
    context = opened.send.context
    assigned, outcomes = (
        duckdb.read_parquet(str(context.table(f"{name}-{OWN}")))
        for name in ("assignments", "outcomes")
    )
    both = assigned.join(outcomes, "customer_id", how="left")
    means = {
        (segment, arm): (mean, n)
        for segment, arm, mean, n in both.aggregate(
            "segment, arm, avg(coalesce(visit, 0)), count(*)", "segment, arm"
        ).fetchall()
    }
    for row in rows(ledger, control):
        segment, arm = row.subject.segment, row.subject.tone
        expected = means[segment, arm][0] - means[segment, control][0]
        assert row.measured == pytest.approx(expected, abs=1e-9)
        assert (row.n, row.n_control) == (means[segment, arm][1], means[segment, control][1])


def test_rows_are_drawn_together_and_one_test_is_always_weak(ledger):
    found = rows(ledger, CONTROL)
    assert np.std([r.effect for r in found]) < np.std([r.measured for r in found])
    assert max(r.effect for r in found) < max(r.measured for r in found)
    assert {(r.tests, r.strength) for r in found} == {(1, Strength.WEAK)}


def test_the_mailing_made_elsewhere_is_marked_and_never_mixed_with_ours(ledger):
    elsewhere = [r for r in ledger.rows if r.imported]
    assert elsewhere
    assert {r.question.control for r in elsewhere} == {"No E-Mail"}
    assert all(r.imported == r.tests for r in elsewhere)
    assert "made elsewhere" in row_words(elsewhere[0])


class Again:
    """The same test as if it had been held several times, months apart, each a little lower."""

    def __init__(self, test, months):
        self.found = tuple(
            replace(
                test,
                campaign=replace(test.campaign, campaign_id=f"{OWN}-{ago}"),
                read_on=test.read_on - timedelta(days=31 * ago),
                effects=tuple(
                    replace(e, difference=e.difference - 0.001 * ago) for e in test.effects
                ),
            )
            for ago in months
        )

    def everything(self):
        return self.found


def test_tests_of_the_same_are_combined_and_the_newest_gives_the_age(opened, ledger):
    context = at(opened.learning.context, own(ledger).read_on)
    again = Learning(context, Again(own(ledger), (5, 8, 11))).ledger()  # type: ignore[arg-type]
    best = max(rows(again, CONTROL), key=lambda row: row.effect)
    assert best.subject.tone == "friendly"
    assert (best.tests, best.months, best.strength) == (3, 5, Strength.STRONG)
    said = row_words(best)
    assert said.startswith(f"For {best.subject.segment}, friendly against not contacted: +")
    assert said.endswith("3 tests, the last 5 months ago. Strong.")
    once = {r.subject.key: r for r in rows(ledger, CONTROL)}[best.subject.key]
    assert np.diff(best.interval) < np.diff(once.interval)


def test_the_brief_hears_of_its_own_segments_and_tones_only(opened, ledger):
    campaign = own(ledger).campaign
    asked = learning(opened, day_of(opened) + timedelta(2)).about
    brief = replace(campaign.brief, tones=campaign.brief.tones[:1])
    found = asked(brief, campaign.segmentation_id)
    assert {row.subject.tone for row in found} == {brief.tones[0].value}
    assert len(found) == len(own(ledger).segments)
    assert asked(replace(brief, outcome_days=30), campaign.segmentation_id) == ()
    assert asked(replace(brief, control_message=True), campaign.segmentation_id) == ()
    assert asked(replace(brief, primary_metric="spend:mean"), campaign.segmentation_id) == ()


def test_after_an_erasure_the_ledger_counts_one_customer_less(read, tmp_path):
    folder = shutil.copytree(read, tmp_path / "workspace")
    with application(folder) as app:
        later = learning(app, day_of(app) + timedelta(2))
        before = {r.subject.key: r.n for r in rows(later.ledger(), CONTROL)}
        assigned = pd.read_parquet(app.send.context.table(f"assignments-{OWN}"))
        gone = assigned[assigned.arm == "friendly"].iloc[0]
        assert run(folder, "erase", gone.customer_id, "--reason", "asked for it").code == 0
        after = {r.subject: r.n for r in rows(later.ledger(), CONTROL)}
    changed = {s.segment: before[s.key] - n for s, n in after.items() if before[s.key] != n}
    assert changed == {gone.segment: 1}
    assert own(later.ledger()).left_out is None


def test_without_outcomes_nothing_is_learnt(app):
    assert own(app.learning.ledger()).left_out == NOT_YET


@pytest.mark.parametrize(
    ("brought", "asked", "why"),
    [(1, 2, "It was not read out yet: its day is"), (1, 20, "before the day of its read-out")],
    ids=["before its day", "outcomes from before its day"],
)
def test_a_test_is_left_out_before_its_day(app, tmp_path, brought, asked, why):
    begin = day_of(app) - timedelta(14)
    bring(app, tmp_path / "outcomes.csv", begin + timedelta(brought))
    test = own(learning(app, begin + timedelta(asked)).ledger())
    assert why in test.left_out
    assert test.effects == ()


def test_a_test_whose_health_fails_is_left_out(app, tmp_path):
    def lost(assigned):
        sent = (assigned.arm != CONTROL).astype(int)
        return sent * (1 - ((assigned.arm == "urgent") & (assigned.index % 4 == 0)).astype(int))

    day = day_of(app) + timedelta(1)
    bring(app, tmp_path / "outcomes.csv", day, sent=lost)
    assert own(learning(app, day).ledger()).left_out.startswith("Its health does not hold: ")


def test_simulated_outcomes_teach_nothing(app):
    app.results.simulate(OWN, lift=0.5, seed=1, by=app.people.get("marketer"))
    ledger = app.learning.ledger()
    test = own(ledger)
    assert (test.left_out, test.effects) == (SIMULATED, ())
    assert test.conclusion is not None
    assert rows(ledger, CONTROL) == []


def test_the_ledger_is_worked_out_anew_only_when_something_happened(app, monkeypatch):
    first = app.learning.ledger()
    monkeypatch.setattr("core.orchestrator.service.sealed_tests.analyze_select", None)
    assert app.learning.ledger() is first
    monkeypatch.undo()
    app.results.simulate(OWN, lift=0.5, seed=1, by=app.people.get("marketer"))
    assert app.learning.ledger() is not first


def test_the_command_says_the_same_in_words_and_as_a_document(read):
    document = run(read, "learning", "--json").document
    assert len(document["rows"]) == 30
    assert {row["control"] for row in document["rows"]} == {"No E-Mail"}
    left_out = {t["campaign_id"]: t["left_out"] for t in document["tests"]}
    assert left_out[FINISHED] is None
    assert "not read out yet" in left_out[OWN]
    text = run(read, "learning").out
    assert text.count("For ") == 30
    assert "Strong: at least 3 tests" in text
    assert "best" not in text.lower()
