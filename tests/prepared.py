"""Workspaces that many tests begin with: made once for all workers, then copied by each."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from core.cli.main import main
from core.orchestrator import config
from core.orchestrator.wiring import opened

CAMPAIGN = "dress-for-the-week"


def demo(factory: pytest.TempPathFactory) -> Path:
    """The demo, loaded."""
    return _copied(factory, "demo", _demo)


def written(factory: pytest.TempPathFactory) -> Path:
    """The demo with the messages of its second campaign in review."""

    def make(folder: Path) -> None:
        shutil.copytree(demo(factory), folder)
        with opened(config.load(folder, environment={}), execute=True) as app:
            run = app.messages.generate(CAMPAIGN, by=app.people.get("marketer"))
            app.messages.wait(run.run_id)

    return _copied(factory, "written", make)


def sent(factory: pytest.TempPathFactory) -> Path:
    """The demo after one `run` with batch approval."""

    def make(folder: Path) -> None:
        shutil.copytree(demo(factory), folder)
        assert main(["--workspace", str(folder), "run", "--approve-as", "approver"]) == 0

    return _copied(factory, "sent", make)


def own(made: Path, folder: Path) -> Path:
    """A copy to change, without what other tests of this process have logged there since."""
    logged = shutil.ignore_patterns("system.log", "experiment.log")
    return Path(shutil.copytree(made, folder, ignore=logged))


def _demo(folder: Path) -> None:
    folder.mkdir()
    with opened(config.load(folder, environment={})) as app:
        app.demo.load()


def _copied(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A copy for this worker of what the first worker to need it has made.

    Nobody opens what all copy from: a copy of a database in use could be torn.
    """
    base = factory.getbasetemp()
    # With xdist each worker's folder stands in one that they share.
    shared = base.parent if base.name.startswith("popen-") else base
    made, unfinished = shared / f"prepared-{name}", shared / f"unfinished-{name}"
    with FileLock(shared / f"prepared-{name}.lock"):
        if not made.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            make(unfinished)
            unfinished.rename(made)
    return Path(shutil.copytree(made, factory.mktemp(name) / "workspace"))
