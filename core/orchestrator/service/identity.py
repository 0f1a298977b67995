"""From what a sign-in proves to a person of the workspace; whatever is odd lets nobody in."""

import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from core.errors import NotAllowed
from core.models.people import Account, Person, Role
from core.orchestrator.service.context import SYSTEM, Context, Write
from core.orchestrator.service.people import RESERVED
from core.orchestrator.sign_in import check_bound, loopback
from core.storage import people
from core.storage.database import Connection

logger = logging.getLogger(__name__)

PROXY = "proxy"
"""What stands for the issuer where a proxy names the person."""

_TEXT_MAX = 255
_CLOCKS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, by what a provider signed or a trusted proxy says."""

    context: Context

    def by_claims(self, claims: Mapping[str, object]) -> Person:
        """The person whom the claims of a verified identity token name.

        Issuer and subject decide. An e-mail address counts once: where an admin expects it and
        the provider says that it is verified, the account becomes that person's for good.

        Raises:
            NotAllowed: nobody was added for the account, or the sign-in is incomplete or old.
        """
        issuer, subject = _claim(claims, "iss"), _claim(claims, "sub")
        self._refuse_old(claims)
        email = _optional(claims, "email") if claims.get("email_verified") is True else ""
        roles = self._roles(claims)
        known = self._known(issuer, subject)
        if known is None:
            known = self._first_time(issuer, subject, email, roles, claims)
        if roles is not None and known.roles != roles:
            known = self._as_claimed(known, roles)
        return _let_in(known)

    def by_header(
        self, named: Sequence[str], secrets: Sequence[str], *, address: str | None
    ) -> Person:
        """The person whom the proxy names; each argument holds every value of its header.

        Raises:
            NotAllowed: no header is configured, it is not there exactly once, the proxy does not
                prove itself, or nobody was added under what it says.
        """
        proxy = self.context.settings.proxy
        if not proxy.header:
            raise NotAllowed(
                "CPO_AUTH is header, and CPO_AUTH_HEADER names none. Nobody is let in."
            )
        check_bound("header", address, proxy)
        if proxy.secret:
            given = secrets[0] if len(secrets) == 1 else ""
            if not hmac.compare_digest(given.encode(), proxy.secret.encode()):
                raise NotAllowed(
                    "This request did not come through the sign-in of your company. "
                    "Open the address you were given."
                )
        elif not loopback(address):
            raise NotAllowed("Nobody is let in: the proxy has no secret.")
        said = named[0].strip() if len(named) == 1 else ""
        if not said or len(said) > _TEXT_MAX or not said.isprintable():
            raise NotAllowed("The sign-in of your company did not say who you are. Try again.")
        known = self._known(PROXY, said)
        email = said.casefold() if "@" in said else ""
        return _let_in(known or self._first_time(PROXY, said, email, None, {}))

    def _known(self, issuer: str, subject: str) -> Person | None:
        with self.context.read() as connection:
            return people.with_account(connection, issuer, subject)

    def _first_time(
        self,
        issuer: str,
        subject: str,
        email: str,
        roles: frozenset[Role] | None,
        claims: Mapping[str, object],
    ) -> Person:
        """The person an account that is new here belongs to, from now on."""
        with self.context.write(SYSTEM) as write:
            person = _expected(write.connection, email)
            if person is None and roles:
                person = _made(write, claims, roles)
            if person is None:
                raise NotAllowed(
                    "Nobody was added here for this account. Give an admin these two lines: "
                    f"issuer {issuer}, subject {subject}"
                )
            account = Account(issuer, subject, person.name, write.at, "first sign-in")
            people.link(write.connection, account)
            write.record(
                "link account",
                person.name,
                account={"issuer": issuer, "subject": subject},
                first=True,
            )
        logger.info("an account was linked at its first sign-in")
        return person

    def _roles(self, claims: Mapping[str, object]) -> frozenset[Role] | None:
        """The roles the claim stands for, or None where roles are given here and not there."""
        config = self.context.settings.app.sign_in
        if not config.roles:
            return None
        said = claims.get(config.role_claim, ())
        values = [said] if isinstance(said, str) else said
        if not isinstance(values, (list, tuple)):
            raise NotAllowed(f"The claim '{config.role_claim}' of this sign-in cannot be read.")
        found = frozenset(
            config.roles[v] for v in values if isinstance(v, str) and v in config.roles
        )
        if not found:
            raise NotAllowed(
                "Your account has no role for this product; ask whoever assigns them in your "
                "company's directory."
            )
        return found

    def _as_claimed(self, known: Person, roles: frozenset[Role]) -> Person:
        if known.removed:
            return known
        person = replace(known, roles=roles)
        with self.context.write(SYSTEM) as write:
            people.save(write.connection, known.name, person)
            write.record(
                "change roles",
                known.name,
                roles={"from": sorted(known.roles), "to": sorted(roles)},
                by_claim=True,
            )
        return person

    def _refuse_old(self, claims: Mapping[str, object]) -> None:
        issued = claims.get("iat")
        if isinstance(issued, bool) or not isinstance(issued, (int, float)):
            raise NotAllowed("This sign-in does not say when it was made. Sign in again.")
        hours = self.context.settings.app.sign_in.session_hours
        now = self.context.now()
        try:
            at = datetime.fromtimestamp(issued, UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise NotAllowed(
                "This sign-in does not say when it was made. Sign in again."
            ) from error
        if at > now + _CLOCKS or now - at > timedelta(hours=hours):
            raise NotAllowed(f"A sign-in lasts {hours:g} hours here. Sign in again.")


def _expected(connection: Connection, email: str) -> Person | None:
    """Whom an admin added with this address, unless an account is theirs already."""
    fitting = [
        m.person
        for m in people.members(connection)
        if email and m.person.email == email.casefold() and not m.person.removed and not m.accounts
    ]
    return fitting[0] if len(fitting) == 1 else None


def _let_in(person: Person) -> Person:
    if person.removed:
        raise NotAllowed("You are no longer let in here; ask an admin.")
    return replace(person, verified=True)


def _claim(claims: Mapping[str, object], name: str) -> str:
    value = _optional(claims, name)
    if not value or len(value) > _TEXT_MAX or not value.isprintable():
        raise NotAllowed(f"This sign-in has no usable claim '{name}'. Nobody is let in by it.")
    return value


def _optional(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _made(write: Write, claims: Mapping[str, object], roles: frozenset[Role]) -> Person:
    """A person the company's directory gave a role; their name as it is there."""
    ever = people.ever(write.connection)
    names = [
        _optional(claims, each).strip()[:80] for each in ("name", "preferred_username", "email")
    ]
    free = [n for n in names if n and n.isprintable() and not any(p.among({n}) for p in ever)]
    name = next((n for n in free if n not in RESERVED), None)
    if name is None:
        raise NotAllowed(
            "Somebody here has your name already; ask an admin to add you under another one."
        )
    person = Person(name, roles)
    people.add(write.connection, person, write.at)
    write.record("add person", name, roles=sorted(roles), by_claim=True)
    return person
