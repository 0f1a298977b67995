"""From names in the settings to working parts: the only place that chooses a provider."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import SystemRandom
from typing import TypeVar

from core.agents.experimentation import ExperimentationAgent
from core.agents.generation import GenerationAgent
from core.agents.retrieval import RetrievalAgent
from core.agents.safety import SafetyAgent
from core.agents.segment_names import SegmentNamesAgent
from core.agents.segment_quality import SegmentQualityAgent
from core.agents.segmentation import SegmentationAgent
from core.errors import ConfigInvalid, StorageUnavailable
from core.integrations import chat_model, content_index, embedder, safety_screen
from core.orchestrator import clock, logging_config
from core.orchestrator.config import Settings
from core.orchestrator.patience import Gate, Patience
from core.orchestrator.pipeline import Agents
from core.orchestrator.runs import Runner
from core.orchestrator.service.approvals import Approvals
from core.orchestrator.service.audience_truth import AudienceTruth
from core.orchestrator.service.audit_trail import AuditTrail
from core.orchestrator.service.batch import Batch
from core.orchestrator.service.campaigns import Campaigns
from core.orchestrator.service.checks import Checks
from core.orchestrator.service.content_editing import ContentEditing
from core.orchestrator.service.content_reach import ContentReach
from core.orchestrator.service.context import Context, Recent
from core.orchestrator.service.customers import Customers
from core.orchestrator.service.demo import Demo
from core.orchestrator.service.discussion import Discussion
from core.orchestrator.service.forgetting import Forgetting
from core.orchestrator.service.health import Health
from core.orchestrator.service.home import Home
from core.orchestrator.service.identity import Identity
from core.orchestrator.service.ledger import Claims
from core.orchestrator.service.library import Library
from core.orchestrator.service.making_segments import MakingSegments
from core.orchestrator.service.messages import Messages
from core.orchestrator.service.people import People
from core.orchestrator.service.planning import Planning
from core.orchestrator.service.policies import Policies
from core.orchestrator.service.policy_effect import begin_policy
from core.orchestrator.service.previews import Previews
from core.orchestrator.service.reporting import Reporting
from core.orchestrator.service.results import Results
from core.orchestrator.service.screenings import Screenings
from core.orchestrator.service.segment_views import SegmentViews
from core.orchestrator.service.segment_work import SegmentStages
from core.orchestrator.service.segments import Segments
from core.orchestrator.service.send import Send
from core.orchestrator.service.suppression import Suppression
from core.orchestrator.service.what_if import WhatIfs
from core.orchestrator.service.workspace import Workspace
from core.orchestrator.service.writing import Writing
from core.protocols.content_index import ContentIndex
from core.protocols.embedder import Embedder
from core.protocols.provider import ProviderContext
from core.storage.audit_log import AuditLog, Place
from core.storage.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Application:
    """Every station of the journey over one workspace; what pages and the command line talk to."""

    settings: Settings
    people: People
    identity: Identity
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
    discussion: Discussion
    send: Send
    results: Results
    planning: Planning
    reporting: Reporting
    audit: AuditTrail
    policies: Policies
    screenings: Screenings
    forgetting: Forgetting
    health: Health
    home: Home
    checks: Checks
    demo: Demo
    batch: Batch
    runner: Runner

    def close(self) -> None:
        """Stop carrying out runs and let go of the database."""
        self.runner.close()
        self.people.context.database.close()


@contextmanager
def opened(settings: Settings, *, execute: bool = False) -> Iterator[Application]:
    """The application over the settings' workspace, closed at the end.

    With `execute`, durable runs are carried out in this process, unless another already does.
    """
    application = assemble(settings)
    try:
        if execute:
            application.runner.launch()
        yield application
    finally:
        application.close()


def assemble(settings: Settings) -> Application:
    """The application over the settings' workspace; creates what is missing there.

    Raises:
        StorageUnavailable: the workspace or the database cannot be used.
        ConfigInvalid: an engine is configured that cannot be built.
    """
    _make_folders(settings)
    logging_config.configure(settings.logs)
    database = Database.open(settings.database_url)
    database.migrate()
    place = Place(settings.logs, settings.processed)
    audit_log = AuditLog.opened(database, place, settings.environment, clock.utc_now())
    context = Context(settings, database, clock.utc_now, audit_log)
    begin_policy(context)
    index = _index(settings)
    agents = _agents(context, index)
    making = MakingSegments(context, agents)
    runner = Runner(
        settings.database_url,
        settings.processed / "runs.lock",
        Writing(replace(context, kept=Recent(clock.monotonic)), agents, _patience(settings)),
        SegmentStages(context, making),
        settings.app.runs,
        at_once=_messages_at_once(settings, metered=agents.generation.chat.metered),
    )
    return _stations(context, agents, index, runner)


def _stations(context: Context, agents: Agents, index: ContentIndex, runner: Runner) -> Application:
    before = _first_stations(context, agents, index, runner)
    people, customers, segments, library, campaigns = before
    approvals, messages = Approvals(context), Messages(context, agents, runner)
    send, reporting = Send(context, approvals), Reporting(context, Results(context, agents))
    demo = Demo(context, *before)
    return Application(
        settings=context.settings,
        people=people,
        identity=Identity(context),
        customers=customers,
        suppression=Suppression(context),
        workspace=Workspace(context),
        segments=segments,
        segment_views=SegmentViews(context),
        library=library,
        content=ContentEditing(context, agents, index, approvals),
        reach=ContentReach(context, agents, library),
        campaigns=campaigns,
        messages=messages,
        audience_truth=AudienceTruth(context, messages, approvals),
        claims=Claims(context, agents, library),
        previews=Previews(context),
        approvals=approvals,
        discussion=Discussion(context, messages),
        send=send,
        results=reporting.results,
        planning=Planning(context),
        reporting=reporting,
        audit=AuditTrail(context),
        policies=Policies(context, approvals, WhatIfs(context, agents)),
        screenings=Screenings(context),
        forgetting=Forgetting(context),
        health=Health(context, agents, index),
        home=Home(context),
        checks=Checks(context, agents, library),
        demo=demo,
        batch=Batch(*before, messages, approvals, send, reporting, demo),
        runner=runner,
    )


def _first_stations(
    context: Context, agents: Agents, index: ContentIndex, runner: Runner
) -> tuple[People, Customers, Segments, Library, Campaigns]:
    """What the demo and a run in one go begin with, in the order of the journey."""
    segments = Segments(context, agents, MakingSegments(context, agents), runner)
    library = Library(context, agents, index)
    return People(context), Customers(context), segments, library, Campaigns(context)


def _patience(settings: Settings) -> Patience:
    runs = settings.app.runs
    gate = Gate(runs.concurrency, runs.rate_limit, clock.monotonic)
    return Patience(settings.app.chat_model, gate, SystemRandom(), clock.monotonic)


def _messages_at_once(settings: Settings, *, metered: bool) -> int:
    """While some wait for an engine over the network, others are searched for and screened."""
    calls = settings.app.runs.concurrency
    return calls + max(2, calls // 2) if metered else calls


def _agents(context: Context, index: ContentIndex) -> Agents:
    settings, app = context.settings, context.settings.app
    chat = _built(chat_model.PROVIDERS, app.engines.chat_model, "chat_model", settings)
    screen = _built(safety_screen.PROVIDERS, app.engines.safety_screen, "safety_screen", settings)
    return Agents(
        segmentation=SegmentationAgent(app.segmentation),
        retrieval=RetrievalAgent(index, app.retrieval, clock.monotonic),
        generation=GenerationAgent(chat, settings.prompts, app.generation),
        safety=SafetyAgent(screen, lambda: context.policy().rules),
        experimentation=ExperimentationAgent(clock=clock.monotonic),
        segment_quality=SegmentQualityAgent(),
        segment_names=SegmentNamesAgent(settings.segmentation_prompt),
    )


def _index(settings: Settings) -> ContentIndex:
    name = settings.engines.embedder
    made = None if name == "none" else _built(embedder.PROVIDERS, name, "embedder", settings)
    engine = settings.engines.content_index
    return _built(content_index.PROVIDERS, engine, "content_index", settings, embedding=made)


def _built(
    providers: Mapping[str, Callable[[ProviderContext], T]],
    name: str,
    job: str,
    settings: Settings,
    *,
    embedding: Embedder | None = None,
) -> T:
    """The provider of a job.

    Raises:
        ConfigInvalid: this version has no such provider; nothing else is used in its place.
    """
    build = providers.get(name)
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
