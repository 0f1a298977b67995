"""What each sender documents of its import files and templates, as a reader of our own.

Written from the senders' pages, not from our table of profiles, so that the two check each other.
Pages read 2026-11-23: braze.com/docs CSV import and Supported personalization tags;
help.klaviyo.com 115005078967, 115005078807, 115005078267; mailchimp.com/help Format guidelines for
your import file, developer/marketing/docs/merge-fields; docs.customer.io uploading-people,
liquid-tag-list.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

_MB = 1_000_000
#: Names that mean something of the sender's own, so that a column of ours must not bear them.
BRAZE_DEFAULTS = frozenset({
    "braze_id", "user_alias_name", "user_alias_label", "first_name", "last_name", "email",
    "country", "dob", "gender", "home_city", "language", "phone", "email_open_tracking_disabled",
    "email_click_tracking_disabled", "email_subscribe", "push_subscribe", "time_zone",
    "date_of_first_session", "date_of_last_session", "subscription_group_id", "subscription_state",
})  # fmt: skip
KLAVIYO_PROPERTIES = frozenset({
    "phone number", "first name", "last name", "organization", "title", "address", "city", "region",
    "zip", "country", "timezone", "external id", "email consent", "sms consent", "consent",
})  # fmt: skip
MAILCHIMP_RESERVED = frozenset({
    "INTERESTS", "UNSUB", "FORWARD", "REWARDS", "ARCHIVE", "USER_URL", "DATE", "EMAIL",
    "EMAIL_TYPE", "TO", "SUBJECT", "FROM", "FNAME", "LNAME", "ADDRESS", "PHONE", "BIRTHDAY",
})  # fmt: skip
CUSTOMERIO_RESERVED = frozenset({"email", "cio_id", "created_at", "unsubscribed", "_last_visit"})


@dataclass(frozen=True)
class Format:
    identifier: str
    own: frozenset[str]
    column: str
    longest_name: int
    most_columns: int
    most_bytes: int
    most_file: int
    unsubscribe: str
    reference: str
    foreign: tuple[str, ...]
    address: str = ""


FORMATS = {
    "braze": Format(
        "external_id", BRAZE_DEFAULTS, r"[A-Za-z][\w ]*", 255, 10_000, 255, 500 * _MB,
        "{{${set_user_to_unsubscribed_url}}}",
        r"custom_attribute\.\$\{([^}]*)\}", ("{#", "*|", "person|", "customer."),
    ),
    "klaviyo": Format(
        "Email Address", KLAVIYO_PROPERTIES, r"[A-Za-z][\w ]*", 128, 10_000, 10_000, 50 * _MB,
        "{% unsubscribe_link %}", r"person\|lookup:'([^']*)'", ("${", "*|", "{#", "| "),
    ),
    "mailchimp": Format(
        "Email Address", MAILCHIMP_RESERVED, r"[A-Z][A-Z0-9_]*", 10, 30, 255, 100 * _MB,
        "*|UNSUB|*", r"\*\|(?:IF:)?([A-Z0-9_]+)(?:=first)?\|\*", ("{{", "{%", "${"),
        "*|LIST:ADDRESS|*",
    ),
    "customerio": Format(
        "id", CUSTOMERIO_RESERVED, r"[A-Za-z][\w]*", 150, 100, 1000, 100 * _MB,
        "{% unsubscribe_url %}", r"customer\.(\w+)", ("${", "*|", "{#", "person|"),
    ),
}  # fmt: skip


def rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """A file as a sender reads it: UTF-8 without a mark, commas, one header, no ragged line."""
    data = path.read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf"), f"{path.name} begins with a byte order mark"
    text = data.decode("utf-8")
    assert "\0" not in text
    assert "\r" not in text
    lines = list(csv.reader(text.splitlines(keepends=True), strict=True))
    header, *body = lines
    assert all(len(line) == len(header) for line in body)
    return header, [dict(zip(header, line, strict=True)) for line in body]


def problems_of_file(path: Path, sender: str) -> list[str]:
    """What the sender would not take of a recipients file."""
    known = FORMATS[sender]
    header, body = rows(path)
    if header[0] != known.identifier:
        return [f"the first column is {header[0]}, not {known.identifier}"]
    ids = [row[known.identifier] for row in body]
    cells = [cell for row in body for cell in row.values()]
    mail = known.identifier == "Email Address"
    rules = {
        "too large": path.stat().st_size > known.most_file,
        "a column twice": len({name.lower() for name in header}) != len(header),
        "too many columns": len(header) > known.most_columns,
        "somebody twice": len({each.lower() for each in ids}) != len(ids),
        "somebody without an identifier": not all(ids),
        "no e-mail address": mail and not all(re.fullmatch(r"\S+@\S+\.\S+", i) for i in ids),
        "a value is cut": any(len(cell.encode()) > known.most_bytes for cell in cells),
        "spaces around a value": any(cell != cell.strip() for cell in cells),
        "a line break in a value": any("\n" in cell for cell in cells),
    }
    return [
        *(p for name in header[1:] for p in _name(name, known)),
        *(r for r in rules if rules[r]),
    ]


def _name(name: str, known: Format) -> list[str]:
    found = []
    if not re.fullmatch(known.column, name) or len(name) > known.longest_name:
        found.append(f"'{name}' is no name of a column")
    if name in known.own or name.lower() in known.own:
        found.append(f"'{name}' is the sender's own")
    return found


def problems_of_template(text: str, columns: set[str], sender: str) -> list[str]:
    """What the sender would not fill in of a template, given the columns of the file."""
    known, found = FORMATS[sender], list[str]()
    if known.unsubscribe not in text:
        found.append("no way to unsubscribe")
    if known.address and known.address not in text:
        found.append("no address of the sender's own")
    plain = text.replace(known.unsubscribe, "").replace(known.address or known.unsubscribe, "")
    used = set(re.findall(known.reference, plain)) - {"ELSE"}
    found += [f"'{name}' is in no column" for name in sorted(used - columns)]
    found += [f"'{mark}' is another sender's" for mark in known.foreign if mark in plain]
    left = re.sub(known.reference, "", plain)
    if sender == "mailchimp":
        left = left.replace("*|ELSE:|*", "").replace("*|END:IF|*", "")
        if "*|" in left or "|*" in left:
            found.append("a tag that is not known")
        if plain.count("*|IF:") != plain.count("*|END:IF|*"):
            found.append("a condition is left open")
    elif plain.count("{% if ") != plain.count("{% endif %}"):
        found.append("a condition is left open")
    return found
