"""Every error this product raises on purpose.

OrchestratorError
├── BadInput                what a person or file gave us cannot be used          (exit 2)
│   ├── ConfigInvalid       a setting in config/*.yaml or the environment
│   ├── FileInvalid         a file, with the line where one is known
│   └── NotFound            an id or name that does not exist
├── Refused                 understood, but a rule of the product says no          (exit 1)
│   ├── BudgetReached       a run would cost more than it may
│   ├── RunOver             a run was stopped; what it had not begun stays as it is
│   ├── NotAllowed          this person may not do this
│   ├── StaleRevision       somebody changed the thing meanwhile; nothing recorded
│   ├── MoveRefused         the thing is not in a state that allows this
│   └── SealBroken          what was approved is no longer what is there
├── ProviderFailed          an engine outside our code                             (exit 1)
│   ├── ProviderUnavailable it did not answer, or asked us to come back later
│   │   └── PatienceOver    and we have come back as often as the settings allow
│   └── ProviderRejected    it answered, and the answer was no or made no sense
├── StorageUnavailable      the workspace or the database                          (exit 1)
└── UndefinedStatistic      a number that does not exist                           (exit 1)

A message is one sentence or two: what happened, where, and what to do about it.
"""

from enum import StrEnum
from pathlib import Path


class OrchestratorError(Exception):
    """An expected failure whose message is written for the person who meets it."""

    exit_code = 1

    def __reduce__(self) -> tuple[object, ...]:
        # Durable runs store errors; the default would call __init__ with the finished message.
        return _restored, (type(self), str(self), dict(self.__dict__))


def _restored(
    kind: type[OrchestratorError], message: str, attributes: dict[str, object]
) -> OrchestratorError:
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.__dict__.update(attributes)
    return error


class BadInput(OrchestratorError):
    """Something a person or a file gave us cannot be used as it is."""

    exit_code = 2


class ConfigInvalid(BadInput):
    """A setting is unknown, missing or out of range."""


class FileInvalid(BadInput):
    """A file cannot be read as what it should be; names the line where one is known."""

    def __init__(self, path: Path | str, problem: str, *, line: int | None = None) -> None:
        self.path = Path(path)
        self.line = line
        where = self.path.name if line is None else f"{self.path.name} line {line}"
        super().__init__(f"{where}: {problem}")


class NotFound(BadInput):
    """An id or a name that does not exist here."""

    def __init__(self, kind: str, name: str, hint: str = "") -> None:
        super().__init__(f"There is no {kind} '{name}'.{' ' + hint if hint else ''}")


class Refused(OrchestratorError):
    """A request that was understood and that a rule of the product forbids."""


class BudgetReached(Refused):
    """The next call could cost more than is left of the run's budget; it was not made."""


class RunOver(Refused):
    """The run this was for has been stopped meanwhile; nothing was done."""


class NotAllowed(Refused):
    """The person may not do this."""


class StaleRevision(Refused):
    """The thing changed after the author of this write had looked at it.

    `own`: it was this author's own decision, as when a button is pressed twice.
    """

    def __init__(
        self,
        thing: str,
        *,
        advice: str = "look at it again and repeat what you meant to do",
        own: bool = False,
    ) -> None:
        super().__init__(
            f"You have decided about {thing} already. That stands, and nothing more was recorded."
            if own
            else f"Someone changed {thing} while you were looking. Nothing was recorded; {advice}."
        )


class MoveRefused(Refused):
    """The thing is not in a state from which this step is possible."""


class SealBroken(Refused):
    """An approval no longer covers what is there; names the part that changed."""


class FailureKind(StrEnum):
    """What exactly went wrong with an engine: the name of the state in logs and measurements."""

    NO_CONNECTION = "no_connection"
    TIMED_OUT = "timed_out"
    BROKEN_OFF = "broken_off"
    RATE_LIMITED = "rate_limited"
    OUT_OF_ORDER = "out_of_order"
    MALFORMED = "malformed"
    LEFT_ALONE = "left_alone"  # the circuit breaker is open: the engine was not asked
    NOT_SIGNED_IN = "not_signed_in"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    NOT_UNDERSTOOD = "not_understood"
    QUOTA_USED_UP = "quota_used_up"
    PROMPT_FILTERED = "prompt_filtered"
    ANSWER_FILTERED = "answer_filtered"
    REFUSED = "refused"
    CUT_OFF = "cut_off"
    EMPTY = "empty"
    UNUSABLE = "unusable"
    OTHER = "other"


class ProviderFailed(OrchestratorError):
    """An engine outside our code did not do its job.

    `cost_usd` is what the failure was billed for, None when nobody can know; `retry_after_s` is
    how long the engine asked us to wait; `kind` names the state.
    """

    kind = FailureKind.OTHER

    def __init__(
        self,
        provider: str,
        task: str,
        why: str,
        *,
        cost_usd: float | None = 0.0,
        retry_after_s: float | None = None,
        kind: FailureKind = FailureKind.OTHER,
    ) -> None:
        self.provider, self.task, self.why = provider, task, why
        self.kind = kind
        self.cost_usd = cost_usd
        self.retry_after_s = retry_after_s
        super().__init__(f"{provider} could not {task}: {why}")


class ProviderUnavailable(ProviderFailed):
    """The engine did not answer or asked us to come back later; trying again may help."""


class PatienceOver(ProviderUnavailable):
    """The engine was asked as often, and waited for as long, as the settings allow."""


class ProviderRejected(ProviderFailed):
    """The engine refused or gave an answer that cannot be used; trying again will not help."""


class StorageUnavailable(OrchestratorError):
    """The workspace folder or the database cannot be read or written."""


class UndefinedStatistic(OrchestratorError):
    """A statistic that does not exist for these numbers; the message is the reason."""
