"""The checklist that goes with an export: what to do at the sender, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template
from textwrap import fill

from core.content.sender_profiles import ColumnNames, SenderProfile
from core.models.suppression import LeftOut

_WIDTH = 88
# Paragraphs are lines to tick; a line with a colon at its end is a heading.
_WORDS = Template("""Before anything is uploaded:

Check that nothing was changed on the way: sha256sum -c SHA256SUMS in this folder.

Upload the exact files. Those that end in _for_excel are for looking: a spreadsheet changes ids,
dates and accents.

$recipients in recipients.csv, $contacted of them with a message, $templates templates.

$left_out

At $title:

$steps

The group that is not contacted:

$silent

Sender and law:

$sender

The domain of that address is yours and authenticated: SPF, DKIM and DMARC pass.

One-click unsubscribe: the received mail has the headers List-Unsubscribe with an https address
and List-Unsubscribe-Post: List-Unsubscribe=One-Click, both signed by DKIM (RFC 8058).

The link to unsubscribe in the mail works. Whoever follows it is left out here too: bring their
ids back with the command suppress.

The postal address in the mail reads: $address

Seed inbox, before the send:

seed_customers.csv has three readers for each template: one without a name, one called O'Brien,
one with letters that are not Latin. Write the addresses of your seed inbox into it, upload it like
recipients.csv and send to them first. They are in no group of the test.

Save what arrives as .eml and hand it to the Send page, or to the command check-sent: every word,
link and price that is not what was approved is named. Tracking may wrap links.

Look at it on a phone, in dark mode and as plain text.

If something goes wrong:

recall_list.csv names everybody a message was handed over for, and which one: stop the campaigns at
the sender, leave this list out of what follows, and write to those who got it.
""")
_SILENT = """$customers in $file and under '$name' in the column $group get nothing of this
campaign: exclude them in every audience, also in automations of the same days.

Neither delete nor unsubscribe them: they are what the result is held against."""
_NOBODY = "Everybody gets a message in this test: the control group gets the control message."
_NO_SENDER = """Mails come from an address that people know and can answer to; the content policy
can name it (mail, sender_email)."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What an export holds, as far as its checklist speaks of it.

    `silent` is the group that is not contacted, its file and how many are in it; None where
    everybody gets a message. `sender` is the address mails come from, empty where the policy names
    none.
    """

    campaign: str
    profile: SenderProfile
    columns: ColumnNames
    recipients: int
    contacted: int
    silent: tuple[str, str, int] | None
    left_out: Sequence[LeftOut]
    templates: int
    sender: str
    postal_address: str


def checklist(handed: HandedOver) -> str:
    """The checklist as plain text; every line to tick begins with `[ ]`."""
    profile, columns = handed.profile, handed.columns
    words = _WORDS.substitute(
        title=profile.title,
        recipients=_people(handed.recipients),
        contacted=f"{handed.contacted:,}",
        templates=handed.templates,
        left_out="\n\n".join(
            f"Left out: {e.customers:,} of '{e.group}', {e.reason}." for e in handed.left_out
        ),
        steps="\n\n".join(_step(step, handed) for step in profile.upload),
        silent=_silent(handed),
        sender=f"Mails come from {handed.sender}." if handed.sender else _NO_SENDER,
        address=handed.postal_address,
    )
    head = (
        f"Checklist for '{handed.campaign}', exported for {profile.title}\n"
        f"Column of the group: {columns.group}; of the template: {columns.variant}\n"
        f"Format: {profile.source}\n"
    )
    return head + "".join(_line(" ".join(each.split())) for each in words.split("\n\n"))


def _silent(handed: HandedOver) -> str:
    if handed.silent is None:
        return _NOBODY
    name, file, customers = handed.silent
    return Template(_SILENT).substitute(
        customers=_people(customers), file=file, name=name, group=handed.columns.group
    )


def _step(step: str, handed: HandedOver) -> str:
    variant, address = handed.columns.variant, handed.postal_address
    return step.replace("{variant}", variant).replace("{address}", address)


def _people(number: int) -> str:
    return f"{number:,} customer{'' if number == 1 else 's'}"


def _line(text: str) -> str:
    if not text:
        return ""
    if text.endswith(":"):
        return f"\n{text[:-1]}\n{'-' * (len(text) - 1)}\n"
    lines = fill(
        text,
        _WIDTH,
        initial_indent="[ ] ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines + "\n"
