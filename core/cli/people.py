"""`people add`, `people list`, and what changes a person."""

import argparse

from core.cli.console import Console, table
from core.cli.session import acting, application
from core.models.people import Person, Role


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its actions."""
    people = commands.add_parser("people", help="who may do what")
    actions = people.add_subparsers(
        dest="action", required=True, metavar="add|set-roles|rename|remove|link|list"
    )
    add = actions.add_parser("add", help="a new person; the first of a workspace is admin")
    add.add_argument("name", metavar="NAME")
    add.add_argument(
        "--role", action="append", required=True, choices=[r.value for r in Role], dest="roles"
    )
    add.add_argument("--email", default="", help="the address their first sign-in has to prove")
    add.set_defaults(handler=_add)
    roles = actions.add_parser("set-roles", help="a person's roles, in place of those before")
    roles.add_argument("name", metavar="NAME")
    roles.add_argument(
        "--role", action="append", default=[], choices=[r.value for r in Role], dest="roles"
    )
    roles.set_defaults(handler=_set_roles)
    rename = actions.add_parser("rename", help="another name; what was done stays theirs")
    rename.add_argument("name", metavar="NAME")
    rename.add_argument("to", metavar="NEW_NAME")
    rename.set_defaults(handler=_rename)
    remove = actions.add_parser("remove", help="let a person in no more; the name stays theirs")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(handler=_remove)
    link = actions.add_parser("link", help="give an account of a sign-in service to a person")
    link.add_argument("name", metavar="NAME")
    link.add_argument("--issuer", required=True)
    link.add_argument("--subject", required=True)
    link.set_defaults(handler=_link)
    everyone = actions.add_parser("list", help="everybody and their roles")
    everyone.set_defaults(handler=_list)


def _add(args: argparse.Namespace, console: Console) -> int:
    roles = [Role(r) for r in args.roles]
    with application(args) as app:
        by = acting(app, args) if app.people.everyone() else None
        person = app.people.add(args.name, roles, by=by, email=args.email)
    names = sorted(person.roles)
    console.result({"name": person.name, "roles": names}, f"{person.name}: {', '.join(names)}")
    return 0


def _set_roles(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        person = app.people.set_roles(
            args.name, [Role(r) for r in args.roles], by=acting(app, args)
        )
    return _said(person, console)


def _rename(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        person = app.people.rename(args.name, args.to, by=acting(app, args))
    return _said(person, console)


def _remove(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        person = app.people.remove(args.name, by=acting(app, args))
    console.result({"name": person.name, "removed": True}, f"{person.name} was removed")
    return 0


def _link(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        made = app.people.link(args.name, args.issuer, args.subject, by=acting(app, args))
    document = {"name": made.person, "issuer": made.issuer, "subject": made.subject}
    console.result(document, f"{made.person} signs in as {made.subject} of {made.issuer}")
    return 0


def _said(person: Person, console: Console) -> int:
    names = sorted(person.roles)
    words = ", ".join(names) or "no role"
    console.result({"name": person.name, "roles": names}, f"{person.name}: {words}")
    return 0


def _list(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        everyone = app.people.everyone()
    document = {
        "people": [
            {
                "name": p.name,
                "roles": sorted(p.roles),
                "verified": p.verified,
                "email": p.email,
            }
            for p in everyone
        ]
    }
    rows = [(p.name, ", ".join(sorted(p.roles))) for p in everyone]
    console.result(document, table(("name", "roles"), rows))
    return 0
