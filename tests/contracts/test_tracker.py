"""What every tracker promises, over real MLflow in a folder and over its REST interface."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

import pytest
from azure.core.exceptions import ClientAuthenticationError

from core.errors import ConfigInvalid, FailureKind, ProviderFailed, ProviderRejected
from core.integrations.tracker import PROVIDERS
from core.integrations.tracker import entries as entries_of
from core.protocols.azure import AzureConfig, AzureTracker
from core.protocols.provider import ProviderContext
from core.protocols.tracker import TrackedRun
from tests.servers.mlflow_server import MlflowServer

HERE = find_spec("mlflow") is not None
needs_mlflow = pytest.mark.skipif(not HERE, reason="needs requirements-tracking.txt (MLflow)")
# Its own code warns of what it will drop.
pytestmark = pytest.mark.filterwarnings("ignore")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n picture"
RUN = TrackedRun(
    record_id="run/R-1",
    name="generation R-1",
    begun=NOON,
    ended=NOON + timedelta(seconds=90),
    succeeded=True,
    parameters={"chat_model": "azure", "prompt_sha256": "a" * 64, "deployment": ""},
    measures={"cost_usd": 0.25, "lift/visit/No E-Mail": -0.1},
    tags={"cpo.kind": "generation"},
    figures={"lift": PNG},
)


def tracker_at(folder, uri=""):
    azure = AzureConfig(tracker=AzureTracker(uri))
    return PROVIDERS["azure" if uri else "local"](ProviderContext({}, folder, azure=azure))


@pytest.fixture
def server():
    with MlflowServer() as running:
        yield running


@pytest.fixture
def _briefly(monkeypatch):
    """Set by the provider for this process; put back after the test."""
    for name in ("ALLOW_FILE_STORE", "DISABLE_TELEMETRY", "HTTP_REQUEST_TIMEOUT"):
        monkeypatch.setenv(f"MLFLOW_{name}", {"HTTP_REQUEST_TIMEOUT": "5"}.get(name, "true"))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


@pytest.fixture(params=["local", "azure"])
def tracker(request, tmp_path, server, _briefly):
    return tracker_at(tmp_path, server.address if request.param == "azure" else "")


@pytest.fixture
def remote(tmp_path, server, _briefly):
    return tracker_at(tmp_path, server.address)


def entries(tracker):
    """Every entry as MLflow's own client reads it."""
    from mlflow.tracking import MlflowClient  # noqa: PLC0415 - an extra

    client = MlflowClient(tracking_uri=tracker.place.uri)
    experiment = client.get_experiment_by_name("customer-personalization")
    return client.search_runs([experiment.experiment_id], f"tags.`cpo.record` = '{RUN.record_id}'")


@needs_mlflow
def test_an_entry_has_its_settings_numbers_times_and_figures(tracker, tmp_path, server):
    tracker.record(RUN)
    (entry,) = entries(tracker)
    assert entry.info.run_name == RUN.name
    assert entry.info.status == "FINISHED"
    assert (entry.info.end_time - entry.info.start_time) == 90_000
    assert entry.data.params == {"chat_model": "azure", "prompt_sha256": "a" * 64}
    assert entry.data.metrics == dict(RUN.measures)
    assert entry.data.tags["cpo.kind"] == "generation"
    kept = [run.files.get("figures/lift.png") for run in server.runs.values()]
    assert PNG in kept or [p.read_bytes() for p in tmp_path.rglob("lift.png")] == [PNG]


@needs_mlflow
def test_an_entry_that_is_recorded_twice_is_there_once(tracker):
    tracker.record(RUN)
    tracker.record(RUN)
    assert len(entries(tracker)) == 1


@needs_mlflow
def test_a_run_that_failed_is_marked_as_failed(tracker):
    tracker.record(replace(RUN, succeeded=False))
    assert [e.info.status for e in entries(tracker)] == ["FAILED"]


