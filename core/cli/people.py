"""`people add` and `people list`."""

import argparse

from core.cli.console import Console, table
from core.cli.session import acting, application
from core.models.people import Role


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its two actions."""
    people = commands.add_parser("people", help="who may do what")
    actions = people.add_subparsers(dest="action", required=True, metavar="add|list")
    add = actions.add_parser("add", help="a new person; the first of a workspace is admin")
    add.add_argument("name", metavar="NAME")
    add.add_argument(
        "--role", action="append", required=True, choices=[r.value for r in Role], dest="roles"
    )
    add.set_defaults(handler=_add)
    everyone = actions.add_parser("list", help="everybody and their roles")
    everyone.set_defaults(handler=_list)


def _add(args: argparse.Namespace, console: Console) -> int:
    roles = [Role(r) for r in args.roles]
    with application(args) as app:
        by = acting(app, args) if app.people.everyone() else None
        person = app.people.add(args.name, roles, by=by)
    names = sorted(person.roles)
    console.result({"name": person.name, "roles": names}, f"{person.name}: {', '.join(names)}")
    return 0


def _list(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        everyone = app.people.everyone()
    document = {
        "people": [
            {"name": p.name, "roles": sorted(p.roles), "verified": p.verified} for p in everyone
        ]
    }
    rows = [(p.name, ", ".join(sorted(p.roles))) for p in everyone]
    console.result(document, table(("name", "roles"), rows))
    return 0
