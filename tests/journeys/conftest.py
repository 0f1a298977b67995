"""A workspace with the demo in it, made once and copied for each test that changes it."""

from pathlib import Path

import pytest

from tests import prepared
from tests.journeys.commands import application, run


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Path:
    """The demo, loaded; nobody may change it."""
    return prepared.demo(tmp_path_factory)


@pytest.fixture(scope="session")
def sent(tmp_path_factory) -> Path:
    """The demo after one `run` with batch approval; nobody may change it."""
    return prepared.sent(tmp_path_factory)


@pytest.fixture
def workspace(demo, tmp_path) -> Path:
    """A copy of the demo to change."""
    return prepared.own(demo, tmp_path / "workspace")


@pytest.fixture
def sent_workspace(sent, tmp_path) -> Path:
    """A copy of the workspace after one `run`, to change."""
    return prepared.own(sent, tmp_path / "workspace")


@pytest.fixture
def command():
    """Run a command: `command(workspace, "demo")`."""
    return run


@pytest.fixture
def open_application():
    """The application over a workspace, as a context manager."""
    return application
