"""From the assignment to the outcome: who was lost on the way, by group, and who was not ours."""

import csv
import io
import shutil
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader

from core.errors import FileInvalid
from core.models.approval import ReviewDecision
from core.models.campaign import Brief, Tone
from core.models.customers import SegmentationMethod
from core.models.readout import Decision
from core.models.segmentation import SegmentationRequest
from core.orchestrator.config import ROOT
from tests.journeys.commands import application, run

CAMPAIGN = "reconciled"
CONTROL = "Not contacted"
GROUPS = ("friendly", "urgent")
BRIEF = Brief(
    name="Reconciled",
    goal="Bring customers back for a first look at the clothes for the week ahead",
    tones=(Tone.FRIENDLY, Tone.URGENT),
    offer_document_id="PRM-001",
    hypothesis="A message brings more visits than none.",
    holdout=0.4,
    same_message=None,
)


@pytest.fixture(scope="module")
def exported(demo, tmp_path_factory):
    """A campaign to some thousand customers, handed over; nobody may change it."""
    folder = tmp_path_factory.mktemp("exported") / "workspace"
    shutil.copytree(demo, folder)
    customers = (ROOT / "data/raw/customers.csv").read_text().splitlines(keepends=True)
    (folder / "some.csv").write_text("".join(customers[:9001]))
    with application(folder, execute=True) as app:
        marketer, approver = app.people.get("marketer"), app.people.get("approver")
        staged = app.customers.stage(folder / "some.csv", id_column="customer_id", name="Some")
        dataset = app.customers.use(staged, by=marketer).dataset_id
        app.segments.compute(dataset, SegmentationRequest(SegmentationMethod.RULES), by=marketer)
        app.campaigns.create(BRIEF, by=marketer, dataset_id=dataset, campaign_id=CAMPAIGN)
        app.messages.wait(app.messages.generate(CAMPAIGN, by=marketer).run_id, timeout_s=120)
        for variant in app.approvals.queue(CAMPAIGN):
            app.approvals.decide(
                variant.variant_id, ReviewDecision.APPROVE, revision=1, reason="", by=approver
            )
        app.send.prepare(CAMPAIGN, by=marketer)
        out = folder / "reports" / "export"
        app.send.export(CAMPAIGN, profile="generic", out=out, by=marketer)
    return folder


@pytest.fixture
def workspace(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "workspace")


@pytest.fixture
def app(workspace, open_application):
    with open_application(workspace) as opened:
        yield opened


@pytest.fixture
def frame(app):
    """Everybody assigned with what they did and what became of their message."""
    rng = np.random.default_rng(31)
    assigned = pd.read_parquet(app.send.context.table(f"assignments-{CAMPAIGN}"))
    found = assigned[["customer_id", "arm"]].copy()
    contacted = (found.arm != CONTROL).to_numpy()
    found["visit"] = (rng.random(len(found)) < np.where(contacted, 0.3, 0.15)).astype(int)
    found["sent"] = (contacted & (rng.random(len(found)) < 0.98)).astype(int)
    found["delivered"] = (found.sent == 1) & (rng.random(len(found)) < 0.97)
    found["delivered"] = found.delivered.astype(int)
    return found


@pytest.fixture
def bring(app, tmp_path):
    """Import a frame as a file; gives what came of it."""

    def carry_out(frame, **choices):
        path = tmp_path / "outcomes.csv"
        frame.drop(columns="arm").to_csv(path, index=False)
        marketer = app.people.get("marketer")
        return app.results.import_outcomes(CAMPAIGN, path, by=marketer, **choices)

    return carry_out


def strangers(frame, number):
    others = frame.head(number).copy()
    others["customer_id"] = [f"X{i}" for i in range(number)]
    return pd.concat([frame, others])


def counts(readout, name):
    return next(dict(s.customers) for s in readout.health.stages if s.name == name)


def test_equal_loss_is_counted_as_pandas_counts_it_and_passes(app, frame, bring):
    bring(frame)
    readout = app.results.readout(CAMPAIGN)
    by_arm = frame.groupby("arm")
    assert counts(readout, "assigned") == by_arm.size().to_dict()
    assert counts(readout, "exported") == by_arm.size().to_dict() | {CONTROL: 0}
    for name in ("sent", "delivered"):
        assert counts(readout, name) == by_arm[name].sum().to_dict()
    assert counts(readout, "matched") == by_arm.size().to_dict()
    assert readout.health.failures == ()
    assert readout.conclusion.decision is Decision.USE
    assert [s.passed for s in readout.health.stages] == [None, None, True, True, None]
    with (app.send.exports(CAMPAIGN)[0].folder / "recipients.csv").open(newline="") as file:
        handed_over = [row for row in csv.DictReader(file) if row["variant_id"]]
    assert len(handed_over) == sum(counts(readout, "exported").values())


@pytest.mark.parametrize("stage", ["sent", "delivered"])
def test_loss_in_one_group_is_named_and_owns_the_conclusion(app, frame, bring, stage):
    lost = (frame.arm == "urgent") & (np.arange(len(frame)) % 12 == 0)
    frame.loc[lost, ["sent", "delivered"] if stage == "sent" else ["delivered"]] = 0
    bring(frame)
    readout = app.results.readout(CAMPAIGN)
    assert readout.conclusion.decision is Decision.DO_NOT_TRUST
    for part in (f"the stage {stage}", "urgent 1", "friendly", "do not trust"):
        assert part in readout.conclusion.reason
    (failed,) = [s for s in readout.health.stages if s.passed is False]
    assert (failed.name, set(failed.before)) == (stage, set(GROUPS))
    pages = PdfReader(io.BytesIO(app.reporting.pdf(CAMPAIGN, readout))).pages
    text = " ".join(" ".join(p.extract_text() for p in pages).split())
    assert "UNEQUAL loss, p < 0.001" in text


