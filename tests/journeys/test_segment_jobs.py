"""Segments as a durable job: joined, cancelled, killed and resumed; and what is said of them."""

import json
import subprocess
import sys
import time

import pytest

from core.agents.segmentation import SegmentationAgent
from core.errors import BadInput, MoveRefused, NotFound, StaleRevision
from core.models.customers import SegmentationMethod
from core.models.runs import RunState
from core.models.segmentation import SegmentationRequest
from core.orchestrator.service.making_segments import MakingSegments
from tests.journeys.commands import application, run

CLUSTERS = SegmentationRequest(SegmentationMethod.KMEANS, k=3)
RULES = SegmentationRequest(SegmentationMethod.RULES)


@pytest.fixture(scope="module")
def clustered(demo, tmp_path_factory):
    """The demo with three clusters, made by the command; nobody may change it."""
    folder = tmp_path_factory.mktemp("clustered") / "workspace"
    subprocess.run(["cp", "-r", str(demo), str(folder)], check=True)  # noqa: S607
    made = run(folder, "segment", "--method", "kmeans", "--k", "3", "--json")
    assert made.code == 0, made.err
    return folder, made


def test_the_command_waits_tells_its_progress_and_gives_quality(clustered):
    _, made = clustered
    document = made.document
    assert "quality" in made.err
    assert document["clusters"]["k"] == 3
    assert document["clusters"]["logarithm"] == ["past_year_spend"]
    quality = document["quality"]
    assert quality["stability"] >= 0.9 or any("not stable" in w for w in quality["warnings"])
    assert quality["resamples"] == 20
    assert sum(s["size"] for s in document["segments"]) == 31_999
    assert all(s["fidelity"] > 0.85 for s in document["segments"])
    assert len({s["name"] for s in document["segments"]}) == 3


def test_segments_json_keeps_its_fields_and_confidence_means_something(clustered):
    folder, _ = clustered
    rows = json.loads((folder / "data/processed/segments.json").read_text())
    assert {tuple(row) for row in rows} == {
        ("customer_id", "segment", "segment_id", "confidence", "features")
    }
    assert len({row["confidence"] for row in rows}) > 1000
    assert "first_name" not in rows[0]["features"]
    assert (folder / "reports/visualizations/feature_importance.png").stat().st_size > 5000


def test_a_customer_is_explained_and_an_unknown_one_named(clustered):
    folder, made = clustered
    with application(folder) as app:
        version = made.document["segmentation_id"]
        why = app.segment_views.why(version, "C00003")
        assert why.runner_up in {s["name"] for s in made.document["segments"]} - {why.segment}
        assert why.reason.startswith("Nearer to the centre of this segment than to that of")
        assert {f.column for f in why.facts} >= {"past_year_spend", "channel"}
        assert "first_name" not in {f.column for f in why.facts}
        with pytest.raises(NotFound, match="Nobody"):
            app.segment_views.why(version, "Nobody")
        drift = app.segment_views.drift(app.segments.get(version))
        assert sum(m.customers for m in drift.moved) == 31_999
        assert {s.index for s in drift.columns} == {0.0}


def test_names_change_in_place_until_a_campaign_uses_them(clustered, tmp_path):
    folder = tmp_path / "workspace"
    subprocess.run(["cp", "-r", str(clustered[0]), str(folder)], check=True)  # noqa: S607
    with application(folder) as app:
        marketer = app.people.get("marketer")
        version = app.segments.get(clustered[1].document["segmentation_id"])
        first, second, _ = (s.segment_id for s in version.segments)
        renamed = app.segments.rename(
            version.segmentation_id, {first: "Core"}, expected=version, by=marketer
        )
        assert renamed.segmentation_id == version.segmentation_id
        assert renamed.segments[0].name == "Core"
        assert '"Core"' in (folder / "data/processed/segments.json").read_text()
        with pytest.raises(StaleRevision):
            app.segments.rename(
                version.segmentation_id, {first: "Late"}, expected=version, by=marketer
            )
        with pytest.raises(BadInput, match="Two segments would be called"):
            app.segments.rename(
                version.segmentation_id, {second: "core"}, expected=renamed, by=marketer
            )
        with pytest.raises(BadInput, match="cannot be called 'everyone'"):
            app.segments.rename(
                version.segmentation_id, {second: " everyone"}, expected=renamed, by=marketer
            )
        used = app.segments.get(app.campaigns.get("dress-for-the-week").segmentation_id)
        copy = app.segments.rename(
            used.segmentation_id, {used.segments[0].segment_id: "VIP"}, expected=used, by=marketer
        )
        assert copy.segmentation_id == f"{used.segmentation_id}-2"
        assert app.segments.get(used.segmentation_id) == used
        assert app.segments.members(copy.segmentation_id, "lapsing", page=1)
        assert "rename segments" in {e.action for e in app.audit.latest()}
        with pytest.raises(MoveRefused, match="proposes no names"):
            app.segment_names.propose(copy.segmentation_id, by=marketer)


