"""Runs and read-outs reach the tracker, once each, and no tracker can stop or lose any work."""

import json
from dataclasses import dataclass, field, replace
from importlib.util import find_spec

import pytest

from core.errors import FailureKind, ProviderUnavailable
from core.integrations import tracker
from core.models.readout import Decision
from core.models.runs import RunState
from core.orchestrator import config
from core.orchestrator.tracking import Tracking
from core.orchestrator.wiring import opened
from core.protocols.tracker import TrackedRun
from tests.journeys.paid_run import NEXT
from tests.servers.mlflow_server import MlflowServer
from tests.servers.ways_in import FakeIdentity, server_for, settings_for

BY_KEY = "azure by key"
FINISHED = "mens-and-womens-mailing"
MESSAGES = 16
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(slots=True)
class Keeper:
    """A tracker in this process, which may be away."""

    away: bool = False
    keeps: bool = True
    entries: list[TrackedRun] = field(default_factory=list)

    def record(self, run):
        if self.away:
            why = "it is away; wait."
            raise ProviderUnavailable("Keeper", "keep an entry", why, kind=FailureKind.TIMED_OUT)
        self.entries.append(run)

    def check(self):
        if self.away:
            why = "it is away; wait."
            raise ProviderUnavailable("Keeper", "answer", why, kind=FailureKind.TIMED_OUT)
        return "Keeper answered"


@pytest.fixture
def keeper(monkeypatch):
    made = Keeper()
    monkeypatch.setitem(tracker.PROVIDERS, "local", lambda context: made)
    return made


def tracked(workspace, **variables):
    return opened(config.load(workspace, environment={"CPO_TRACKER": "local"} | variables))


def write(workspace, server, **variables):
    chosen = settings_for(BY_KEY, workspace, server, {})
    environment = dict(chosen.environment) | variables
    engines = config.load(workspace, environment=environment)
    chosen = replace(
        chosen,
        environment=environment,
        azure=engines.azure,
        app=replace(chosen.app, engines=engines.app.engines),
    )
    with opened(chosen, execute=True, identity=FakeIdentity()) as app:
        run = app.messages.generate(NEXT, by=app.people.get("marketer"))
        ended = app.messages.wait(run.run_id, timeout_s=120)
        health = {d.job: d for d in app.health.check()}["tracker"]
        texts = {v.message.body for v in app.messages.variants(NEXT)}
    return ended, health, texts


def waiting(workspace):
    return list((workspace / "data" / "processed" / "tracking").glob("*.json"))


def test_a_run_is_tracked_with_its_settings_hashes_and_use_and_without_texts(workspace, keeper):
    with server_for(BY_KEY) as server:
        ended, health, texts = write(workspace, server, CPO_TRACKER="local")
        used = {a.body["model"] for a in server.asked if "model" in a.body}
    assert ended.state is RunState.DONE
    (entry,) = keeper.entries
    assert entry.record_id == f"run/{ended.run_id}"
    assert entry.succeeded
    assert {entry.parameters["deployment"]} == used
    assert entry.parameters["chat_model"] == "azure"
    assert entry.parameters["segments"] == "6"  # five, and everyone
    assert len(entry.parameters["prompt_sha256"]) == len(entry.parameters["config_sha256"]) == 64
    assert (entry.measures["messages"], entry.measures["written"]) == (MESSAGES, MESSAGES)
    assert entry.measures["calls"] == MESSAGES
    assert entry.measures["tokens_input"] > 0
    assert entry.measures["cost_usd"] > 0
    assert entry.measures["seconds"] > 0
    told = repr(entry)
    assert not [text for text in texts if text[:40] in told]
    assert "marketer" not in told
    # The entry may have been on its way still; that it arrives is seen below.
    assert health.works
    assert health.detail.startswith("Keeper answered")
    assert waiting(workspace) == []


