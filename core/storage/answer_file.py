"""Answers that were paid for, on disk the moment they arrive; one file for each run.

The database takes them a moment later, when it is this thread's turn to write. A killed process
loses nothing that is written here, as the system keeps it; no lock is waited for.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """The answers of one run that are on their way into the database."""

    path: Path

    def keep(self, call_id: str, answer: Mapping[str, object]) -> None:
        """Append an answer, whole, in one write."""
        # On a line of its own, whatever half a line stands before it.
        line = "\n" + json.dumps({"call_id": call_id, "answer": answer}, ensure_ascii=False) + "\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)

    def answer(self, call_id: str) -> Mapping[str, object] | None:
        """The answer to a question, None when there is none; half a line is no answer."""
        try:
            written = self.path.read_bytes()
        except FileNotFoundError:
            return None
        if json.dumps(call_id).encode() not in written:
            return None
        for line in written.split(b"\n")[:-1]:
            name, answer = _read(line)
            if name == call_id:
                return answer
        return None

    def remove(self) -> None:
        """Everything is in the database."""
        self.path.unlink(missing_ok=True)


def _read(line: bytes) -> tuple[str, Mapping[str, object] | None]:
    try:
        document = json.loads(line)
    except ValueError:
        return "", None
    return document["call_id"], document["answer"]