def test_a_second_click_joins_and_a_cancelled_job_keeps_the_old_version(workspace):
    with application(workspace) as app:
        marketer, dataset = app.people.get("marketer"), app.customers.everything()[0]
        before = app.segments.everything(dataset.dataset_id)
        started = app.segments.start(None, CLUSTERS, by=marketer)
        assert app.segments.start(dataset.dataset_id, RULES, by=marketer) == started
        app.segments.cancel(started.run_id, by=marketer)
    with application(workspace, execute=True) as app:
        time.sleep(1)
        assert app.segments.wait(started.run_id).state is RunState.CANCELLED
        assert app.segments.everything(dataset.dataset_id) == before
        assert app.segments.under_way(dataset.dataset_id) is None


def test_a_job_that_fails_says_why_and_keeps_the_old_version(workspace, monkeypatch):
    def broken(self, table, request):
        raise ValueError("no such thing")

    with application(workspace, execute=True) as app:
        dataset = app.customers.everything()[0].dataset_id
        before = app.segments.everything(dataset)
        monkeypatch.setattr(SegmentationAgent, "run", broken)
        started = app.segments.start(None, CLUSTERS, by=app.people.get("marketer"))
        ended = app.segments.wait(started.run_id)
        assert ended.state is RunState.FAILED
        assert "report reference" in ended.problem
        assert app.segments.everything(dataset) == before


def test_rules_are_completed_by_their_quality_without_a_second_version(workspace):
    with application(workspace, execute=True) as app:
        dataset = app.customers.everything()[0].dataset_id
        marketer = app.people.get("marketer")
        before = app.segments.everything(dataset)[0]
        assert before.quality is None
        app.segments.wait(app.segments.start(dataset, RULES, by=marketer).run_id)
        (after,) = app.segments.everything(dataset)
        assert after.segmentation_id == before.segmentation_id
        assert after.quality.stability == 1.0


KILLED = """
import sys, time
from core.orchestrator.service.making_segments import MakingSegments
from tests.journeys.commands import application
from tests.journeys.test_segment_jobs import CLUSTERS
real = MakingSegments.written
def slow(self, dataset, draft):
    print("fitted", flush=True)
    time.sleep(60)
    return real(self, dataset, draft)
MakingSegments.written = slow
with application(sys.argv[1], execute=True) as app:
    app.segments.wait(app.segments.start(None, CLUSTERS, by=app.people.get("marketer")).run_id)
"""


def test_a_killed_job_goes_on_and_fits_nothing_twice(workspace, monkeypatch):
    command = [sys.executable, "-c", KILLED, str(workspace)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        # What DBOS prints comes first.
        assert process.stdout is not None
        assert "fitted\n" in process.stdout
        process.kill()
    fits: list[str] = []
    real = MakingSegments.fitted

    def counted(self, dataset, request):
        fits.append(dataset.dataset_id)
        return real(self, dataset, request)

    monkeypatch.setattr(MakingSegments, "fitted", counted)
    with application(workspace, execute=True) as app:
        dataset = app.customers.everything()[0].dataset_id
        under_way = app.segments.last_run(dataset)
        assert app.segments.wait(under_way.run_id).state is RunState.DONE
        assert app.segments.made_by(under_way.run_id).clusters.k == 3
        assert fits == []
