"""Azure's safety screen before a server of a test, with waits that take no time."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from core.integrations.safety_screen import azure
from core.orchestrator.patience import Gate, Patience, Waiting
from core.protocols.azure import AzureConfig, AzureContentSafety, AzureLimits
from core.protocols.patience import ServiceLimits
from core.protocols.provider import ProviderContext
from core.protocols.safety_screen import WordLists

NO_WORDS = WordLists()
LIMITS = ServiceLimits(connect_s=20.0, timeout_s=20.0, attempts=3, patience_s=40.0)
# For a server that does not answer: a busy machine may be as slow as this by itself.
HASTY = replace(LIMITS, timeout_s=0.4)


@dataclass
class Clock:
    """Time that passes only while somebody waits."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """The time."""
        return self.now

    def wait(self, seconds: float) -> None:
        """Let it pass."""
        self.waits.append(seconds)
        self.now += seconds


def screen_at(
    server,
    *,
    words=NO_WORDS,
    limits=LIMITS,
    clock=None,
    identity=None,
    environment=None,
    **config,
):
    """The screen, asking with patience where it has a clock, else once."""
    context = ProviderContext(
        server.environment if environment is None else environment,
        Path(),
        azure=AzureConfig(
            content_safety=AzureContentSafety(**config),
            limits=AzureLimits(content_safety=limits),
        ),
        identity=identity,
        words=lambda: words,
    )
    if clock is not None:
        gate = Gate(limits.at_once, limits.rate_limit, clock)
        patience = Patience(limits, gate, Random(1), clock)  # noqa: S311 - jitter of a test
        context = replace(context, patient=Waiting(patience, clock.wait, lambda: True))
    return azure.build(context)
