"""Health: what is configured, and whether it answers."""

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from core.content.harm import compares_sources
from core.errors import OrchestratorError
from core.models.messages import Message
from core.orchestrator.pipeline import Agents, screen
from core.orchestrator.service.context import Context
from core.orchestrator.service.policy_effect import changed_files
from core.protocols.content_index import ContentIndex
from core.storage import people

_LIBRARIES = ("streamlit", "duckdb", "sqlalchemy", "dbos", "plotly", "typst", "openai")
_DISK_NEEDED = 1 << 30


@dataclass(frozen=True, slots=True)
class Dependency:
    """One thing the product needs: what serves it, whether it answers, and what it said."""

    job: str
    engine: str
    works: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Health:
    """The state of everything the product stands on."""

    context: Context
    agents: Agents
    index: ContentIndex

    def check(self) -> tuple[Dependency, ...]:
        """One cheap look at each dependency."""
        engines = self.context.settings.engines
        return (
            _checked("database", self.context.database.place, self._database),
            _checked("disk", str(self.context.settings.workspace), self._disk),
            _checked("content policy", "workspace", self._policy),
            _checked("content index", engines.content_index, self._index),
            _checked("safety screen", engines.safety_screen, self._screen),
            _checked("writer", engines.chat_model, self.agents.generation.chat.check),
            _checked("tracker", engines.tracker, lambda: "no tracking"),
        )

    def versions(self) -> dict[str, str]:
        """The versions of Python and of the main libraries."""
        return {"python": platform.python_version(), "platform": sys.platform} | {
            name: _version(name) for name in _LIBRARIES
        }

    def _database(self) -> str:
        with self.context.read() as connection:
            return f"{len(people.everyone(connection))} people"

    def _policy(self) -> str:
        number, changed = self.context.policy().number, changed_files(self.context)
        differs = "; ".join(f"config/{name} differs from the policy in force" for name in changed)
        return f"version {number}" + (f"; {differs}; propose it or set it back" if changed else "")

    def _disk(self) -> str:
        free = shutil.disk_usage(self.context.settings.workspace).free
        if free < _DISK_NEEDED:
            raise OrchestratorError("less than 1 GB is free; make room")
        return f"{free / (1 << 30):.0f} GB free"

    def _index(self) -> str:
        self.index.search("delivery", documents=(), top=1)
        return self.index.describe()

    def _screen(self) -> str:
        found = screen(self.agents, Message("Hello", "A short note", "A short note."), ())
        known = compares_sources(self.agents.safety.screen)
        return f"{found.engine} answered; groundedness {'is' if known else 'is not'} available"


def _checked(job: str, engine: str, look: Callable[[], str]) -> Dependency:
    try:
        return Dependency(job, engine, works=True, detail=look())
    except OrchestratorError as error:
        return Dependency(job, engine, works=False, detail=str(error))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
