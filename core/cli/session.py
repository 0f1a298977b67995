"""What every command that needs a workspace shares: opening it, and who acts."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from core.models.people import Person
from core.orchestrator import config
from core.orchestrator.application import Application
from core.orchestrator.wiring import opened


@contextmanager
def application(args: argparse.Namespace, *, execute: bool = False) -> Iterator[Application]:
    """The application over the workspace the command names."""
    with opened(config.load(args.workspace), execute=execute) as app:
        yield app


def acting(app: Application, args: argparse.Namespace) -> Person:
    """Who acts: `--as`, or whoever sits at the command line."""
    return app.people.acting(args.actor)


def deciding(app: Application, args: argparse.Namespace) -> Person:
    """Who answers for it by name: `--as` has to be given."""
    return app.people.named(args.actor)
