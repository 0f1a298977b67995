"""Can the test answer its question? By what is known, before anything is written or sent."""

import csv
from collections import defaultdict
from dataclasses import replace
from statistics import mean, stdev

import pytest

from core.errors import BadInput, NotFound
from core.models.campaign import TONES, Tone
from core.models.placebo import PlaceboRequest
from core.models.readout import Decision
from core.orchestrator.config import ROOT
from core.storage import campaigns
from tests.journeys.commands import application, run

NEXT, FINISHED = "dress-for-the-week", "mens-and-womens-mailing"
HISTORY = ROOT / "data" / "raw" / "historical_engagement.csv"


def answered(folder, **changes):
    """The answer for the next mailing, with these changes of its brief."""
    with application(folder) as app:
        campaign = app.campaigns.get(NEXT)
        return app.planning.answer(replace(campaign.brief, **changes), campaign.segmentation_id)


def not_contacted(folder, metric):
    """The outcomes of the real mailing's control group by segment, without our SQL."""
    with application(folder) as app:
        campaign = app.campaigns.get(FINISHED)
        segments = app.segments.get(campaign.segmentation_id).segments
        where = {
            customer: segment.name
            for segment in segments
            for customer in app.segments.members(
                campaign.segmentation_id, segment.segment_id, page=1, size=50_000
            )
        }
    found = defaultdict(list)
    with HISTORY.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["arm"] == "No E-Mail" and row["customer_id"] in where:
                found[where[row["customer_id"]]].append(float(row[metric]))
    return found


def test_everybody_who_may_be_written_to_is_counted(demo):
    found = answered(demo)
    with application(demo) as app:
        segments = app.segments.get(app.campaigns.get(NEXT).segmentation_id).segments
    with (ROOT / "data" / "raw" / "customers.csv").open(encoding="utf-8") as file:
        allowed = {r["customer_id"] for r in csv.DictReader(file) if r["email_permission"] == "yes"}
    assert found.overall.customers == len(allowed)
    assert {r.segment: r.customers for r in found.segments} == {
        s.name: s.reachable for s in segments
    }


def test_the_arms_of_the_test_share_the_customers_and_alpha(demo):
    brief = {"tones": TONES, "same_message": Tone.FRIENDLY, "holdout": 0.2}
    found = answered(demo, **brief)
    assert found.groups == 5
    assert found.overall.n_control == int(0.2 * found.overall.customers)
    assert found.overall.n_treatment == int(0.2 * found.overall.customers)
    fewer = answered(demo, tones=(Tone.URGENT,), same_message=None, holdout=0.5)
    assert fewer.groups == 2
    assert fewer.answers
    assert not found.answers
    assert found.overall.detectable_lift > fewer.overall.detectable_lift


def test_the_promise_says_what_would_answer_and_forbids_nothing(demo):
    found = answered(demo)
    assert found.exploratory
    assert "cannot answer" in found.sentence
    ways = {way.change: way for way in found.ways}
    assert ways["One message, with 50 % not contacted"].answers
    assert any("smallest effect" in change for change in ways)
    # The same plan, written as a brief of its own, gives the very number that was offered.
    asked = answered(demo, tones=(Tone.URGENT,), same_message=None, holdout=0.5)
    assert asked.overall == ways["One message, with 50 % not contacted"].reach


def test_the_brief_has_the_word_about_its_baseline(demo):
    found = answered(demo, baseline=0.2)
    assert found.baseline.overall.mean == 0.2
    assert found.baseline.source == "the brief"


def test_without_one_the_newest_finished_campaign_is_asked_overall_and_by_segment(demo):
    found = answered(demo, baseline=None)
    real = not_contacted(demo, "visit")
    every = [value for values in real.values() for value in values]
    assert found.baseline.overall.mean == pytest.approx(mean(every), rel=1e-12)
    assert "No E-Mail" in found.baseline.source
    assert {name: usual.mean for name, usual in found.baseline.segments.items()} == pytest.approx(
        {name: mean(values) for name, values in real.items()}
    )
    lifts = {r.segment: r.detectable_lift for r in found.segments}
    assert lifts["Menswear regulars"] < lifts["Womenswear regulars"] < lifts["High spenders"]


def test_a_mean_is_planned_with_its_own_deviation(demo):
    found = answered(demo, baseline=None, primary_metric="spend:mean")
    real = not_contacted(demo, "spend")
    every = [value for values in real.values() for value in values]
    usual = found.baseline.overall
    assert (usual.mean, usual.deviation) == pytest.approx((mean(every), stdev(every)))
    segment = found.baseline.segments["Lapsing customers"]
    assert segment.deviation == pytest.approx(stdev(real["Lapsing customers"]))
    said = answered(demo, baseline=2 * usual.mean, primary_metric="spend:mean")
    assert said.baseline.overall.deviation == pytest.approx(2 * usual.deviation)
    assert said.baseline.source.startswith("the brief; its deviation from")
    assert found.amounts


