"""Entries on their way to the tracker: kept in a folder until it has them.

Tracking is no gate. Whoever has something to keep writes a file and goes on; a thread sends, and
what a tracker that is away did not take waits for the next occasion, in whichever process.
"""

import base64
import hashlib
import json
import logging
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from core.errors import ProviderFailed
from core.protocols.tracker import TrackedRun, Tracker

logger = logging.getLogger(__name__)

_CLOSING_S = 15.0
_ENTRY = TypeAdapter(TrackedRun)


@dataclass(slots=True)
class Tracking:
    """The entries of one workspace, and who keeps them."""

    tracker: Tracker
    folder: Path
    _sending: threading.Thread | None = None
    _more: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def known(self, record_id: str) -> bool:
        """Whether this entry is kept, or on its way."""
        return self._file(record_id).exists() or self._kept(record_id).exists()

    def put(self, run: TrackedRun) -> None:
        """Have an entry kept, once; never fails, and does not wait for the tracker."""
        if self.known(run.record_id):
            return
        file = self._file(run.record_id)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            whole = file.with_suffix(".new")
            whole.write_text(_text(run))
            whole.replace(file)
        except OSError as error:
            logger.warning("an entry for the tracker is lost: %s", error.strerror)
            return
        self._begin()

    def waiting(self) -> int:
        """How many entries the tracker does not have yet."""
        return len(list(self.folder.glob("*.json")))

    def check(self) -> str:
        """What the tracker says, and how many entries wait for it; where it answers, they go.

        Raises:
            ProviderFailed: it does not answer.
        """
        count = self.waiting()
        try:
            said = self.tracker.check()
        except ProviderFailed as error:
            wait = f"{error.why.rstrip('.')}; {_entries(count)} here for it, and work goes on."
            raise type(error)(error.provider, error.task, wait, kind=error.kind) from error
        if count:
            self._begin()
        return f"{said}; {_entries(count)} here and will be sent now" if count else said

    def send(self) -> None:
        """Bring all that waits to the tracker, unless another process is at it; stops at a no."""
        try:
            with FileLock(self.folder / "sending.lock", timeout=0):
                for file in sorted(self.folder.glob("*.json")):
                    self._sent(file)
        except Timeout:
            return
        except ProviderFailed as error:
            logger.warning("%s for the tracker: %s", _entries(self.waiting()), error)
        except OSError as error:
            logger.warning("entries for the tracker cannot be read: %s", error.strerror)

    def close(self) -> None:
        """Wait a little for what is being sent; the rest goes next time."""
        if self._sending is not None:
            self._sending.join(_CLOSING_S)

    def _begin(self) -> None:
        """Send in a thread of its own, of which there is one; it looks again before it ends."""
        with self._lock:
            self._more.set()
            if self._sending is None or not self._sending.is_alive():
                self._sending = threading.Thread(
                    target=self._send_all, name="tracking", daemon=True
                )
                self._sending.start()

    def _send_all(self) -> None:
        while True:
            with self._lock:
                if not self._more.is_set():
                    self._sending = None
                    return
                self._more.clear()
            self.send()

    def _sent(self, file: Path) -> None:
        try:
            run = _run(file.read_text())
        except (ValueError, KeyError, ValidationError):
            logger.warning("an entry for the tracker is broken and set aside: %s", file.stem)
            file.replace(file.with_suffix(".broken"))
            return
        self.tracker.record(run)
        self._kept(run.record_id).touch()
        file.unlink(missing_ok=True)

    def _file(self, record_id: str) -> Path:
        return self.folder / f"{_name(record_id)}.json"

    def _kept(self, record_id: str) -> Path:
        return self.folder / f"{_name(record_id)}.kept"


def _entries(count: int) -> str:
    return "1 entry waits" if count == 1 else f"{count} entries wait"


def _name(record_id: str) -> str:
    return hashlib.sha256(record_id.encode()).hexdigest()[:32]


def _text(run: TrackedRun) -> str:
    entry = _ENTRY.dump_python(replace(run, figures={}), mode="json")
    entry["figures"] = {k: base64.b64encode(png).decode() for k, png in run.figures.items()}
    return json.dumps(entry)


def _run(text: str) -> TrackedRun:
    entry = json.loads(text)
    figures = {k: base64.b64decode(png) for k, png in entry.pop("figures").items()}
    return replace(_ENTRY.validate_python(entry), figures=figures)
