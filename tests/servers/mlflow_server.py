"""A strict MLflow tracking server on loopback: version 2.0 of its REST interface, and artifacts.

It refuses what the real one refuses: unknown fields, a name that is taken, a parameter that
changes, names with signs it does not take, a run that is not there. With a `token` it wants it.
`with MlflowServer() as server:` and then `server.address`.
"""

import json
import re
import socket
import struct
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_API, _FILES = "/api/2.0/mlflow/", "/api/2.0/mlflow-artifacts/artifacts/"
_NAME = re.compile(r"[\w./: -]{1,250}")
_STATUSES = frozenset({"RUNNING", "FINISHED", "FAILED", "KILLED", "SCHEDULED"})
_SEARCH = re.compile(r"tags\.`([\w.]+)` = '([^']*)'")
_FIELDS = {
    "experiments/create": {"name", "artifact_location", "tags"},
    "runs/create": {"experiment_id", "user_id", "run_name", "start_time", "tags"},
    "runs/search": {
        *("experiment_ids", "filter", "run_view_type", "max_results", "order_by", "page_token"),
    },
    "runs/log-batch": {"run_id", "metrics", "params", "tags"},
    "runs/update": {"run_id", "run_uuid", "status", "end_time", "run_name"},
}


class _No(Exception):
    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


