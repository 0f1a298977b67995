"""A real server and a real Chromium; without one the tests are skipped, in CI they fail."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import prepared

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_S = 40


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        reason = f"no Chromium: none of {', '.join(NAMES)} is on the path"
        if os.environ.get("CI") == "true":  # noqa: TID251 - how the tests run, not the product
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, loaded; nobody may change it."""
    return prepared.demo(tmp_path_factory)


@pytest.fixture(scope="session")
def loaded_and_written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with the messages of its campaign in review; nobody may change it."""
    return prepared.written(tmp_path_factory)


@pytest.fixture(scope="module")
def demo(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, for the tests of one file."""
    return Path(shutil.copytree(loaded, tmp_path_factory.mktemp("demo") / "workspace"))


@pytest.fixture(scope="module")
def written(loaded_and_written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with messages in review, for the tests of one file."""
    folder = tmp_path_factory.mktemp("written") / "workspace"
    return Path(shutil.copytree(loaded_and_written, folder))


@pytest.fixture(scope="module")
def served(demo: Path) -> Iterator[str]:
    """The address of the app over the demo; the first test of a file finds it cold."""
    with serving(demo) as address:
        yield address


@contextmanager
def serving(
    workspace: Path, environment: Mapping[str, str] | None = None, *, port: int = 0
) -> Iterator[str]:
    """The address of the app over a workspace, as `serve` serves it with these variables."""
    port = port or free_port()
    words = ("--workspace", str(workspace), "serve", "--port", str(port))
    command = [sys.executable, "-m", "core", *words]
    variables = {**os.environ, **(environment or {})}  # noqa: TID251 - the tests', not the product's
    with (workspace / "server.txt").open("w") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, env=variables
        )
        try:
            _wait(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=20)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(address: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(START_S * 4):
        assert server.poll() is None, "the server ended; see server.txt in its workspace"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):  # noqa: S310 - http
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.25)
    pytest.fail(f"{address} did not answer within {START_S} s")
