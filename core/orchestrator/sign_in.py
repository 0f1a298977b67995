"""How people prove who they are: the settings of the three ways, and what each demands.

`local` lets people choose a name and is served to this machine only; `oidc` takes the word of an
OpenID provider; `header` that of a proxy which names the person in a header.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from core.errors import ConfigInvalid, NotAllowed
from core.models.people import Role

SECRET_MIN = 32
"""How many characters a secret that lets people in must have."""

_SECRET_HEADER = "X-Proxy-Secret"  # noqa: S105 - the name of a header
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class SignInConfig:
    """`sign_in` in config/settings.yaml.

    `roles` maps values of the claim `role_claim` to roles of ours. While it is empty an admin
    adds each person; otherwise whoever brings one of the values is let in with its role, and
    their roles are those of the claim at every sign-in.
    """

    session_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 12.0
    role_claim: str = "roles"
    roles: Mapping[str, Role] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProxySignIn:
    """What a trusted proxy sends: the header with the person, and the one with its secret."""

    header: str = ""
    secret_header: str = _SECRET_HEADER
    secret: str = field(default="", repr=False)


def proxy_from(environment: Mapping[str, str]) -> ProxySignIn:
    """The proxy's headers from `CPO_AUTH_HEADER`, `CPO_AUTH_SECRET_HEADER`, `CPO_AUTH_SECRET`.

    Raises:
        ConfigInvalid: a header's name cannot be one, or the secret is short.
    """
    found = ProxySignIn(
        environment.get("CPO_AUTH_HEADER", "").strip(),
        environment.get("CPO_AUTH_SECRET_HEADER", "").strip() or _SECRET_HEADER,
        environment.get("CPO_AUTH_SECRET", ""),
    )
    for name, value in (
        ("CPO_AUTH_HEADER", found.header),
        ("CPO_AUTH_SECRET_HEADER", found.secret_header),
    ):
        if value and not _HEADER.fullmatch(value):
            raise ConfigInvalid(
                f"The environment variable {name} is no name of a header; "
                "write one such as X-Forwarded-Email."
            )
    if found.secret and len(found.secret) < SECRET_MIN:
        raise ConfigInvalid(
            f"CPO_AUTH_SECRET is shorter than {SECRET_MIN} characters; "
            "make a longer one, for example with `openssl rand -hex 32`."
        )
    return found


def loopback(address: str | None) -> bool:
    """Whether an address a server listens on can be reached from this machine only."""
    if not address:
        return False
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def check_bound(auth: str, address: str | None, proxy: ProxySignIn) -> None:
    """Nothing, when people may be let in by a server that listens on this address.

    Raises:
        NotAllowed: names would be believed that nobody on this machine chose.
    """
    if auth == "oidc" or loopback(address):
        return
    if auth == "local":
        raise NotAllowed(
            f"The app listens on {address or 'every address'} and knows people by local names, "
            "which nobody checks. Nobody is let in; serve it on 127.0.0.1, or set CPO_AUTH to "
            "oidc or header."
        )
    if not proxy.secret:
        raise NotAllowed(
            f"The app listens on {address or 'every address'}, so anybody who reaches it could "
            "name a person in a header. Nobody is let in; set CPO_AUTH_SECRET, or serve it on "
            "127.0.0.1 behind the proxy."
        )


def check_at_this_machine(hosts: Iterable[str], header_names: Iterable[str]) -> None:
    """Nothing, when a request comes from a browser on this machine.

    Raises:
        NotAllowed: it was passed on by something, or asks for another machine's name.
    """
    passed = sorted({name.lower() for name in header_names}.intersection(_PASSED_ON))
    strange = [host for host in hosts if not loopback(_name(host))]
    if passed or strange:
        raise NotAllowed(
            f"This request came {'through ' + passed[0] if passed else 'for ' + strange[0]}, "
            "not from a browser on this machine, and local names are for this machine only. "
            "Nobody is let in; open http://localhost, or set CPO_AUTH to oidc or header."
        )


def _name(host: str) -> str:
    """The name in a Host header, without the port."""
    if host.startswith("["):
        return host.partition("]")[0].lstrip("[")
    return host.partition(":")[0]