@dataclass(slots=True)
class Entry:
    """A run as the server keeps it."""

    run_id: str
    experiment_id: str
    name: str
    start: int
    status: str = "RUNNING"
    end: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class MlflowServer:
    """The server. `mishap` is what it does instead of its work: a status, `reset` or `html`.

    After `breaks_after` changes it has a problem of its own.
    """

    mishap: int | str = ""
    breaks_after: int | None = None
    token: str = ""
    experiments: dict[str, str] = field(default_factory=dict)
    runs: dict[str, Entry] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "MlflowServer":
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.asked.append(f"{self.command} {urlsplit(self.path).path}")
                outer.bodies.append(body)
                if outer.mishap == "reset":
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                    return
                self._answer(*outer.take(self, body))

            def do_POST(self) -> None:
                self.do_GET()

            def do_PUT(self) -> None:
                self.do_GET()

            def _answer(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Nothing on the console."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}"

    def take(self, asked: BaseHTTPRequestHandler, body: bytes) -> tuple[int, str, bytes]:
        """Status, content type and body of the answer."""
        if self.mishap == "html":
            return 200, "text/html", b"<html>Sign in</html>"
        try:
            if isinstance(self.mishap, int):
                raise _No(self.mishap, _CODES.get(self.mishap, "INTERNAL_ERROR"), "as told")
            if self.token and asked.headers.get("Authorization") != f"Bearer {self.token}":
                raise _No(401, "UNAUTHENTICATED", "no token")
            if asked.command != "GET":
                self._break()
            return 200, "application/json", json.dumps(self._done(asked, body)).encode()
        except _No as no:
            said = {"error_code": no.code, "message": no.words}
            return no.status, "application/json", json.dumps(said).encode()

    def _break(self) -> None:
        if self.breaks_after is not None:
            self.breaks_after -= 1
            if self.breaks_after < 0:
                raise _No(503, "TEMPORARILY_UNAVAILABLE", "broken")

    def _done(self, asked: BaseHTTPRequestHandler, body: bytes) -> dict[str, Any]:
        parts = urlsplit(asked.path)
        if asked.command == "PUT" and parts.path.startswith(_FILES):
            return self._file(unquote(parts.path.removeprefix(_FILES)), body)
        name = parts.path.removeprefix(_API)
        if asked.command == "GET" and name in _GETS:
            return _GETS[name](self, {k: v[0] for k, v in parse_qs(parts.query).items()})
        if asked.command != "POST" or name not in _POSTS:
            raise _No(404, "ENDPOINT_NOT_FOUND", parts.path)
        if "application/json" not in (asked.headers.get("Content-Type") or ""):
            raise _No(400, "BAD_REQUEST", "no JSON")
        said = json.loads(body)
        if unknown := set(said) - _FIELDS[name]:
            raise _No(400, "INVALID_PARAMETER_VALUE", f"unknown {sorted(unknown)}")
        return _POSTS[name](self, said)

    def _file(self, path: str, body: bytes) -> dict[str, Any]:
        run_id, _, rest = path.partition("/artifacts/")
        self._run(run_id.rpartition("/")[2]).files[rest] = body
        return {}

    def _by_name(self, said: dict[str, Any]) -> dict[str, Any]:
        found = self.experiments.get(said["experiment_name"])
        if found is None:
            raise _No(404, "RESOURCE_DOES_NOT_EXIST", "no such experiment")
        return {
            "experiment": {
                "experiment_id": found,
                "name": said["experiment_name"],
                "lifecycle_stage": "active",
            }
        }

    def _create_experiment(self, said: dict[str, Any]) -> dict[str, Any]:
        if said["name"] in self.experiments:
            raise _No(400, "RESOURCE_ALREADY_EXISTS", "taken")
        self.experiments[said["name"]] = str(len(self.experiments) + 1)
        return {"experiment_id": self.experiments[said["name"]]}

    def _create_run(self, said: dict[str, Any]) -> dict[str, Any]:
        if said["experiment_id"] not in self.experiments.values():
            raise _No(404, "RESOURCE_DOES_NOT_EXIST", "no such experiment")
        made = Entry(
            uuid.uuid4().hex, said["experiment_id"], said["run_name"], int(said["start_time"])
        )
        made.tags |= {_named(tag["key"]): tag["value"] for tag in said["tags"]}
        self.runs[made.run_id] = made
        return {"run": _told(made)}

    def _search(self, said: dict[str, Any]) -> dict[str, Any]:
        wanted = _SEARCH.fullmatch(said["filter"])
        if wanted is None:
            raise _No(400, "INVALID_PARAMETER_VALUE", "no filter of that kind")
        name, value = wanted.groups()
        found = [
            _told(run)
            for run in self.runs.values()
            if run.experiment_id in said["experiment_ids"] and run.tags.get(name) == value
        ]
        return {"runs": found}

    def _log_batch(self, said: dict[str, Any]) -> dict[str, Any]:
        run = self._run(said["run_id"])
        if len(said.get("params", [])) > 100 or len(said.get("metrics", [])) > 1000:
            raise _No(400, "INVALID_PARAMETER_VALUE", "too many")
        for param in said.get("params", []):
            if run.params.setdefault(_named(param["key"]), param["value"]) != param["value"]:
                raise _No(400, "INVALID_PARAMETER_VALUE", "a parameter does not change")
        for metric in said.get("metrics", []):
            if not isinstance(metric["value"], int | float) or not metric["timestamp"]:
                raise _No(400, "INVALID_PARAMETER_VALUE", "no number")
            run.metrics[_named(metric["key"])] = float(metric["value"])
        return {}

    def _get_run(self, said: dict[str, Any]) -> dict[str, Any]:
        return {"run": _told(self._run(said["run_id"]))}

    def _update(self, said: dict[str, Any]) -> dict[str, Any]:
        run = self._run(said["run_id"])
        if said["status"] not in _STATUSES:
            raise _No(400, "INVALID_PARAMETER_VALUE", "no such status")
        run.status, run.end = said["status"], int(said["end_time"])
        return {"run_info": _told(run)["info"]}

    def _run(self, run_id: str) -> Entry:
        if run_id not in self.runs:
            raise _No(404, "RESOURCE_DOES_NOT_EXIST", "no such run")
        return self.runs[run_id]


_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    429: "REQUEST_LIMIT_EXCEEDED",
    503: "TEMPORARILY_UNAVAILABLE",
}
_GETS = {"experiments/get-by-name": MlflowServer._by_name, "runs/get": MlflowServer._get_run}
_POSTS = {
    "experiments/create": MlflowServer._create_experiment,
    "runs/create": MlflowServer._create_run,
    "runs/search": MlflowServer._search,
    "runs/log-batch": MlflowServer._log_batch,
    "runs/update": MlflowServer._update,
}


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise _No(400, "INVALID_PARAMETER_VALUE", f"no name: {name}")
    return name


def _told(run: Entry) -> dict[str, Any]:
    return {
        "info": {
            "run_id": run.run_id,
            "run_uuid": run.run_id,
            "run_name": run.name,
            "experiment_id": run.experiment_id,
            "status": run.status,
            "start_time": run.start,
            "end_time": run.end,
            "artifact_uri": f"mlflow-artifacts:/{run.experiment_id}/{run.run_id}/artifacts",
            "lifecycle_stage": "active",
        },
        "data": {
            "tags": [{"key": k, "value": v} for k, v in run.tags.items()],
            "params": [{"key": k, "value": v} for k, v in run.params.items()],
            "metrics": [
                {"key": k, "value": v, "timestamp": 1, "step": 0} for k, v in run.metrics.items()
            ],
        },
    }
