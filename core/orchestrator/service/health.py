"""Health: what is configured, whether it answers, how fast, and what leaves this machine."""

import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

from core.content.harm import compares_sources
from core.errors import OrchestratorError
from core.models.messages import Message
from core.orchestrator import clock
from core.orchestrator.breaker import Circuit, Standing
from core.orchestrator.patience import Patience
from core.orchestrator.pipeline import Agents, screen
from core.orchestrator.service.context import Context
from core.orchestrator.service.kept import Kept
from core.orchestrator.service.policy_effect import changed_files
from core.orchestrator.service.shared_files import SharedFiles
from core.protocols.content_index import ContentIndex
from core.protocols.embedder import Embedder
from core.storage import model_calls, people, runs

_LIBRARIES = (
    *("streamlit", "duckdb", "sqlalchemy", "dbos", "plotly", "typst", "openai"),
    *("azure-search-documents", "azure-ai-contentsafety", "azure-identity"),
)
_DISK_NEEDED = 1 << 30
# Engines whose work is done on this machine; nothing they are given leaves it.
_ON_THIS_MACHINE = frozenset({"local", "onnx", "none"})


@dataclass(frozen=True, slots=True)
class Dependency:
    """One thing the product needs: what serves it, whether it answers, and what it said.

    `milliseconds` is how long the look at it took; `local` whether it is on this machine;
    `standing` how its circuit breaker stands in this process, None where it has none.
    """

    job: str
    engine: str
    works: bool
    detail: str
    milliseconds: float = 0.0
    local: bool = True
    standing: Standing | None = None

    @property
    def circuit(self) -> str:
        """The state of its breaker in a word, "" where it has none."""
        return str(self.standing.circuit) if self.standing else ""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return "this machine" if self.local else "over the network"


class Watching(Protocol):
    """What tells of the work to others: where, or why it cannot."""

    @property
    def places(self) -> str:
        """Where to, in words; empty for nowhere."""
        ...

    @property
    def problem(self) -> str:
        """Why nobody is told though somebody asked for it."""
        ...

    def close(self) -> None:
        """Send what is still here, and stop."""
        ...


@dataclass(frozen=True, slots=True)
class Unwatched:
    """Nobody is told."""

    places: str = ""
    problem: str = ""

    def close(self) -> None:
        """Nothing to do."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The engines for finding, how patiently each over the network is asked, and their ends."""

    index: ContentIndex
    embedder: Embedder | None = None
    patiences: Mapping[str, Patience] = field(default_factory=dict)
    watching: Watching = field(default_factory=Unwatched)
    closing: ExitStack = field(default_factory=ExitStack)