def test_a_ratio_is_planned_too_and_a_quantile_is_not(demo):
    ratio = answered(demo, baseline=None, primary_metric="per_visit=spend/visit:ratio")
    real, visits = not_contacted(demo, "spend"), not_contacted(demo, "visit")
    expected = sum(map(sum, real.values())) / sum(map(sum, visits.values()))
    assert ratio.baseline.overall.mean == pytest.approx(expected)
    assert ratio.overall.detectable_lift is None or ratio.overall.detectable_lift > 0
    quantile = answered(demo, baseline=None, primary_metric="top=spend@0.9:quantile")
    assert quantile.overall is None
    assert "not planned" in quantile.sentence


@pytest.mark.parametrize("metric", ["click:proportion", "spend:proportion", "weight:mean"])
def test_without_any_baseline_one_sentence_says_so(metric, demo):
    found = answered(demo, baseline=None, primary_metric=metric)
    assert "is not known" in found.sentence
    assert (found.overall, found.ways, found.answers, found.exploratory) == (None, (), False, False)


def test_a_send_in_stages_is_planned_for_its_readings(demo):
    once, staged = (answered(demo, in_stages=flag) for flag in (False, True))
    assert (once.looks, staged.looks) == (1, 28)
    assert staged.overall.chance < once.overall.chance
    assert any("Read in stages" in note for note in staged.notes)


def test_a_brief_that_asks_for_nothing_is_told_so(demo):
    with pytest.raises(BadInput, match="at least one tone"):
        answered(demo, tones=())


def exported(app, folder):
    """The id of the campaign that was run, handed over."""
    name = app.campaigns.everything()[0].campaign_id
    marketer = app.people.get("marketer")
    app.send.export(name, profile="generic", out=folder / "out", by=marketer)
    return name


def test_a_rehearsal_is_never_what_is_known(sent_workspace):
    with application(sent_workspace) as app:
        analyst, name = app.people.get("analyst"), exported(app, sent_workspace)
        before = app.planning.check(NEXT)
        app.results.simulate(name, lift=0.5, seed=1, by=analyst)
        app.results.decide(name, Decision.USE, reason="A rehearsal", by=analyst)
        assert app.campaigns.get(name).simulated
        brief = replace(app.campaigns.get(NEXT).brief, baseline=None)
        found = app.planning.answer(brief, app.campaigns.get(NEXT).segmentation_id)
        assert "No E-Mail" in found.baseline.source
        assert before.baseline.source == "the brief"


def test_a_prepared_campaign_is_judged_as_it_was_locked(sent_workspace):
    with application(sent_workspace) as app:
        name = app.campaigns.everything()[0].campaign_id
        experiment = app.send.experiment(name)
        found = app.planning.check(name)
        assert found.overall.customers == experiment.customers
        assert found.groups == len(experiment.arms)
        with app.planning.context.database.begin() as tx:
            kept = campaigns.get(tx, name)
            changed = replace(kept, brief=replace(kept.brief, smallest_effect=0.9))
            campaigns.save(tx, changed, expected_revision=kept.revision)
        assert app.planning.check(name) == found


def test_whom_another_running_test_holds_is_not_promised(sent_workspace):
    with application(sent_workspace) as app:
        exported(app, sent_workspace)
        held = app.planning.check(NEXT)
        assert held.overall.customers == 0
        assert not held.answers
        assert any("are left out" in note for note in held.notes)
        kept = app.campaigns.get(NEXT)
        both = replace(kept.brief, may_overlap=True)
        assert app.planning.answer(both, kept.segmentation_id).overall.customers > 30_000


def test_the_answer_is_an_advice_on_the_checklist(demo):
    with application(demo) as app:
        advice = app.planning.advice(NEXT)
    assert (advice.passed, advice.advisory) == (False, True)
    assert advice.name == "The test can answer its question"
    assert "cannot answer" in advice.explanation


def test_campaign_check_says_it_in_words_and_as_a_document(demo):
    said = run(demo, "campaign", "check", NEXT)
    assert said.code == 0
    for words in ("cannot answer", "High spenders", "What would answer", "exploratory"):
        assert words in said.out
    found = run(demo, "campaign", "check", NEXT, "--json").document
    assert (found["answers"], found["exploratory"]) == (False, True)
    assert found["overall"]["needed_per_group"] > 10_000
    assert {way["answers"] for way in found["ways"]} == {True, False}
    unknown = run(demo, "campaign", "check", FINISHED)
    assert "not known" in unknown.out
    assert run(demo, "campaign", "check", "no-such-campaign").code == 2


def test_the_false_alarms_of_a_campaign_on_its_own_customers(demo):
    asked = ("results", FINISHED, "--placebo", 60, "--json")
    first, again = (run(demo, *asked, "--seed", 5).document["placebo"] for _ in range(2))
    assert first == again
    assert (first["runs"], first["seed"]) == (60, 5)
    assert {row["metric"] for row in first["rows"]} == {"visit", "conversion", "spend"}
    assert run(demo, *asked, "--seed", 6).document["placebo"] != first
    assert run(demo, "results", FINISHED, "--json").document["placebo"] is None
    with application(demo) as app:
        found = app.results.placebo(FINISHED, PlaceboRequest(60, 5))
        assert found.sentence == first["sentence"]
        with pytest.raises(NotFound):
            app.results.placebo(NEXT, PlaceboRequest(60))
    assert run(demo, "results", FINISHED, "--placebo", 3).code == 2
