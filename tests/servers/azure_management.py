"""A strict management API of Azure on loopback, as far as setting the product up goes.

It refuses what the real one refuses: no token, an unknown api-version, a child before its parent
is there, two changes of an account at once, a name that is taken or kept after a delete. What is
made takes a few looks until it is there, by each of the ways in which Azure says "not yet".
`with AzureManagement() as azure:` and then `azure.url`; every request is kept in `asked`.
"""

import base64
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from azure.core.credentials import AccessToken

from tests.servers.azure_bodies import KINDS, Kind, Objection

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
TENANT = "99999999-8888-7777-6666-555555555555"
PERSON = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
_GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_LOOKS = 2
_GROUPS, _ROLES = {"2025-04-01"}, {"2022-04-01"}
_DEPLOYMENT = "microsoft.cognitiveservices/accounts/deployments"


def token(**claims: str) -> str:
    """A token as Entra ID would make it, unsigned."""
    parts: tuple[dict[str, str], ...] = (
        {"alg": "none"},
        {"oid": PERSON, "tid": TENANT, **claims},
        {},
    )
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )


@dataclass(slots=True)
class Person:
    """A credential of somebody who is signed in."""

    scopes: list[str] = field(default_factory=list)

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """A token; the scopes that were asked for are kept."""
        self.scopes.extend(scopes)
        return AccessToken(token(), 4_102_444_800)

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(slots=True)
class AzureManagement:
    """The server; `taken` are names that somebody else has, `busy` refuses the next changes."""

    taken: set[str] = field(default_factory=set)
    busy: int = 0
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "AzureManagement":
        handler = type("Handler", (_Handler,), {"azure": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """What --management-url has to be."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def changes(self) -> list[str]:
        """Every request that could change something."""
        return [f"{a.method} {a.path}" for a in self.asked if a.method != "GET"]

    def settled(self, path: str) -> bool:
        """Whether a thing is done being changed; one look at it."""
        left = self.looks.get(path, 0)
        self.looks[path] = max(0, left - 1)
        if left <= 1 and path in self.things:
            self.things[path].setdefault("properties", {})["provisioningState"] = "Succeeded"
        return left <= 1


@dataclass(slots=True)
class Answer:
    """What is answered."""

    status: int
    body: Mapping[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


class _Handler(BaseHTTPRequestHandler):
    azure: ClassVar[AzureManagement]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing; `asked` is the log."""

    def do_GET(self) -> None:
        """Look at something."""
        self._serve(self._get)

    def do_PUT(self) -> None:
        """Make or change something."""
        self._serve(self._put)

    def do_DELETE(self) -> None:
        """Delete something."""
        self._serve(self._delete)

    def do_PATCH(self) -> None:
        """Nothing here is changed in part."""
        self._serve(lambda asked: _no(405, "MethodNotAllowed", asked.path))

    def do_POST(self) -> None:
        """Nothing here is asked for by POST."""
        self.do_PATCH()

    def _serve(self, answer: Any) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        try:
            asked = Asked(self.command, unquote(parts.path), query, json.loads(raw or b"{}"))
        except ValueError:
            self._send(_no(400, "InvalidRequestContent", "the body is not JSON"))
            return
        with self.azure.lock:
            self.azure.asked.append(asked)
            try:
                self._refuse_strangers()
                self._send(answer(asked))
            except Objection as objection:
                self._send(_no(objection.status, objection.code, str(objection)))

    def _refuse_strangers(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {token()}":
            raise Objection(401, "AuthenticationFailed", "no valid token")
        if self.command == "PUT" and "application/json" not in self.headers["Content-Type"]:
            raise Objection(415, "UnsupportedMediaType", "send application/json")

    def _get(self, asked: Asked) -> Answer:
        path = asked.path.lower()
        if path.startswith("/operations/"):
            return self._operation(path.removeprefix("/operations"), asked)
        if path.endswith("/roleassignments"):
            return self._assigned(path, asked)
        _version(path, asked)
        found = self.azure.deleted if "/deletedaccounts/" in path else self.azure.things
        if path not in found:
            return _no(404, "ResourceNotFound", f"there is no {path}")
        if path in self.azure.things:
            self.azure.settled(path)
        return Answer(200, found[path])

    def _operation(self, path: str, asked: Asked) -> Answer:
        if "api-version" not in asked.query:
            raise Objection(400, "MissingApiVersionParameter", "say the api-version")
        done = self.azure.settled(path)
        if self.path.partition("?")[0].lower().endswith("/deleted"):
            return Answer(200 if done else 202, None, self._later(path, "Location"))
        return Answer(200, {"status": "Succeeded" if done else "InProgress"}, {"Retry-After": "0"})

    def _assigned(self, path: str, asked: Asked) -> Answer:
        _known(asked, _ROLES)
        wanted = re.fullmatch(r"principalId eq '([0-9a-f-]+)'", asked.query.get("$filter", ""))
        if wanted is None:
            raise Objection(400, "UnsupportedQuery", "filter by principalId eq '…'")
        value = [
            thing
            for name, thing in self.azure.things.items()
            if name.startswith(path + "/") and thing["properties"]["principalId"] == wanted.group(1)
        ]
        return Answer(200, {"value": value})

    def _put(self, asked: Asked) -> Answer:
        path = asked.path.lower()
        if "/roleassignments/" in path:
            return self._assign(path, asked)
        kind = _version(path, asked)
        if kind is None:
            return self._put_group(path, asked)
        self._refuse_early(path, kind)
        before = self.azure.things.get(path)
        kind.check(asked.body, made=before is None)
        if before is None:
            self._refuse_name(path, asked)
        body = {"id": asked.path, "name": asked.path.rpartition("/")[2], "type": kind.name}
        shown = kind.shown(asked.body)
        shown.setdefault("properties", {})["provisioningState"] = kind.at_first
        self.azure.things[path] = {**body, **shown}
        self.azure.looks[path] = _LOOKS
        headers = self._later(path, *kind.said_by)
        return Answer(kind.status, self.azure.things[path], headers)

    def _later(self, path: str, *names: str) -> dict[str, str]:
        """Where to ask again."""
        end = "/deleted" if names == ("Location",) and not path.endswith("/deleted") else ""
        address = f"{self.azure.url}/operations{path}{end}?api-version=2025-04-01"
        return {**dict.fromkeys(names, address), "Retry-After": "0"}

    def _refuse_early(self, path: str, kind: Kind) -> None:
        group = "/".join(path.split("/")[:5])
        if group not in self.azure.things:
            raise Objection(404, "ResourceGroupNotFound", f"there is no {group}")
        if kind.name.count("/") > 1:
            parent = "/".join(path.split("/")[:-2])
            if parent not in self.azure.things:
                raise Objection(404, "ParentResourceNotFound", f"there is no {parent}")
            if self.azure.looks.get(parent, 0):
                raise Objection(409, "AccountProvisioningStateInvalid", f"{parent} is not there")
            others = [n for n in self.azure.looks if n.startswith(parent + "/") and n != path]
            if any(self.azure.looks[n] for n in others):
                raise Objection(409, "RequestConflict", "another operation is being performed")
        if self.azure.busy:
            self.azure.busy -= 1
            raise Objection(409, "RequestConflict", "another operation is being performed")

    def _refuse_name(self, path: str, asked: Asked) -> None:
        name = path.rpartition("/")[2]
        if name in self.azure.taken:
            raise Objection(409, "CustomDomainInUse", f"the name {name} is taken")
        kept = [n for n in self.azure.deleted if n.endswith(f"/{name}")]
        if kept and not asked.body.get("properties", {}).get("restore"):
            raise Objection(409, "FlagMustBeSetForRestore", f"{name} was deleted; restore it")
        for each in kept:
            del self.azure.deleted[each]

    def _put_group(self, path: str, asked: Asked) -> Answer:
        if not asked.body.get("location"):
            raise Objection(400, "LocationRequired", "say where")
        made = path not in self.azure.things
        body = {"id": asked.path, "name": asked.path.rpartition("/")[2], **asked.body}
        self.azure.things[path] = {**body, "properties": {"provisioningState": "Succeeded"}}
        return Answer(201 if made else 200, self.azure.things[path])

    def _assign(self, path: str, asked: Asked) -> Answer:
        _known(asked, _ROLES)
        scope, _, name = path.rpartition("/providers/microsoft.authorization/roleassignments/")
        properties = asked.body.get("properties", {})
        if not _GUID.match(name):
            raise Objection(400, "InvalidRoleAssignmentId", "the name has to be a GUID")
        if scope not in self.azure.things:
            raise Objection(404, "ResourceNotFound", f"there is no {scope}")
        if not {"roleDefinitionId", "principalId"} <= properties.keys():
            raise Objection(400, "InvalidRequestContent", "say the role and who gets it")
        same = [
            n
            for n, thing in self.azure.things.items()
            if n.startswith(f"{scope}/providers/microsoft.authorization/")
            and thing["properties"]["roleDefinitionId"] == properties["roleDefinitionId"]
            and thing["properties"]["principalId"] == properties["principalId"]
        ]
        if same:
            raise Objection(409, "RoleAssignmentExists", "the role assignment already exists")
        shown = {"id": asked.path, "name": name, "properties": {**properties, "scope": scope}}
        self.azure.things[path] = shown
        return Answer(201, shown)

    def _delete(self, asked: Asked) -> Answer:
        path = asked.path.lower()
        _version(path, asked)
        if "/deletedaccounts/" in path:
            found = self.azure.deleted.pop(path, None)
            return Answer(200 if found else 204)
        if path not in self.azure.things:
            return _no(404, "ResourceGroupNotFound", f"there is no {path}")
        for name in [n for n in self.azure.things if n.startswith(path)]:
            gone = self.azure.things.pop(name)
            if re.search(r"/accounts/[^/]+$", name):
                place = (
                    f"/subscriptions/{SUBSCRIPTION}/providers/microsoft.cognitiveservices/locations/"
                    f"{gone['location'].replace(' ', '').lower()}/resourcegroups/"
                    f"{path.rpartition('/')[2]}/deletedaccounts/{name.rpartition('/')[2]}"
                )
                self.azure.deleted[place] = gone
        self.azure.looks[path + "/deleted"] = _LOOKS
        return Answer(202, None, self._later(path, "Location"))

    def _send(self, answer: Answer) -> None:
        payload = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        headers = {"Content-Type": "application/json", **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


def _version(path: str, asked: Asked) -> Kind | None:
    """What kind of thing a path names, with its api-version checked; None for a group."""
    if not path.startswith(f"/subscriptions/{SUBSCRIPTION}/"):
        raise Objection(404, "SubscriptionNotFound", "there is no such subscription")
    words = path.split("/")
    if "providers" not in words:
        _known(asked, _GROUPS)
        return None
    after = words[words.index("providers") + 1 :]
    name = "/".join([after[0], *after[1::2]])
    if "deletedaccounts" in words:
        name = "microsoft.cognitiveservices/accounts"
    kind = KINDS.get(name)
    if kind is None:
        raise Objection(404, "InvalidResourceType", f"there is no type {name}")
    _known(asked, kind.versions)
    return kind


def _known(asked: Asked, versions: frozenset[str] | set[str]) -> None:
    said = asked.query.get("api-version")
    if said not in versions:
        known = ", ".join(sorted(versions))
        raise Objection(
            400, "InvalidApiVersionParameter", f"api-version '{said}' is unknown; known are {known}"
        )


def _no(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})
