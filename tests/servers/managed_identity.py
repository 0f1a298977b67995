"""The endpoint by which App Service and Container Apps give a container its identity's tokens."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SECRET = "loopback-identity-header"  # noqa: S105 - of a test server
_VERSION = "2019-08-01"


@dataclass(slots=True)
class ManagedIdentityServer:
    """Gives the token of a resource to who sends the secret header; refuses all else."""

    tokens: Mapping[str, str]
    asked: list[str] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "ManagedIdentityServer":
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the platform sets."""
        assert self._server is not None
        port = self._server.server_address[1]
        return {
            "IDENTITY_ENDPOINT": f"http://127.0.0.1:{port}/msi/token",
            "IDENTITY_HEADER": SECRET,
        }

    def answer(self, path: str, secret: str | None) -> tuple[int, object]:
        """Status and document."""
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        resource = query.get("resource", "")
        if secret != SECRET:
            return 401, {"statusCode": 401, "message": "Unauthorized"}
        if parts.path != "/msi/token" or query.get("api-version") != _VERSION:
            return 400, {"statusCode": 400, "message": "Unsupported api-version"}
        if resource not in self.tokens:
            return 400, {"statusCode": 400, "message": f"No resource {resource}"}
        self.asked.append(resource)
        return 200, {
            "access_token": self.tokens[resource],
            "expires_on": str(int(time.time()) + 3600),
            "resource": resource,
            "token_type": "Bearer",
        }


class _Handler(BaseHTTPRequestHandler):
    owner: ManagedIdentityServer

    def log_message(self, *args: object) -> None:
        """Nothing on the console."""

    def do_GET(self) -> None:
        """A token."""
        status, document = self.owner.answer(self.path, self.headers.get("X-IDENTITY-HEADER"))
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
