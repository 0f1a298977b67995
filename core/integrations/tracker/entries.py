"""Entries of MLflow, each written once: what a crash left half done is finished, not repeated."""

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.errors import FailureKind, ProviderFailed, ProviderRejected, ProviderUnavailable
from core.protocols.azure import TRACKED_AS
from core.protocols.tracker import TrackedRun

if TYPE_CHECKING:
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

T = TypeVar("T")

_RECORD_TAG = "cpo.record"
# Its own are two minutes and seven tries: nobody waits for a tracker.
_TIMEOUT_S, _TRIES_MORE = 10, 1
_KEEPING, _ANSWERING = "keep an entry", "answer"
_KINDS = {
    401: FailureKind.NOT_SIGNED_IN,
    403: FailureKind.NOT_ALLOWED,
    404: FailureKind.NOT_FOUND,
}


@dataclass(frozen=True, slots=True)
class Place:
    """An address of MLflow, how it is told to people, and what to look at when it fails."""

    uri: str = field(repr=False)
    words: str
    advice: str


@dataclass(frozen=True, slots=True)
class MlflowTracker:
    """MLflow at one place; its packages are loaded when they are first needed.

    `errors` are those that others than MLflow raise on the way there.
    """

    place: Place
    experiment: str = TRACKED_AS
    errors: tuple[type[Exception], ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def keeps(self) -> bool:
        """It does."""
        return True

    def record(self, run: TrackedRun) -> None:
        """Keep an entry, once.

        Raises:
            ProviderUnavailable: MLflow does not answer.
            ProviderRejected: it refused, or its packages are missing.
        """
        self._asked(_KEEPING, lambda client: self._recorded(client, run))

    def check(self) -> str:
        """Looks for our experiment.

        Raises:
            ProviderFailed: MLflow does not answer, or its packages are missing.
        """
        found = self._asked(
            _ANSWERING, lambda client: client.get_experiment_by_name(self.experiment)
        )
        begun = "" if found else ", which the first entry begins"
        return f"MLflow at {self.place.words}; experiment {self.experiment}{begun}"

    def _recorded(self, client: "MlflowClient", run: TrackedRun) -> None:
        from mlflow.entities import Metric, Param  # noqa: PLC0415 - an extra

        ended = _milliseconds(run.ended.timestamp())
        experiment = self._experiment_id(client)
        known = client.search_runs([experiment], f"tags.`{_RECORD_TAG}` = '{run.record_id}'")
        if known and known[0].info.status != "RUNNING":
            return
        entry_id = known[0].info.run_id if known else self._begun(client, experiment, run)
        client.log_batch(
            entry_id,
            metrics=[Metric(key, value, ended, 0) for key, value in run.measures.items()],
            params=[Param(key, value) for key, value in run.parameters.items() if value],
        )
        with tempfile.TemporaryDirectory() as folder:
            for name, png in run.figures.items():
                file = Path(folder) / f"{name}.png"
                file.write_bytes(png)
                client.log_artifact(entry_id, str(file), "figures")
        client.set_terminated(entry_id, "FINISHED" if run.succeeded else "FAILED", ended)

    def _begun(self, client: "MlflowClient", experiment: str, run: TrackedRun) -> str:
        tags = {_RECORD_TAG: run.record_id, **run.tags}
        start = _milliseconds(run.begun.timestamp())
        return str(client.create_run(experiment, start, tags, run_name=run.name).info.run_id)

    def _experiment_id(self, client: "MlflowClient") -> str:
        """Our experiment, made when it is not there; another process may be faster."""
        from mlflow.exceptions import MlflowException  # noqa: PLC0415 - an extra

        found = client.get_experiment_by_name(self.experiment)
        if found is None:
            try:
                return str(client.create_experiment(self.experiment))
            except MlflowException:
                found = client.get_experiment_by_name(self.experiment)
                if found is None:
                    raise
        return str(found.experiment_id)

    def _asked(self, task: str, ask: Callable[["MlflowClient"], T]) -> T:
        try:
            with self._lock:
                client = _client(self.place.uri)
            from mlflow.exceptions import MlflowException  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ProviderRejected(
                "MLflow",
                task,
                "its packages are missing; install requirements-tracking.txt, or set "
                "CPO_TRACKER to none.",
                kind=FailureKind.NOT_FOUND,
            ) from error
        except self._unreached as error:
            raise self._unreachable(task, error) from error
        try:
            return ask(client)
        except MlflowException as error:
            raise self._failed(task, error) from error
        except self._unreached as error:
            raise self._unreachable(task, error) from error

    @property
    def _unreached(self) -> tuple[type[Exception], ...]:
        return (OSError, *self.errors)

    def _failed(self, task: str, error: "MlflowException") -> ProviderFailed:
        """What MLflow says is not quoted: it repeats addresses and what was sent."""
        status, provider = error.get_http_status_code(), f"MLflow at {self.place.words}"
        if status >= 500:
            # Also when nobody was there, and when it asked us to wait: its client says no more.
            why = f"it does not answer, or not now; {self.place.advice}."
            return ProviderUnavailable(provider, task, why, kind=FailureKind.OUT_OF_ORDER)
        kind = _KINDS.get(status, FailureKind.NOT_UNDERSTOOD)
        why = f"it refused ({status}); {self.place.advice}."
        return ProviderRejected(provider, task, why, kind=kind)

    def _unreachable(self, task: str, error: Exception) -> ProviderFailed:
        provider = f"MLflow at {self.place.words}"
        # Of Azure's own errors; others have no such thing.
        if type(error).__name__ == "ClientAuthenticationError":
            why = f"nobody is signed in here; {self.place.advice}."
            return ProviderRejected(provider, task, why, kind=FailureKind.NOT_SIGNED_IN)
        why = f"it does not answer; {self.place.advice}."
        return ProviderUnavailable(provider, task, why, kind=FailureKind.NO_CONNECTION)


def _client(uri: str) -> "MlflowClient":
    """A client that asks briefly, in a process that tells MLflow's makers nothing."""
    from mlflow import environment_variables as settings  # noqa: PLC0415 - an extra
    from mlflow.telemetry import set_telemetry_client  # noqa: PLC0415 - an extra

    settings.MLFLOW_DISABLE_TELEMETRY.set("true")
    # Importing it has looked at that setting already; it sends nothing before it is used.
    set_telemetry_client()
    # Its makers want a database; the one file format that its small package can write is this.
    settings.MLFLOW_ALLOW_FILE_STORE.set("true")
    for setting, value in (
        (settings.MLFLOW_HTTP_REQUEST_TIMEOUT, _TIMEOUT_S),
        (settings.MLFLOW_HTTP_REQUEST_MAX_RETRIES, _TRIES_MORE),
    ):
        if not setting.is_set():
            setting.set(value)
    from mlflow.tracking import MlflowClient  # noqa: PLC0415 - an extra

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
