"""Read-outs to report on: the real mailing, read by the real agent, and small ones by hand."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.agents.experimentation import ExperimentationAgent
from core.models.campaign import Brief, Campaign, CampaignState
from core.models.experiment import AnalysisPlan, MetricKind, MetricSpec
from core.models.readout import (
    Conclusion,
    CumulativeRow,
    Decision,
    Estimate,
    Health,
    ReadingMode,
    Readout,
    SampleRatio,
    Slice,
    Timing,
)
from core.models.send import ArmCount, ArmPlan, DecisionCard, Experiment, ResultDecision
from core.reports.campaign_report import ReportContent
from core.storage.experiment_file import opened_file
from core.storage.stages import StageTable

HISTORY = Path(__file__).parents[3] / "data/raw/historical_engagement.csv"
AT = datetime(2026, 11, 3, 9, 5, tzinfo=UTC)
CONTROL = "No E-Mail"


@pytest.fixture(scope="session")
def mailing():
    """The real mailing: 31,999 customers, two e-mails and no e-mail."""
    metrics = ("visit:proportion", "conversion:proportion", "spend:mean")
    specs = tuple(MetricSpec.parse(metric) for metric in metrics)
    plan = AnalysisPlan("arm", CONTROL, specs, unit="customer_id", mde=0.1)
    with opened_file(HISTORY) as source:
        return ExperimentationAgent(time.perf_counter).run(StageTable(source), plan)


@pytest.fixture
def by_dates(estimate, readout):
    """A read-out with a course of three days of two groups; the first day is hardly known."""
    rows = []
    for day, half in ((1, 0.09), (2, 0.03), (3, 0.01)):
        for arm, difference in (("B", 0.02), ("C", 0.005)):
            bounds = (difference - half, difference + half)
            rows.append(
                CumulativeRow(
                    date(2026, 11, day),
                    arm,
                    day * 300,
                    day * 300,
                    difference,
                    bounds,
                    difference * 10,
                    (bounds[0] * 10, bounds[1] * 10),
                    ReadingMode.POINTWISE,
                )
            )
    return readout(estimate("B", 0.02), estimate("C", 0.005), cumulative=tuple(rows))


@pytest.fixture
def estimate():
    """Makes an estimate of a proportion; change what a test is about."""

    def make(arm="B", difference=0.02, half=0.01, **changes):
        bounds = None if difference is None else (difference - half, difference + half)
        row = Estimate(
            metric="visit",
            type=MetricKind.PROPORTION,
            slice=None,
            arm=arm,
            control="A",
            n=1000,
            n_control=1000,
            mean=0.1 + (difference or 0.0),
            mean_control=0.1,
            difference=difference,
            difference_interval=bounds,
            lift=None if difference is None else difference * 10,
            lift_interval=bounds and (bounds[0] * 10, bounds[1] * 10),
            p_value=0.02,
            p_adjusted=0.04,
            chance_to_beat_control=0.98,
            method="Welch t, Fieller lift",
            difference_interval_adjusted=bounds,
            lift_interval_adjusted=bounds,
        )
        where = changes.pop("where", None)
        return replace(row, slice=Slice("segment", where) if where else None, **changes)

    return make


@pytest.fixture
def readout():
    """Makes a read-out of some estimates."""

    def make(*estimates, decision=Decision.USE, reason="B is better.", simulated=False, **changes):
        sizes = SampleRatio(0.9, passed=True, observed={"A": 1000}, expected={"A": 1000.0})
        health = Health(2000, 2000, simulated=simulated, srm=sizes, duplicates=0)
        made = Readout(
            health,
            tuple(estimates),
            (),
            None,
            Timing(0, 0, 0),
            Conclusion(decision, "B", reason),
            {"alpha": 0.05, "mde": 0.1},
        )
        return replace(made, **changes)

    return make


@pytest.fixture
def content(mailing):
    """Makes the content of a report on the real mailing."""

    def make(**changes):
        brief = Brief(
            name=changes.pop("name", "Spring mailing"),
            goal="Bring visits",
            hypothesis="An e-mail brings visits.",
        )
        campaign = Campaign(
            "spring-mailing", brief, "ds-1", "sg-1", CampaignState.FINISHED, 3, AT, "marketer"
        )
        card = DecisionCard(
            "visit:proportion", ("conversion:proportion",), (), 0.1, 0.05, CONTROL, brief.hypothesis
        )
        arms = (ArmPlan("Mens E-Mail", 0.5, "urgent"), ArmPlan(CONTROL, 0.5, None))
        counts = (ArmCount("s", "S", "Mens E-Mail", 1234), ArmCount("s", "S", CONTROL, 1235))
        experiment = Experiment(
            "spring-mailing", "salt", arms, card, counts, (), "ab" * 32, AT, "marketer"
        )
        decision = ResultDecision(
            "spring-mailing", "use", "use", "Clear.", by="analyst", verified=False, at=AT
        )
        whole = ReportContent(
            campaign=replace(campaign, simulated=changes.pop("simulated", False)),
            made_at=AT,
            dataset_sha256="0f" * 32,
            experiment=experiment,
            readout=mailing,
            read_at=AT,
            decision=decision,
            messages=9,
            sources=("PRM-001", "SRV-002"),
        )
        return replace(whole, **changes)

    return make
