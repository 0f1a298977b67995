"""Forgetting a customer: the trail stays whole, and nobody can tell any more whom it names."""

import logging
from dataclasses import dataclass

from core.errors import BadInput, NotFound
from core.models.people import Person
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.suppression import secret_of
from core.storage import customer_tokens, datasets, suppressions
from core.storage.customer_tokens import Named
from core.storage.suppression_tokens import holds, marks_of
from core.storage.suppressions import Addition
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

_FORGOTTEN = "forgotten on request"
_REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting came to.

    `had_token` says whether the trail named the customer. `data_sets` still hold rows of theirs:
    they are immutable, and nothing is exported to the customer from them.
    """

    had_token: bool
    data_sets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Customers as the audit trail names them, and how to make it forget one."""

    context: Context

    def token(self, customer_id: str) -> str | None:
        """What the trail calls a customer, or None where it names them nowhere."""
        with self.context.read() as connection:
            return customer_tokens.token_of(connection, customer_id.strip())

    def reveal(self, token: str, *, reason: str, by: Person) -> str:
        """The customer a token stands for; who asked and why is recorded.

        Raises:
            NotFound: it stands for nobody, or nobody any more.
            BadInput: no reason is given.
        """
        require(by, Permission.IMPORT_CUSTOMERS)
        words = _said(reason)
        with self.context.write(by) as write:
            name = customer_tokens.customer_of(write.connection, token)
            if name is None:
                raise NotFound("customer behind", token, "They may have been forgotten.")
            write.record("reveal customer", token, reason=words)
        return name

    def forget(self, customer_id: str, *, reason: str, by: Person) -> Forgotten:
        """Destroy the link between a customer and their token, and leave them out from now on.

        Raises:
            BadInput: no id or no reason is given.
        """
        require(by, Permission.IMPORT_CUSTOMERS)
        words, name = _said(reason), customer_id.strip()
        if not name:
            raise BadInput("Name the customer to forget by the id of the data set.")
        with self.context.write(by) as write:
            token = self._forget(write, name)
            write.record(
                "forget customer", token or "a customer the trail does not name", reason=words
            )
        self.context.database.settle()
        held = self._held(name)
        logger.info("a customer was forgotten; %d data sets still hold rows", len(held))
        return Forgotten(token is not None, held)

    def _forget(self, write: Write, name: str) -> str | None:
        (mark,) = marks_of((name,), secret_of(write))
        suppressions.add(write.connection, (mark,), Addition(_FORGOTTEN, write.at, write.by.name))
        return customer_tokens.forget(write.connection, Named(name, mark))

    def _held(self, name: str) -> tuple[str, ...]:
        with self.context.read() as connection:
            known = datasets.everything(connection)
        tables = ((d.dataset_id, self.context.table(d.dataset_id)) for d in known)
        return tuple(held for held, path in tables if path.exists() and holds(path, name))


def _said(reason: str) -> str:
    words = " ".join(reason.split())
    if not words or len(words) > _REASON_MAX:
        raise BadInput(f"Say why in 1 to {_REASON_MAX} characters, such as 'asked by letter'.")
    return words
