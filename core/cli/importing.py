"""`import-customers` and `suppress`."""

import argparse
from dataclasses import asdict
from pathlib import Path

from core.cli.console import Console, table
from core.cli.session import acting, application
from core.errors import BadInput
from core.models.customer_file import (
    CHANNELS,
    DECIMALS,
    ENCODINGS,
    Choices,
    ColumnChoice,
    Duplicates,
    Reading,
    Transactions,
)
from core.models.customers import Column, ColumnRole, Dataset
from core.orchestrator.service.customers import Customers

_REJECTS_SHOWN = 5
_DELIMITERS = {
    "comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " ", "spaces": " ",
    "\\t": "\t",
}  # fmt: skip
_DECIMALS = {"point": ".", "comma": ","}
_ENCODINGS = {
    "utf8": "utf-8", "utf-8-sig": "utf-8", "utf16": "utf-16", "windows-1252": "cp1252",
    "latin-1": "iso8859-1", "latin1": "iso8859-1", "iso-8859-1": "iso8859-1",
    "iso-8859-15": "iso8859-15", "windows-1250": "cp1250", "windows-1251": "cp1251",
    "windows-1253": "cp1253", "windows-1254": "cp1254",
}  # fmt: skip


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the two commands."""
    add = commands.add_parser("import-customers", help="a customer file becomes a data set")
    add.add_argument(
        "file", type=Path, metavar="FILE", help="CSV, TSV, Excel or Parquet; also packed with gzip"
    )
    add.add_argument("--id", metavar="COL", help="the column that names a customer")
    add.add_argument(
        "--number-rows", action="store_true", help="instead of --id, for a file that names nobody"
    )
    add.add_argument("--name", help="what to call the data set (default: the file's name)")
    add.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="COL=ROLE",
        help=f"{', '.join(r.value for r in ColumnRole)}; a permission may name its channel, such "
        f"as permission:sms ({', '.join(CHANNELS)})",
    )
    add.add_argument(
        "--duplicates", choices=[d.value for d in Duplicates], default=Duplicates.FIRST.value
    )
    _add_reading(add)
    _add_transactions(add)
    add.set_defaults(handler=_import)
    leave = commands.add_parser("suppress", help="people who are left out of imports and exports")
    leave.add_argument("file", metavar="FILE|list", help="a file of ids, or the word list")
    leave.add_argument("--id", metavar="COL", help="the column that names a customer")
    leave.add_argument("--reason", metavar="TEXT", help="why they are left out")
    leave.set_defaults(handler=_suppress)


def _add_reading(add: argparse.ArgumentParser) -> None:
    add.add_argument("--delimiter", metavar="D", help="comma, semicolon, tab, pipe or space")
    add.add_argument("--encoding", metavar="E", help=f"such as {', '.join(list(ENCODINGS)[:4])}")
    add.add_argument("--decimal", metavar="point|comma", help="what parts off the fraction")
    add.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook")
    add.add_argument(
        "--no-header", action="store_true", help="the first row is data; columns are column_1 ..."
    )


def _add_transactions(add: argparse.ArgumentParser) -> None:
    add.add_argument(
        "--transactions", action="store_true", help="one row a purchase: add up for each customer"
    )
    for option, words in (
        ("--date", "when it was bought"),
        ("--amount", "what was paid"),
        ("--order", "the order or invoice"),
        ("--quantity", "how many, with --price"),
        ("--price", "the price of one"),
    ):
        add.add_argument(option, metavar="COL", help=f"{words} (with --transactions)")


def _import(args: argparse.Namespace, console: Console) -> int:
    if (args.id is None) != args.number_rows:
        raise BadInput("Name the id column with --id COL, or number the rows with --number-rows.")
    with application(args) as app:
        by = acting(app, args)
        staged = app.customers.stage(
            args.file, id_column=args.id or "", name=args.name, choices=_choices(args)
        )
        dataset = app.customers.use(staged, by=by)
        rejects = _rejects(app.customers, dataset)
    console.result(_document(dataset, rejects), _text(dataset, rejects))
    return 0


def _choices(args: argparse.Namespace) -> Choices:
    reading = Reading(
        delimiter=_known(args.delimiter, _DELIMITERS),
        encoding=_known(args.encoding, _ENCODINGS),
        decimal=_known(args.decimal, {**_DECIMALS, **{d: d for d in DECIMALS}}),
        sheet=args.sheet,
        header=False if args.no_header else None,
    )
    return Choices(
        reading=reading,
        columns=tuple(_role(each) for each in args.role),
        duplicates=Duplicates(args.duplicates),
        transactions=_transactions(args),
        number_rows=args.number_rows,
    )


def _known(said: str | None, names: dict[str, str]) -> str | None:
    return None if said is None else names.get(said.lower(), said)


def _transactions(args: argparse.Namespace) -> Transactions | None:
    columns = {name: getattr(args, name) for name in ("amount", "quantity", "price", "order")}
    if not args.transactions:
        named = [n for n in ("date", *columns) if getattr(args, n) is not None]
        if named:
            raise BadInput(f"--{named[0]} needs --transactions: one row is then one purchase.")
        return None
    if args.date is None:
        raise BadInput("--transactions needs --date COL, the day of each purchase.")
    return Transactions(date=args.date, **columns)


def _role(said: str) -> ColumnChoice:
    """`spend=covariate`, or `sms_ok=permission:sms`."""
    name, _, words = said.rpartition("=")
    role, _, channel = words.partition(":")
    known = {r.value for r in ColumnRole}
    if not name or role not in known:
        raise BadInput(f"--role {said}: write COL=ROLE with one of {', '.join(sorted(known))}.")
    return ColumnChoice(name, ColumnRole(role), channel=channel or None)


def _rejects(customers: Customers, dataset: Dataset) -> str | None:
    path = customers.write_rejects(dataset)
    return str(path) if path else None


def _document(dataset: Dataset, rejects: str | None) -> dict[str, object]:
    report = dataset.report
    return {
        "dataset_id": dataset.dataset_id,
        "name": dataset.name,
        "sha256": dataset.sha256,
        "rows": {
            "read": report.read,
            "kept": report.kept,
            "rejected": report.rejected,
            "duplicate": report.duplicate,
            "suppressed": report.suppressed,
        },
        "customers": dataset.rows,
        "columns": [_column(c) for c in dataset.columns],
        "permissions": [asdict(p) for p in report.permissions],
        "rejects_file": rejects,
        "notes": list(report.notes),
    }


def _column(column: Column) -> dict[str, object]:
    return {
        "name": column.name,
        "role": column.role,
        "kind": column.kind,
        "channel": column.channel,
        "mentionable": column.mentionable,
        "missing": column.missing,
        "minimum": column.minimum,
        "maximum": column.maximum,
    }


def _text(dataset: Dataset, rejects: str | None) -> str:
    report = dataset.report
    lines = [
        f"Data set {dataset.dataset_id} ({dataset.name})",
        f"rows read {report.read}, kept {report.kept}, rejected {report.rejected}",
        f"duplicate {report.duplicate}, suppressed {report.suppressed}",
        *([] if report.customers is None else [f"customers {report.customers}"]),
        *report.notes,
    ]
    lines += [f"line {r.line}: {r.reason}" for r in report.rejects[:_REJECTS_SHOWN]]
    return "\n".join([*lines, f"all rejects: {rejects}"] if rejects else lines)


def _suppress(args: argparse.Namespace, console: Console) -> int:
    if args.file == "list":
        return _list(args, console)
    if args.id is None or args.reason is None:
        raise BadInput("suppress needs the column of ids (--id COL) and why (--reason TEXT).")
    with application(args) as app:
        by = acting(app, args)
        added = app.suppression.add(Path(args.file), id_column=args.id, reason=args.reason, by=by)
    text = f"{added.people:,} people in {added.source} are left out from now on, {added.new:,} new."
    console.result(asdict(added), text)
    return 0


def _list(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        counts = app.suppression.counts()
    document = {
        "people": sum(c.people for c in counts),
        "reasons": [
            {"reason": c.reason, "people": c.people, "newest": c.newest.isoformat()} for c in counts
        ],
    }
    rows = [(c.reason, f"{c.people:,}", f"{c.newest:%Y-%m-%d}") for c in counts]
    console.result(document, table(("reason", "people", "newest"), rows))
    return 0
