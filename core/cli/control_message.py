"""`control-message`: the text of a person that all other messages are compared with."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from core.cli.console import Console
from core.cli.session import acting, application
from core.models.messages import Message
from core.orchestrator.yaml_file import read_yaml


@dataclass(frozen=True, slots=True)
class ControlFile:
    """A message as somebody writes it in a YAML file."""

    subject: str
    preheader: str
    body: str


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    control = commands.add_parser(
        "control-message", help="store and check the control message, written by a person"
    )
    control.add_argument("campaign", metavar="CAMPAIGN")
    control.add_argument("file", metavar="FILE", help="YAML with subject, preheader and body")
    control.set_defaults(handler=_control)


def _control(args: argparse.Namespace, console: Console) -> int:
    written = read_yaml(Path(args.file), ControlFile)
    message = Message(written.subject.strip(), written.preheader.strip(), written.body.strip())
    with application(args) as app:
        by = acting(app, args)
        begun = app.messages.begin_control(args.campaign, by=by)
        stored = app.messages.edit(
            begun.variant_id, message, expected_revision=begun.revision, by=by
        )
        app.messages.publish(args.campaign)
    found = stored.screened.findings if stored.screened else ()
    document = {
        "variant_id": stored.variant_id,
        "revision": stored.revision,
        "state": stored.state,
        "findings": [
            {"rule": f.rule, "level": f.level, "text": f.text, "explanation": f.explanation}
            for f in found
        ],
    }
    lines = [f"{stored.variant_id} revision {stored.revision}: {stored.state.replace('_', ' ')}"]
    lines += [f"{f.level}: {f.text!r}: {f.explanation}" for f in found]
    console.result(document, "\n".join(lines))
    return 0