def test_rows_lost_in_one_group_are_named_where_the_file_lists_everybody(app, frame, bring):
    rng = np.random.default_rng(5)
    kept = rng.random(len(frame)) < np.where(frame.arm == "urgent", 0.85, 0.97)
    bring(frame[kept].drop(columns=["sent", "delivered"]))
    readout = app.results.readout(CAMPAIGN)
    assert readout.conclusion.decision is Decision.DO_NOT_TRUST
    assert "the stage matched" in readout.conclusion.reason
    missing = f"{(~kept).sum():,} of {len(frame):,} customers have no row"
    assert any(text.startswith(missing) for text in readout.health.warnings)
    visits = frame[kept].groupby("arm").visit.sum() / frame.groupby("arm").size()
    for row in readout.estimates:
        if row.slice is None and row.metric == "visit":
            assert row.mean == pytest.approx(visits[row.arm])


def test_a_file_of_visitors_only_mirrors_the_effect_and_is_not_taken_for_loss(app, frame, bring):
    bring(frame[frame.visit == 1])
    readout = app.results.readout(CAMPAIGN)
    assert readout.conclusion.decision is Decision.USE
    assert counts(readout, "matched") == frame.groupby("arm").visit.sum().to_dict()
    assert all(s.p_value is None for s in readout.health.stages)
    missing = (frame.visit == 0).sum()
    assert readout.health.notes[0] == (
        f"{missing:,} of {len(frame):,} customers have no row in the outcomes and count as 0: "
        "the file lists only customers who did something."
    )


def test_a_repeated_import_changes_nothing(app, frame, bring):
    first = bring(frame)
    stored = app.send.context.table(f"outcomes-{CAMPAIGN}")
    before, readout = stored.read_bytes(), app.results.readout(CAMPAIGN)
    again = bring(frame.iloc[::-1])
    assert (first.repeated, again.repeated) == (False, True)
    assert stored.read_bytes() == before
    assert len(app.results.imports(CAMPAIGN)) == 1
    assert app.results.readout(CAMPAIGN).health == readout.health


def test_strangers_are_refused_or_left_out_and_counted(app, frame, bring):
    said = f"'X0' was not part of 'Reconciled'; 12 of {len(frame) + 12:,} rows"
    with pytest.raises(FileInvalid, match=said):
        bring(strangers(frame, 12))
    assert not app.results.measured(CAMPAIGN)
    brought = bring(strangers(frame, 12), leave_out_others=True)
    assert (brought.rows, brought.matched, brought.others) == (len(frame) + 12, len(frame), 12)
    assert app.results.imports(CAMPAIGN)[0] == brought
    said = "12 rows of outcomes belong to nobody in this test and were left out."
    assert said in app.results.readout(CAMPAIGN).health.warnings


@pytest.mark.parametrize(("early", "decision"), [(5, Decision.USE), (400, Decision.DO_NOT_TRUST)])
def test_outcomes_before_the_send_are_counted_and_many_fail(app, frame, bring, early, decision):
    today = app.send.context.now().date()
    frame["outcome_on"] = np.where(frame.visit == 1, str(today + timedelta(2)), "")
    visitors = frame.index[frame.visit == 1]
    frame.loc[visitors[:early], "outcome_on"] = str(today - timedelta(9))
    bring(frame)
    readout = app.results.readout(CAMPAIGN)
    said = f"{early} of {len(visitors):,} outcomes with a day lie before the send"
    texts = (
        readout.health.failures if decision is Decision.DO_NOT_TRUST else readout.health.warnings
    )
    assert any(text.startswith(said) for text in texts)
    assert readout.conclusion.decision is decision


def test_a_message_to_those_who_should_get_none_is_seen(app, frame, bring):
    control = frame.index[frame.arm == CONTROL]
    frame.loc[control[:200], ["sent", "delivered"]] = 1
    bring(frame)
    readout = app.results.readout(CAMPAIGN)
    assert f"200 customers were sent without being exported ({CONTROL} 200)" in " ".join(
        readout.health.failures
    )


def test_the_commands_say_the_same(workspace, frame, tmp_path):
    path = tmp_path / "outcomes.csv"
    strangers(frame, 3).drop(columns="arm").to_csv(path, index=False)
    refused = run(workspace, "import-outcomes", CAMPAIGN, path)
    assert refused.code == 2
    assert "--leave-out-others" in refused.err
    brought = run(workspace, "import-outcomes", CAMPAIGN, path, "--leave-out-others", "--json")
    assert (brought.document["others"], brought.document["matched"]) == (3, len(frame))
    health = run(workspace, "results", CAMPAIGN, "--json").document["health"]
    assert [s["name"] for s in health["stages"]] == [
        "assigned", "exported", "sent", "delivered", "matched",
    ]  # fmt: skip
    assert health["stages"][2]["customers"] == frame.groupby("arm").sent.sum().to_dict()
    text = run(workspace, "results", CAMPAIGN).out
    assert "With outcomes" in text
    assert "warning: 3 rows of outcomes belong to nobody" in text
    most = tmp_path / "other.csv"
    strangers(frame.head(10), 10).tail(11).drop(columns="arm").to_csv(most, index=False)
    other = run(workspace, "import-outcomes", CAMPAIGN, most, "--leave-out-others")
    assert (other.code, "probably the file of another campaign" in other.err) == (2, True)
