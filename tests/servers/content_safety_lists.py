"""The lists of words of the test server: made, filled, paged and removed as the service does."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.servers import content_safety_rules as rules
from tests.servers.content_safety_rules import Objection

PAGE = 50
_ROUTE = re.compile(r"/text/blocklists/([^/:]+)(:\w+|/blocklistItems)?")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class ListStore:
    """Words by their ids, by the name of their list."""

    words: dict[str, dict[str, str]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)

    def answer(self, asked: Asked, route: str, address: str) -> tuple[int, Any]:
        """Status and JSON; raises Objection where the service would refuse."""
        if (asked.method, route) == ("GET", "/text/blocklists"):
            return 200, _page(asked, [self._described(n) for n in sorted(self.words)], address)
        found = _ROUTE.fullmatch(route)
        if not found:
            raise Objection(404, "404", "Resource not found")
        name, rest = unquote(found[1]), found[2] or ""
        if (asked.method, rest) == ("PATCH", ""):
            return self._make(asked, name)
        if (asked.method, rest) == ("DELETE", ""):
            self.words.pop(name, None)
            return 204, None
        if name not in self.words:
            raise Objection(404, "NotFound", f"blocklist {name} is not there")
        return self._of(asked, name, rest, address)

    def _make(self, asked: Asked, name: str) -> tuple[int, Any]:
        body = rules.new_list(asked.body, name)
        status = 200 if name in self.words else 201
        self.words.setdefault(name, {})
        self.descriptions[name] = body.get("description", self.descriptions.get(name, ""))
        return status, self._described(name)

    def _of(self, asked: Asked, name: str, rest: str, address: str) -> tuple[int, Any]:
        words = self.words[name]
        ways: dict[tuple[str, str], Callable[[], tuple[int, Any]]] = {
            ("GET", ""): lambda: (200, self._described(name)),
            ("GET", "/blocklistItems"): lambda: (200, _page(asked, _items(words), address)),
            ("POST", ":addOrUpdateBlocklistItems"): lambda: _add(asked, words),
            ("POST", ":removeBlocklistItems"): lambda: _remove(asked, words),
        }
        if (asked.method, rest) not in ways:
            raise Objection(404, "404", "Resource not found")
        return ways[asked.method, rest]()

    def _described(self, name: str) -> dict[str, str]:
        return {"blocklistName": name, "description": self.descriptions.get(name, "")}


def _add(asked: Asked, words: dict[str, str]) -> tuple[int, Any]:
    fresh = {str(uuid.uuid4()): word for word in rules.new_words(asked.body)}
    words.update(fresh)
    return 200, {"blocklistItems": _items(fresh)}


def _remove(asked: Asked, words: dict[str, str]) -> tuple[int, Any]:
    for key in rules.old_words(asked.body):
        words.pop(key, None)
    return 204, None


def _items(words: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"blocklistItemId": key, "text": word} for key, word in words.items()]


def _page(asked: Asked, every: list[dict[str, str]], address: str) -> dict[str, Any]:
    start = int(asked.query.get("skip", "0"))
    page: dict[str, Any] = {"value": every[start : start + PAGE]}
    if start + PAGE < len(every):
        page["nextLink"] = f"{address}?api-version={rules.STABLE}&skip={start + PAGE}"
    return page
