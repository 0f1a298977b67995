"""From names in the settings to working parts: the only place that chooses a provider."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from core.agents.experimentation import ExperimentationAgent
from core.agents.generation import GenerationAgent
from core.agents.retrieval import RetrievalAgent
from core.agents.safety import SafetyAgent
from core.agents.segment_names import SegmentNamesAgent
from core.agents.segment_quality import SegmentQualityAgent
from core.agents.segmentation import SegmentationAgent
from core.errors import ConfigInvalid, OrchestratorError, StorageUnavailable
from core.integrations import chat_model, content_index, embedder, safety_screen
from core.orchestrator import clock, logging_config
from core.orchestrator.config import Settings
from core.orchestrator.engine_patience import Patiences, patiences, waiting
from core.orchestrator.pipeline import Agents
from core.orchestrator.runs import Place, Runner
from core.orchestrator.service.approvals import Approvals
from core.orchestrator.service.audience_truth import AudienceTruth
from core.orchestrator.service.audit_trail import AuditTrail
from core.orchestrator.service.backups import Backups
from core.orchestrator.service.batch import Batch
from core.orchestrator.service.campaigns import Campaigns
from core.orchestrator.service.checks import Checks
from core.orchestrator.service.content_editing import ContentEditing
from core.orchestrator.service.content_reach import ContentReach
from core.orchestrator.service.context import Context, Recent
from core.orchestrator.service.customers import Customers
from core.orchestrator.service.demo import Demo
from core.orchestrator.service.health import Health, Outside
from core.orchestrator.service.home import Home
from core.orchestrator.service.ledger import Claims
from core.orchestrator.service.library import Library
from core.orchestrator.service.making_segments import MakingSegments
from core.orchestrator.service.messages import Messages
from core.orchestrator.service.people import People
from core.orchestrator.service.planning import Planning
from core.orchestrator.service.previews import Previews
from core.orchestrator.service.reporting import Reporting
from core.orchestrator.service.results import Results
from core.orchestrator.service.segment_views import SegmentViews
from core.orchestrator.service.segment_work import SegmentStages
from core.orchestrator.service.segments import Segments
from core.orchestrator.service.send import Send
from core.orchestrator.service.shared_files import SharedFiles
from core.orchestrator.service.suppression import Suppression
from core.orchestrator.service.worker_roster import WorkerRoster
from core.orchestrator.service.workspace import Workspace
from core.orchestrator.service.writing import Writing
from core.protocols.content_index import ContentIndex
from core.protocols.embedder import Embedder
from core.protocols.identity import Identity
from core.protocols.provider import ProviderContext
from core.storage.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Application:
    """Every station of the journey over one workspace; what pages and the command line talk to."""

    settings: Settings
    people: People
    customers: Customers
    suppression: Suppression
    workspace: Workspace
    segments: Segments
    segment_views: SegmentViews
    library: Library
    content: ContentEditing
    reach: ContentReach
    campaigns: Campaigns
    messages: Messages
    audience_truth: AudienceTruth
    claims: Claims
    previews: Previews
    approvals: Approvals
    send: Send
    results: Results
    planning: Planning
    reporting: Reporting
    audit: AuditTrail
    health: Health
    home: Home
    checks: Checks
    demo: Demo
    batch: Batch
    backups: Backups
    runner: Runner

    def close(self) -> None:
        """Stop carrying out runs and let go of the database."""
        self.runner.close()
        self.people.context.database.close()


@contextmanager
def opened(
    settings: Settings, *, execute: bool = False, identity: Identity | None = None
) -> Iterator[Application]:
    """The application over the settings' workspace, closed at the end.

    With `execute`, durable runs are carried out in this process, unless another already does.
    """
    application = assemble(settings, identity=identity)
    try:
        if execute:
            application.runner.launch()
        yield application
    finally:
        application.close()


def assemble(settings: Settings, *, identity: Identity | None = None) -> Application:
    """The application over the settings' workspace; creates what is missing there.

    Azure's services know us by the identity where they have no key; by default that of the machine.

    Raises:
        StorageUnavailable: the workspace or the database cannot be used.
        ConfigInvalid: an engine is configured that cannot be built.
    """
    _make_folders(settings)
    logging_config.configure(settings.logs)
    context = _context(settings)
    kit = _Kit(settings, patiences(settings), identity)
    outside = _outside(kit)
    agents = _agents(kit, outside.index)
    making = MakingSegments(context, agents)
    runner = Runner(
        Place(settings.database_url, settings.processed / "runs.lock", WorkerRoster(context)),
        Writing(
            replace(context, kept=Recent(clock.monotonic)), agents, kit.patiences["chat_model"]
        ),
        SegmentStages(context, making),
        settings.app.runs,
        at_once=_messages_at_once(settings, metered=agents.generation.chat.metered),
    )
    return _stations(context, agents, outside, runner)


def _context(settings: Settings) -> Context:
    """The database, up to date, and the folder of files that belongs to it."""
    database = Database.open(settings.database_url)
    context = Context(settings, database, clock.utc_now)
    try:
        database.migrate()
        SharedFiles(context).meet()
    except OrchestratorError:
        database.close()
        raise
    return context


def _stations(context: Context, agents: Agents, outside: Outside, runner: Runner) -> Application:
    people, customers, campaigns = People(context), Customers(context), Campaigns(context)
    segments = Segments(context, agents, MakingSegments(context, agents), runner)
    library, approvals = Library(context, agents, outside.index), Approvals(context)
    messages, send = Messages(context, agents, runner), Send(context, approvals)
    results = Results(context, agents)
    reporting = Reporting(context, results)
    before = (people, customers, segments, library, campaigns)
    demo = Demo(context, *before)
    return Application(
        settings=context.settings,
        people=people,
        customers=customers,
        suppression=Suppression(context),
        workspace=Workspace(context),
        segments=segments,
        segment_views=SegmentViews(context),
        library=library,
        content=ContentEditing(context, agents, outside.index, approvals),
        reach=ContentReach(context, agents, library),
        campaigns=campaigns,
        messages=messages,
        audience_truth=AudienceTruth(context, messages, approvals),
        claims=Claims(context, agents, library),
        previews=Previews(context),
        approvals=approvals,
        send=send,
        results=results,
        planning=Planning(context),
        reporting=reporting,
        audit=AuditTrail(context),
        health=Health(context, agents, outside),
        home=Home(context),
        checks=Checks(context, agents, library),
        demo=demo,
        batch=Batch(*before, messages, approvals, send, reporting, demo),
        backups=Backups(context, library),
        runner=runner,
    )


def _messages_at_once(settings: Settings, *, metered: bool) -> int:
    """While some wait for an engine over the network, others are searched for and screened."""
    calls = settings.app.runs.concurrency
    return calls + max(2, calls // 2) if metered else calls


@dataclass(frozen=True, slots=True)
class _Kit:
    """What every engine is built with."""

    settings: Settings
    patiences: Patiences
    identity: Identity | None


def _agents(kit: _Kit, index: ContentIndex) -> Agents:
    settings, app = kit.settings, kit.settings.app
    chat = _built(chat_model.PROVIDERS, app.engines.chat_model, "chat_model", kit)
    screen = _built(safety_screen.PROVIDERS, app.engines.safety_screen, "safety_screen", kit)
    return Agents(
        segmentation=SegmentationAgent(app.segmentation),
        retrieval=RetrievalAgent(index, app.retrieval, clock.monotonic),
        generation=GenerationAgent(chat, settings.prompts, app.generation),
        safety=SafetyAgent(screen, settings.safety, settings.brand),
        experimentation=ExperimentationAgent(clock=clock.monotonic),
        segment_quality=SegmentQualityAgent(),
        segment_names=SegmentNamesAgent(settings.segmentation_prompt),
    )


def _outside(kit: _Kit) -> Outside:
    engines = kit.settings.engines
    name = engines.embedder
    made = None if name == "none" else _built(embedder.PROVIDERS, name, "embedder", kit)
    index = _built(
        content_index.PROVIDERS, engines.content_index, "content_index", kit, embedding=made
    )
    return Outside(index, made, kit.patiences)


def _built(
    providers: Mapping[str, Callable[[ProviderContext], T]],
    name: str,
    job: str,
    kit: _Kit,
    *,
    embedding: Embedder | None = None,
) -> T:
    """The provider of a job.

    Raises:
        ConfigInvalid: this version has no such provider; nothing else is used in its place.
    """
    build, settings = providers.get(name), kit.settings
    if build is None:
        raise ConfigInvalid(
            f"The {job.replace('_', ' ')} '{name}' is not part of this version; "
            f"set CPO_{job.upper()} to {' or '.join(sorted(providers))}."
        )
    return build(
        ProviderContext(
            settings.environment,
            settings.processed,
            embedder=embedding,
            fusion=settings.app.retrieval.fusion,
            calls=settings.app.chat_model,
            prices=settings.prices,
            azure=settings.azure,
            identity=kit.identity,
            patient=waiting(kit.patiences[job]),
            clock=clock.monotonic,
        )
    )


def _make_folders(settings: Settings) -> None:
    folder: Path = settings.processed
    try:
        for folder in (settings.processed, settings.tables, settings.logs, settings.reports):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnavailable(
            f"The workspace folder {folder} cannot be written ({error.strerror}); "
            "choose another one with --workspace or CPO_WORKSPACE."
        ) from error