@dataclass(frozen=True, slots=True)
class Health:
    """The state of everything the product stands on."""

    context: Context
    agents: Agents
    outside: Outside

    def check(self) -> tuple[Dependency, ...]:
        """One cheap real call to each dependency."""
        engines, embedder = self.context.settings.engines, self.outside.embedder
        return (
            _checked("database", self.context.database.place, self._database),
            _checked("files", str(self.context.settings.processed), self._files),
            _checked("disk", str(self.context.settings.workspace), self._disk),
            _checked("queue", "workspace", self._queue),
            _checked("paid calls", "workspace", self._paid),
            _checked("tables", "workspace", Kept(self.context).tables),
            _checked("erasures", "workspace", Kept(self.context).erasures),
            _checked("content policy", "workspace", self._policy),
            self._engine("content index", engines.content_index, self._index),
            self._engine(
                "embedder", engines.embedder, embedder.check if embedder else _words_alone
            ),
            self._engine("safety screen", engines.safety_screen, self._screen),
            self._engine("writer", engines.chat_model, self.agents.generation.chat.check),
            self._engine("tracker", engines.tracker, self._tracker),
            *self._telemetry(),
        )

    def left_alone(self) -> tuple[Dependency, ...]:
        """The engines that failed again and again and are left alone now; asks nobody.

        What other processes learnt of an engine is not known here.
        """
        engines = self.context.settings.engines
        names = {
            "writer": engines.chat_model,
            "embedder": engines.embedder,
            "content index": engines.content_index,
            "safety screen": engines.safety_screen,
        }
        found = [(job, engine, self._standing(job, engine)) for job, engine in names.items()]
        return tuple(
            Dependency(job, engine, works=False, detail=s.problem, local=False, standing=s)
            for job, engine, s in found
            if s is not None and s.circuit is not Circuit.CLOSED
        )

    def versions(self) -> dict[str, str]:
        """The versions of Python and of the main libraries."""
        return {"python": platform.python_version(), "platform": sys.platform} | {
            name: _version(name) for name in _LIBRARIES
        }

    def _engine(self, job: str, engine: str, look: Callable[[], str]) -> Dependency:
        found = _checked(job, engine, look)
        return replace(
            found,
            local=engine in _ON_THIS_MACHINE,
            standing=self._standing(job, engine),
        )

    def _standing(self, job: str, engine: str) -> Standing | None:
        patience = self.outside.patiences.get(_JOBS.get(job, job))
        return None if engine in _ON_THIS_MACHINE or patience is None else patience.standing()

    def _database(self) -> str:
        with self.context.read() as connection:
            return f"{len(people.everyone(connection))} people"

    def _files(self) -> str:
        return SharedFiles(self.context.settings, self.context.database).check()

    def _policy(self) -> str:
        number, changed = self.context.policy().number, changed_files(self.context)
        differs = "; ".join(f"config/{name} differs from the policy in force" for name in changed)
        return f"version {number}" + (f"; {differs}; propose it or set it back" if changed else "")

    def _disk(self) -> str:
        free = shutil.disk_usage(self.context.settings.workspace).free
        if free < _DISK_NEEDED:
            raise OrchestratorError("less than 1 GB is free; make room")
        logs = sum(p.stat().st_size for p in self.context.settings.logs.iterdir() if p.is_file())
        return f"{free / (1 << 30):.0f} GB free; logs {logs / (1 << 20):,.1f} MB"

    def _queue(self) -> str:
        with self.context.read() as connection:
            active = runs.active(connection)
        waiting = sum(run.total - run.done for run in active)
        return f"{waiting:,} messages wait in {len(active)} runs" if active else "nothing waits"

    def _paid(self) -> str:
        month = self.context.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        with self.context.read() as connection:
            used = model_calls.usage_since(connection, month)
        cap = self.context.settings.app.runs.cost_cap_usd
        spent = "at a price nobody knows" if used.cost_usd is None else f"${used.cost_usd:,.2f}"
        limit = "a run has no limit" if cap is None else f"a run may cost ${cap:,.2f}"
        return f"{used.calls:,} this month (UTC), {spent}; {limit}"

    def _index(self) -> str:
        return self.outside.index.check()

    def _tracker(self) -> str:
        tracking = self.context.tracking
        return tracking.check() if tracking is not None else "no tracking"

    def _telemetry(self) -> tuple[Dependency, ...]:
        """Where spans and measures go; nothing where nobody asked for them."""
        watching = self.outside.watching
        if not watching.places and not watching.problem:
            return ()
        works, told = not watching.problem, watching.problem or watching.places
        return (Dependency("telemetry", "OpenTelemetry", works, told, local=False),)

    def _screen(self) -> str:
        found = screen(self.agents, Message("Hello", "A short note", "A short note."), ())
        known = compares_sources(self.agents.safety.screen)
        return f"{found.engine} answered; groundedness {'is' if known else 'is not'} available"


_JOBS = {"writer": "chat_model", "content index": "content_index", "safety screen": "safety_screen"}


def _words_alone() -> str:
    return "none: found by words alone"


def _checked(job: str, engine: str, look: Callable[[], str]) -> Dependency:
    begun = clock.monotonic()
    try:
        works, detail = True, look()
    except OrchestratorError as error:
        works, detail = False, str(error)
    taken_ms = (clock.monotonic() - begun) * 1000
    return Dependency(job, engine, works, detail, taken_ms)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
