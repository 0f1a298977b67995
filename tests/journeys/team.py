"""Worker processes as operators start them, on one database and one folder of files."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.servers.openai_server import Asked


class Worker:
    """`python -m core worker` in a process of its own; killed at the end of the `with`."""

    def __init__(self, workspace: Path, environment: Mapping[str, str]) -> None:
        words = [
            *("env", *(f"{name}={value}" for name, value in environment.items())),
            *(sys.executable, "-m", "core", "worker", "--workspace", str(workspace)),
        ]
        self.process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)

    def __enter__(self) -> "Worker":
        assert self.process.stderr is not None
        said = self.process.stderr.readline()
        if not said.startswith("carrying out runs"):
            self.__exit__()
            raise AssertionError(said)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        return self.process.wait(60)


def answers(asked: Iterable[Asked]) -> Counter[str]:
    """How many whole answers each question was given, as the server counts."""
    return Counter(a.call_id for a in asked if a.delivered and a.status == 200)