@needs_mlflow
def test_the_check_says_where_the_entries_are(tracker):
    assert "which the first entry begins" in tracker.check()
    tracker.record(RUN)
    assert tracker.check().endswith("experiment customer-personalization")


@needs_mlflow
@pytest.mark.parametrize("changes", range(1, 6))
def test_an_entry_that_broke_off_is_finished_and_not_repeated(changes, server, remote):
    server.breaks_after = changes
    with pytest.raises(ProviderFailed):
        remote.record(RUN)
    server.breaks_after = None
    remote.record(RUN)
    (entry,) = server.runs.values()
    assert (entry.status, entry.files["figures/lift.png"]) == ("FINISHED", PNG)


FAULTS = [
    (400, FailureKind.NOT_UNDERSTOOD),
    (401, FailureKind.NOT_SIGNED_IN),
    (403, FailureKind.NOT_ALLOWED),
    (404, FailureKind.NOT_FOUND),
    (429, FailureKind.OUT_OF_ORDER),  # MLflow's client does not tell it apart
    (408, FailureKind.OUT_OF_ORDER),
    (500, FailureKind.OUT_OF_ORDER),
    (503, FailureKind.OUT_OF_ORDER),
    ("reset", FailureKind.OUT_OF_ORDER),
    ("html", FailureKind.OUT_OF_ORDER),
]


@needs_mlflow
@pytest.mark.parametrize(("mishap", "kind"), FAULTS)
def test_each_fault_is_one_sentence_without_what_was_sent(mishap, kind, server, remote):
    server.mishap = mishap
    with pytest.raises(ProviderFailed) as failed:
        remote.record(RUN)
    assert failed.value.kind is kind
    assert "MLflow at 127.0.0.1 could not keep an entry" in str(failed.value)
    assert "check MLFLOW_TRACKING_URI" in str(failed.value)
    assert RUN.record_id not in str(failed.value)


@needs_mlflow
@pytest.mark.usefixtures("_briefly")
def test_nobody_at_the_address_is_said(tmp_path):
    with pytest.raises(ProviderFailed, match=r"MLflow at 127\.0\.0\.1 could not answer"):
        tracker_at(tmp_path, "http://127.0.0.1:9").check()


@pytest.mark.skipif(HERE, reason="MLflow is installed here")
def test_without_its_packages_it_says_which_to_install(tmp_path):
    with pytest.raises(ProviderRejected, match=r"install requirements-tracking\.txt"):
        tracker_at(tmp_path).record(RUN)


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        (" ", "MLFLOW_TRACKING_URI is no address"),
        ("databricks", "MLFLOW_TRACKING_URI is no address"),
        ("http://mlflow.example.com", "begin it with https"),
        ("https://me:secret@mlflow.example.com", "holds a password"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_at_the_start(uri, said, tmp_path):
    with pytest.raises(ConfigInvalid, match=said) as refused:
        tracker_at(tmp_path, uri)
    assert "secret" not in str(refused.value)


def test_nobody_keeps_nothing_and_says_so(tmp_path):
    nobody = PROVIDERS["none"](ProviderContext({}, tmp_path))
    nobody.record(RUN)
    assert (nobody.keeps, nobody.check()) == (False, "no tracking")
    assert list(tmp_path.iterdir()) == []


@needs_mlflow
def test_a_machine_where_nobody_is_signed_in_to_azure_is_said(tmp_path, monkeypatch):
    def refuse(uri):
        raise ClientAuthenticationError("no token for anna@example.com")

    monkeypatch.setattr(entries_of, "_client", refuse)
    with pytest.raises(ProviderRejected, match="nobody is signed in here") as refused:
        tracker_at(tmp_path, "azureml://region.api.azureml.ms/mlflow/v1.0/x").check()
    assert refused.value.kind is FailureKind.NOT_SIGNED_IN
    assert "anna" not in str(refused.value)
