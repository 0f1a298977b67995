"""Pages run as a visitor runs them, over a copy of a prepared workspace."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.orchestrator import config
from core.orchestrator.wiring import opened

ROOT = Path(__file__).parents[2]
CAMPAIGN = "dress-for-the-week"
SLOW_S = 60


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo; nobody may change it."""
    folder = tmp_path_factory.mktemp("loaded")
    with opened(config.load(folder, environment={})) as app:
        app.demo.load()
    return folder


@pytest.fixture(scope="session")
def written(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with the messages of its second campaign; nobody may change it."""
    folder = Path(shutil.copytree(loaded, tmp_path_factory.mktemp("written") / "workspace"))
    with opened(config.load(folder, environment={}), execute=True) as app:
        run = app.messages.generate(CAMPAIGN, by=app.people.get("marketer"))
        app.messages.wait(run.run_id)
    return folder


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path | None], Path]:
    """A copy of a prepared workspace, or an empty one, that the pages of this test use."""

    def prepare(source: Path | None) -> Path:
        folder = tmp_path / "workspace"
        if source is None:
            folder.mkdir()
        else:
            shutil.copytree(source, folder)
        monkeypatch.setenv("CPO_WORKSPACE", str(folder))
        return folder

    return prepare


@pytest.fixture
def visit(workspace: Callable[[Path | None], Path]) -> Callable[..., AppTest]:
    """Open a page: `visit("messages", written, "marketer")`."""

    def open_page(page: str, source: Path | None, person: str = "", campaign: str = "") -> AppTest:
        workspace(source)
        visitor = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SLOW_S)
        if person:
            visitor.session_state["frame.person"] = person
        if campaign:
            visitor.query_params["campaign"] = campaign
        visitor.run()
        if page != "home":
            visitor.switch_page(f"pages/{page}.py").run()
        return visitor

    return open_page
