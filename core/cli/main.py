"""Read the command line, run one command, and turn an error into one line and an exit code."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from core.cli.commands import registers
from core.cli.console import Console
from core.errors import OrchestratorError

# Suppressed defaults: an option given before the command is not undone by its absence after it.
_SHARED: dict[str, dict[str, Any]] = {
    "--workspace": {"type": Path, "default": argparse.SUPPRESS, "metavar": "DIR"},
    "--as": {"dest": "actor", "default": argparse.SUPPRESS, "metavar": "PERSON"},
    "--json": {"action": "store_true", "default": argparse.SUPPRESS},
}

Handler = Callable[[argparse.Namespace, Console], int]


class _Parser(argparse.ArgumentParser):
    """argparse with errors in one line: what, where, what to do."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code (0 done, 1 refused or failed, 2 wrong usage)."""
    parser = _parser(arguments)
    parsed = parser.parse_args(arguments)
    console = Console(as_json=getattr(parsed, "json", False))
    handler: Handler = parsed.handler
    try:
        return handler(parsed, console)
    except OrchestratorError as error:
        console.note(f"{parser.prog}: {error}")
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output has gone away; nothing is left to tell anybody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        console.note(f"{parser.prog}: stopped; run the same command again to go on.")
        return 130


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description="Customer Personalization Orchestrator")
    parser.add_argument(
        "--workspace", type=Path, metavar="DIR", help="folder of everything that changes"
    )
    parser.add_argument("--as", dest="actor", metavar="PERSON", help="who acts")
    parser.add_argument("--json", action="store_true", help="the result as one JSON document")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_Parser
    )
    for register in registers(arguments):
        register(commands)
    _add_shared(parser)
    return parser


def _add_shared(parser: argparse.ArgumentParser) -> None:
    """Options every command takes, before or after its name."""
    for action in parser._subparsers._actions if parser._subparsers else ():  # noqa: SLF001
        if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            continue
        for command in action.choices.values():
            _add_shared(command)
            taken = command._option_string_actions  # noqa: SLF001
            for name, options in _SHARED.items():
                if name not in taken:
                    command.add_argument(name, **options)
