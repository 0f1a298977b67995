"""The two ways in: a command as people type it, and the application as pages use it."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from core.cli.main import main
from core.orchestrator import config
from core.orchestrator.wiring import opened


@dataclass(frozen=True)
class Ran:
    """One command: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


def run(workspace, *arguments) -> Ran:
    """Run a command in this process, as `python -m core` would."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(["--workspace", str(workspace), *map(str, arguments)])
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Ran(code, out.getvalue(), err.getvalue())


def application(workspace, *, execute=False):
    return opened(config.load(Path(workspace), environment={}), execute=execute)
