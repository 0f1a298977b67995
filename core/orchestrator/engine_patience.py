"""How patiently each engine over the network is asked: from the settings to working parts."""

from collections.abc import Mapping
from random import SystemRandom

from core.orchestrator import clock
from core.orchestrator.config import Settings
from core.orchestrator.executing import in_run, pause
from core.orchestrator.patience import Gate, Patience, Waiting
from core.protocols.patience import CallLimits, RateLimit, ServiceLimits
from core.protocols.telemetry import Telemetry

Patiences = Mapping[str, Patience]
"""By the job of the engine, as it is called in the settings."""


def patiences(settings: Settings) -> Patiences:
    """One for each job: what one call learns of an engine holds for all of this process."""
    runs, limits = settings.app.runs, settings.azure.limits
    return {
        "chat_model": _patience(settings.app.chat_model, runs.concurrency, runs.rate_limit),
        "embedder": _service(limits.embedding),
        "content_index": _service(limits.search),
        "safety_screen": _service(limits.content_safety),
    }


def waiting(patience: Patience, job: str, telemetry: Telemetry) -> Waiting:
    """What a provider asks through: waits as long in a run, and for a person less."""
    return Waiting(patience, pause, in_run, job, telemetry)


def _service(limits: ServiceLimits) -> Patience:
    return _patience(limits, limits.at_once, limits.rate_limit)


def _patience(limits: CallLimits, at_once: int, rate: RateLimit | None) -> Patience:
    gate = Gate(at_once, rate, clock.monotonic)
    return Patience(limits, gate, SystemRandom(), clock.monotonic)
