"""Pages run as a visitor runs them, over a copy of a prepared workspace."""

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from tests import prepared

ROOT = Path(__file__).parents[2]
CAMPAIGN = prepared.CAMPAIGN
SLOW_S = 60


@pytest.fixture(scope="session", autouse=True)
def _components_are_looked_for_once() -> Iterator[None]:
    """Each AppTest reads what is said of every installed package; that does not change."""
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo; nobody may change it."""
    return prepared.demo(tmp_path_factory)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with the messages of its second campaign; nobody may change it."""
    return prepared.written(tmp_path_factory)


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
