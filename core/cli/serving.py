"""`serve` and `worker`."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading

from core.cli.console import Console
from core.cli.session import application
from core.errors import BadInput, Refused
from core.orchestrator import config
from core.orchestrator.config import ROOT
from core.orchestrator.wiring import opened

_THIS_MACHINE = frozenset({"127.0.0.1", "localhost"})
_LAST_PORT = 65535


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the two commands."""
    serve = commands.add_parser("serve", help="the app, on this machine only unless told otherwise")
    serve.add_argument("--port", type=int, default=8501)
    serve.add_argument(
        "--address", default="127.0.0.1", help="0.0.0.0 in a container; needs a sign-in (CPO_AUTH)"
    )
    serve.set_defaults(handler=_serve)
    worker = commands.add_parser("worker", help="carry out runs until stopped")
    worker.set_defaults(handler=_worker)


def _serve(args: argparse.Namespace, console: Console) -> int:
    settings = config.load(args.workspace)
    if args.address not in _THIS_MACHINE and settings.auth == "local":
        raise Refused(
            f"With CPO_AUTH=local anybody who reaches {args.address} could act as anyone; set "
            "CPO_AUTH to oidc or header, or serve on 127.0.0.1."
        )
    _refuse_taken(args.address, args.port)
    with opened(settings):
        pass  # an unusable workspace or setting is said here, before a server starts
    console.note(f"Open http://localhost:{args.port} (stop with Ctrl+C)")
    command = [
        sys.executable,
        *("-m", "streamlit", "run", str(ROOT / "app.py")),
        *("--server.address", args.address, "--server.port", str(args.port)),
    ]
    environment = config.environment_for(settings)
    with subprocess.Popen(command, env=environment, cwd=ROOT) as server:  # noqa: S603 - our own
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        try:
            return server.wait()
        except KeyboardInterrupt:
            server.terminate()
            return 0


def _refuse_taken(address: str, port: int) -> None:
    if not 0 < port <= _LAST_PORT:
        raise BadInput(f"Port {port} does not exist; choose one from 1 to {_LAST_PORT}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except socket.gaierror as error:
            raise BadInput(f"'{address}' is no address of this machine; 0.0.0.0 is all.") from error
        except OSError as error:
            raise Refused(
                f"Port {port} is already taken ({os.strerror(error.errno or 0)}); "
                f"stop what uses it, or choose another with --port."
            ) from error


def _worker(args: argparse.Namespace, console: Console) -> int:
    stopped = threading.Event()
    with application(args, execute=True) as app:
        if not app.runner.executes:
            raise Refused("Another process already carries out the runs of this workspace.")
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopped.set())
        console.note("carrying out runs; stop with Ctrl+C")
        stopped.wait()
    return 0
