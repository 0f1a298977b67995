"""`check-sent`: whether what the sender sent is what was approved."""

import argparse
from dataclasses import asdict
from pathlib import Path

from core.cli.console import Console
from core.cli.session import acting, application
from core.content.received_mail import MOST_BYTES
from core.errors import FileInvalid
from core.models.sent_mail import Comparison, SentResult

_SAID = {
    SentResult.SAME: "same: text, links, prices and footer are what was approved",
    SentResult.SAME_WORDS: "same words; the links below could not be seen through",
    SentResult.DIFFERS: "differs from what was approved",
}


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    check = commands.add_parser("check-sent", help="is a received mail what was approved?")
    check.add_argument("campaign", metavar="CAMPAIGN")
    check.add_argument("file", type=Path, metavar="FILE.eml")
    check.add_argument("--variant", metavar="V", help="the message; found by agreement without")
    check.add_argument("--customer", metavar="ID", help="whose values it has to hold exactly")
    check.set_defaults(handler=_check)


def _check(args: argparse.Namespace, console: Console) -> int:
    content = _content(args.file)
    with application(args) as app:
        found = app.sent_mail.check(
            args.campaign,
            content,
            file_name=args.file.name,
            by=acting(app, args),
            variant_id=args.variant,
            customer_id=args.customer,
        )
    console.result(_document(args.campaign, found), _text(found))
    return 1 if found.result is SentResult.DIFFERS else 0


def _content(path: Path) -> bytes:
    """The file, read no further than it can be used."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileInvalid(path, f"cannot be read ({error.strerror})") from error


def _document(campaign_id: str, found: Comparison) -> dict[str, object]:
    return {
        "campaign_id": campaign_id,
        "variant_id": found.variant_id,
        "result": found.result.value,
        "differences": [asdict(each) for each in found.differences],
        "links_not_seen_through": list(found.unseen),
        "values": {value.name: value.value for value in found.values},
        "notes": list(found.notes),
        "agreement": found.agreement,
    }


def _text(found: Comparison) -> str:
    return "\n".join(
        [
            f"{found.variant_id}: {_SAID[found.result]}",
            *(f"- {each.words}" for each in found.differences),
            *(f"- not checked, target not visible: {each}" for each in found.unseen),
            *(f"- {value.name} read as '{value.value}'" for value in found.values),
            *(f"- {note}" for note in found.notes),
        ]
    )
