"""From names in the settings to working parts: the only place that chooses a provider."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
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
from core.integrations import chat_model, content_index, embedder, safety_screen, tracker
from core.integrations.telemetry import Watching, watching
from core.orchestrator import clock, logging_config
from core.orchestrator.application import Application, stations
from core.orchestrator.config import Settings
from core.orchestrator.engine_patience import Patiences, patiences, waiting
from core.orchestrator.pipeline import Agents
from core.orchestrator.runs import Place, Runner
from core.orchestrator.service.backups import Made
from core.orchestrator.service.context import Context, Recent
from core.orchestrator.service.health import Outside
from core.orchestrator.service.making_segments import MakingSegments
from core.orchestrator.service.policy_effect import begin_policy
from core.orchestrator.service.restoring import Restoring
from core.orchestrator.service.segment_work import SegmentStages
from core.orchestrator.service.shared_files import SharedFiles
from core.orchestrator.service.tracked import messages_waiting
from core.orchestrator.service.worker_roster import WorkerRoster
from core.orchestrator.service.writing import Writing
from core.orchestrator.tracking import Tracking
from core.protocols.content_index import ContentIndex
from core.protocols.embedder import Embedder
from core.protocols.identity import Identity as CloudIdentity
from core.protocols.name_proposer import NameProposer
from core.protocols.patience import Once, Patient
from core.protocols.provider import ProviderContext
from core.protocols.safety_screen import WordLists
from core.storage import audit_log
from core.storage.database import Database

logger = logging.getLogger(__name__)

T = TypeVar("T")


@contextmanager
def opened(
    settings: Settings, *, execute: bool = False, identity: CloudIdentity | None = None
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


def restored(settings: Settings, path: Path) -> Made:
    """The workspace of a backup, in the settings' empty one, ready to be opened.

    Raises:
        FileInvalid: it is no whole backup, or none for this version or this audit key.
        Refused: something is there already.
        StorageUnavailable: the workspace or the database cannot be used.
    """
    _make_folders(settings)
    logging_config.configure(settings.logs)
    database = Database.open(settings.database_url)
    try:
        database.migrate()
        made = Restoring(settings, database).restore(path, clock.utc_now())
    finally:
        database.close()
    with opened(settings) as app:
        app.library.reindex()
    return made


def assemble(settings: Settings, *, identity: CloudIdentity | None = None) -> Application:
    """The application over the settings' workspace; creates what is missing there.

    Azure's services know us by the identity where they have no key; by default that of the machine.

    Raises:
        StorageUnavailable: the workspace or the database cannot be used.
        ConfigInvalid: an engine is configured that cannot be built.
    """
    _make_folders(settings)
    logging_config.configure(settings.logs)
    kit = _Kit(settings, patiences(settings), identity, watching(settings.environment))
    context = _context(kit)
    outside = _outside(kit)
    agents = _agents(kit, context, outside.index)
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
    if kit.watching.problem:
        logger.warning("nobody is told of spans and measures: %s", kit.watching.problem)
    context.telemetry.watch_queue(lambda: messages_waiting(context))
    application = stations(context, agents, outside, runner)
    _finish_erasures(application)
    return application


def _finish_erasures(application: Application) -> None:
    """What a process that was killed left of an erasure; until it is done nothing is exported."""
    try:
        application.erasing.finish()
    except StorageUnavailable as error:
        logger.error("an erasure is not finished: %s", error)  # noqa: TRY400


def _context(kit: "_Kit") -> Context:
    """The database, up to date, and the folder of files that belongs to it."""
    settings = kit.settings
    keeper = _built(tracker.PROVIDERS, settings.engines.tracker, "tracker", kit)
    database = Database.open(settings.database_url)
    try:
        database.migrate()
        SharedFiles(settings, database).meet()
        place = audit_log.Place(settings.logs, settings.processed)
        log = audit_log.AuditLog.opened(database, place, settings.environment, clock.utc_now())
        context = Context(
            settings,
            database,
            clock.utc_now,
            log,
            telemetry=kit.watching.telemetry,
            tracking=Tracking(keeper, settings.processed / "tracking") if keeper.keeps else None,
        )
        begin_policy(context)
    except OrchestratorError:
        database.close()
        raise
    return context


def _messages_at_once(settings: Settings, *, metered: bool) -> int:
    """While some wait for an engine over the network, others are searched for and screened."""
    calls = settings.app.runs.concurrency
    return calls + max(2, calls // 2) if metered else calls


@dataclass(frozen=True, slots=True)
class _Kit:
    """What every engine is built with."""

    settings: Settings
    patiences: Patiences
    identity: CloudIdentity | None
    watching: Watching
    closing: ExitStack = field(default_factory=ExitStack)


def _agents(kit: _Kit, context: Context, index: ContentIndex) -> Agents:
    settings, app = kit.settings, kit.settings.app
    chat = _built(chat_model.PROVIDERS, app.engines.chat_model, "chat_model", kit)
    screen = _built(
        safety_screen.PROVIDERS,
        app.engines.safety_screen,
        "safety_screen",
        kit,
        words=lambda: _words(context),
    )
    return Agents(
        segmentation=SegmentationAgent(app.segmentation),
        retrieval=RetrievalAgent(index, app.retrieval, clock.monotonic),
        generation=GenerationAgent(chat, settings.prompts, app.generation),
        safety=SafetyAgent(screen, lambda: context.policy().rules),
        experimentation=ExperimentationAgent(clock=clock.monotonic),
        segment_quality=SegmentQualityAgent(),
        # The local engine composes messages and has no names to propose.
        segment_names=SegmentNamesAgent(
            settings.segmentation_prompt, chat if isinstance(chat, NameProposer) else None
        ),
        telemetry=kit.watching.telemetry,
    )


def _outside(kit: _Kit) -> Outside:
    engines = kit.settings.engines
    name = engines.embedder
    made = None if name == "none" else _built(embedder.PROVIDERS, name, "embedder", kit)
    index = _built(
        content_index.PROVIDERS, engines.content_index, "content_index", kit, embedding=made
    )
    return Outside(index, made, kit.patiences, kit.watching, kit.closing)


def _words(context: Context) -> WordLists:
    brand = context.policy().brand
    return WordLists(brand.prohibited, brand.watched)


def _built(
    providers: Mapping[str, Callable[[ProviderContext], T]],
    name: str,
    job: str,
    kit: _Kit,
    *,
    embedding: Embedder | None = None,
    words: Callable[[], WordLists] = WordLists,
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
            patient=_patient(kit, job),
            clock=clock.monotonic,
            words=words,
            at_the_end=kit.closing.callback,
        )
    )


def _patient(kit: _Kit, job: str) -> Patient:
    """Patience for the job; a tracker is asked once, as nobody waits for it."""
    known = kit.patiences.get(job)
    return Once() if known is None else waiting(known, job, kit.watching.telemetry)


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