def test_a_tracker_that_is_away_loses_no_work_and_gets_its_entry_later(workspace, keeper):
    keeper.away = True
    with server_for(BY_KEY) as server:
        ended, health, _ = write(workspace, server, CPO_TRACKER="local")
    assert ended.state is RunState.DONE
    assert not health.works
    assert "it is away; wait; 1 entry waits here for it, and work goes on." in health.detail
    assert len(waiting(workspace)) == 1
    log = (workspace / "logs" / "system.log").read_text()
    assert "1 entry waits for the tracker" in log
    keeper.away = False
    with tracked(workspace) as app:
        health = {d.job: d for d in app.health.check()}["tracker"]
    assert "1 entry waits here and will be sent now" in health.detail
    assert [e.record_id for e in keeper.entries] == [f"run/{ended.run_id}"]
    assert waiting(workspace) == []


def test_each_read_out_is_tracked_once_with_its_verdict_and_figures(workspace, keeper):
    with tracked(workspace) as app:
        first = app.results.readout(FINISHED)
        app.results.readout(FINISHED)
        analyst = app.people.get("analyst")
        app.results.decide(FINISHED, Decision.USE, reason="Secret reason.", by=analyst)
    kinds = [entry.tags["cpo.kind"] for entry in keeper.entries]
    assert sorted(kinds) == ["decision", "read-out"]
    entry = next(e for e in keeper.entries if e.tags["cpo.kind"] == "read-out")
    assert entry.parameters["verdict"] == first.conclusion.decision.value
    assert entry.measures["customers"] == first.health.units
    row = next(e for e in first.estimates if e.slice is None and e.lift is not None)
    assert entry.measures[f"lift/{row.metric}/{row.arm}"] == row.lift
    assert {name: png[:8] for name, png in entry.figures.items()} == dict.fromkeys(
        entry.figures, PNG
    )
    assert "lift" in entry.figures
    assert "Secret reason" not in repr(keeper.entries)
    assert "analyst" not in repr(keeper.entries)


def test_an_entry_that_somebody_broke_is_set_aside_and_the_others_go(tmp_path, caplog):
    keeper = Keeper()
    (tmp_path / "a.json").write_text(json.dumps({"figures": {}}))
    (tmp_path / "b.json").write_text("half")
    Tracking(keeper, tmp_path).send()
    assert sorted(p.name for p in tmp_path.glob("*.broken")) == ["a.broken", "b.broken"]
    assert "is broken and set aside: a" in caplog.text


@pytest.mark.skipif(find_spec("mlflow") is not None, reason="MLflow is installed here")
def test_without_its_packages_work_goes_on_and_health_says_what_to_install(workspace):
    with server_for(BY_KEY) as server:
        ended, health, _ = write(workspace, server, CPO_TRACKER="local")
    assert ended.state is RunState.DONE
    assert not health.works
    assert "install requirements-tracking.txt" in health.detail
    assert len(waiting(workspace)) == 1


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(find_spec("mlflow") is None, reason="needs requirements-tracking.txt (MLflow)")
def test_a_run_and_a_read_out_stand_in_mlflow_and_nothing_written_does(workspace):
    with server_for(BY_KEY) as server, MlflowServer() as mlflow:
        ended, health, texts = write(
            workspace, server, CPO_TRACKER="azure", MLFLOW_TRACKING_URI=mlflow.address
        )
        place = {"CPO_TRACKER": "azure", "MLFLOW_TRACKING_URI": mlflow.address}
        with tracked(workspace, **place) as app:
            app.results.readout(FINISHED)
        assert ended.state is RunState.DONE
        assert health.works
        by_kind = {run.tags["cpo.kind"]: run for run in mlflow.runs.values()}
        assert by_kind["generation"].metrics["written"] == MESSAGES
        assert by_kind["generation"].status == "FINISHED"
        assert by_kind["read-out"].files["figures/lift.png"].startswith(PNG)
        sent = b"".join(mlflow.bodies)
        assert not [text for text in texts if text[:40].encode() in sent]
