"""`screen`: all checks on a text, a file of text, or a batch; `word-lists`: those of the screen."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from core.cli.console import Console
from core.cli.session import acting, application
from core.errors import FileInvalid
from core.models.claims import Ledger, LedgerEntry
from core.models.messages import Screened
from core.orchestrator.application import Application


@dataclass(frozen=True, slots=True)
class _Request:
    name: object
    text: str
    subject: str
    segment: str | None


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    screen = commands.add_parser("screen", help="all content checks on a text")
    source = screen.add_mutually_exclusive_group(required=True)
    source.add_argument("--text", metavar="T")
    source.add_argument("--text-file", type=Path, metavar="F")
    source.add_argument("--batch", type=Path, metavar="FILE.jsonl")
    screen.add_argument("--segment", metavar="S", help="claims must hold for this segment")
    screen.add_argument("--subject", default="", metavar="T")
    screen.set_defaults(handler=_screen)
    lists = commands.add_parser("word-lists", help="bring the screen's lists to the brand rules")
    lists.set_defaults(handler=_word_lists)


def _screen(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        if args.batch:
            for request in _batch(args.batch):
                document = {"id": request.name} | _document(_screened(app, request), None)
                console.line(json.dumps(document, ensure_ascii=False))
            return 0
        text = args.text if args.text is not None else _text(args.text_file)
        screened = _screened(app, _Request(None, text, args.subject, args.segment))
        ledger = app.claims.of_text(text, subject=args.subject, segment=args.segment)
    console.result(_document(screened, ledger), _words(screened, ledger))
    return 0


def _word_lists(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        done = app.checks.keep_word_lists(by=acting(app, args))
    words = [*(done.changes or ("Nothing to change.",)), *(f"list: {name}" for name in done.lists)]
    words += [f"left out, longer than the engine takes: {phrase}" for phrase in done.left_out]
    console.result(asdict(done), "\n".join(words))
    return 0


def _screened(app: Application, request: _Request) -> Screened:
    return app.checks.screen_text(request.text, subject=request.subject, segment=request.segment)


def _batch(path: Path) -> Iterator[_Request]:
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise FileInvalid(path, f"this is not JSON: {error.msg}.", line=number) from error
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise FileInvalid(path, 'expected {"id", "subject", "text", "segment"}.', line=number)
        segment = row.get("segment")
        yield _Request(
            row.get("id", number),
            row["text"],
            str(row.get("subject") or ""),
            str(segment) if segment else None,
        )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileInvalid(path, f"cannot be read as UTF-8 text ({error}).") from error


def _document(screened: Screened, ledger: Ledger | None) -> dict[str, object]:
    document: dict[str, object] = {
        "decision": screened.decision,
        "severity": asdict(screened.severity),
        "findings": [asdict(f) for f in screened.findings],
        "engine": screened.engine,
        "basic": screened.basic,
    }
    if ledger is not None:
        document["claims"] = [_claim(e) for e in ledger.entries]
    return document


def _claim(entry: LedgerEntry) -> dict[str, object]:
    support = entry.support
    if support is None:
        return asdict(entry)
    until = support.valid_until.isoformat() if support.valid_until else None
    place = asdict(support) | {"passage_id": support.passage_id, "valid_until": until}
    return asdict(entry) | {"support": place}


def _words(screened: Screened, ledger: Ledger) -> str:
    lines = [f"{screened.decision} ({screened.engine})"]
    for f in screened.findings:
        lines.append(f"{f.level}: {f.rule} in the {f.field}: '{f.text}': {f.explanation}")
        lines += [f"    or: {repair}" for repair in f.repairs]
    lines += [
        f"{e.kind} '{e.text}' is supported by {e.support.passage_id}: '{e.support.text}'"
        for e in ledger.entries
        if e.support
    ]
    return "\n".join(lines)
