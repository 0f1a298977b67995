"""Customers as the audit trail names them, and forgetting one, which is to erase them."""

from dataclasses import dataclass

from core.errors import NotFound
from core.models.erasure import Receipt
from core.models.people import Person
from core.orchestrator.service.context import Context
from core.orchestrator.service.erasing import NOT_NAMED, Erasing
from core.orchestrator.service.suppression import said
from core.storage import customer_tokens
from core.workflow import Permission, require


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting came to.

    `had_token` says whether the trail named the customer. No data set holds rows of theirs any
    more, so `data_sets` is empty; scripts may still ask for it.
    """

    had_token: bool
    receipt: Receipt
    data_sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Customers as the audit trail names them, and how to make it forget one."""

    context: Context
    erasing: Erasing

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
        require(by, Permission.REVEAL)
        words = said(reason)
        with self.context.write(by) as write:
            name = customer_tokens.customer_of(write.connection, token)
            if name is None:
                raise NotFound("customer behind", token, "They may have been forgotten.")
            write.record("reveal customer", token, reason=words)
        return name

    def forget(self, customer_id: str, *, reason: str, by: Person) -> Forgotten:
        """The same as to erase the customer (`core.orchestrator.service.erasing`).

        Raises:
            BadInput: no id or no reason is given.
        """
        receipt = self.erasing.erase(customer_id, reason=reason, by=by)
        return Forgotten(receipt.customer != NOT_NAMED, receipt)
