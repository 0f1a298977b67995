"""A mail that was received and saved as .eml: its subject and its parts, or why there are none.

Read by the standard library's email package with `policy.default`, which knows encoded words
(RFC 2047), quoted-printable and base64 (RFC 2045) and nested parts; `format=flowed` is RFC 3676.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message

from core.errors import FileInvalid

#: The most bytes of a file that is read; a mail to customers has a few ten thousand.
MOST_BYTES = 10_000_000
_MOST_TEXT = 1_000_000
_MOST_PARTS = 100
_MOST_NESTED = 30
_MOST_HEAD = 256_000
_MOST_HEADER = 20_000
_MAIL_HEADERS = frozenset({
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
    b"received", b"return-path", b"delivered-to", b"reply-to", b"sender",
})  # fmt: skip
_OUTLOOK = (
    "is a message in Outlook's own format (.msg); open the seed inbox in a browser, download the "
    "original message as .eml, and choose that"
)
_NO_MAIL = (
    (b"\xd0\xcf\x11\xe0", _OUTLOOK),
    (b"PK\x03\x04", "is a zip or office file; unpack it and choose the .eml in it"),
    (b"\x1f\x8b", "is packed; unpack it and choose the .eml in it"),
    (b"%PDF", "is a PDF, which has lost the links; save the mail itself as .eml"),
)
_NOT_A_MAIL = "is no e-mail; in the seed inbox choose 'show original' and download it as .eml"
_LONG_HEADER = re.compile(rb"(?im)^[\w-]+:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
# What a program reads wrongly in a broken header or part ends in one of these.
_UNREADABLE = (
    ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError, MessageError
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """What a mail program would show of a mail, undecorated.

    `html` and `text` are None where the mail has no such part; `extra` names parts and
    attachments that no message of ours has; `one_click` says whether it offers to unsubscribe
    in one click (RFC 8058).
    """

    subject: str
    html: str | None
    text: str | None
    extra: tuple[str, ...] = ()
    one_click: bool = False


def read_mail(data: bytes, *, name: str) -> ReceivedMail:
    """The mail in a file.

    Args:
        data: the content of the file.
        name: what the file is called, for the sentence about it.

    Raises:
        FileInvalid: it is no e-mail, too large, encrypted, a report, or has no text.
    """
    _refuse_foreign(data, name)
    try:
        mail = message_from_bytes(_without_mbox_line(data), policy=policy.default)
        found = _inner(mail, name)
        return _read(found, name)
    except FileInvalid:
        raise
    except _UNREADABLE as error:
        why = "cannot be read as an e-mail: its parts or headers are damaged; download it again"
        raise FileInvalid(name, why) from error


def _refuse_foreign(data: bytes, name: str) -> None:
    if not data.strip():
        raise FileInvalid(name, "is empty; download the received mail again")
    if len(data) > MOST_BYTES:
        most = f"{MOST_BYTES / 1e6:.0f} MB"
        raise FileInvalid(name, f"is larger than {most}, which no mail to customers is")
    for start, why in _NO_MAIL:
        if data.startswith(start):
            raise FileInvalid(name, why)
    begin = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith(b"<"):
        raise FileInvalid(name, f"is a web page, not the mail: {_NOT_A_MAIL.partition('; ')[2]}")
    head = re.split(rb"\r?\n\r?\n", _without_mbox_line(begin), maxsplit=1)[0]
    names = {line.partition(b":")[0].strip().lower() for line in head.splitlines() if b":" in line}
    if len(names & _MAIL_HEADERS) < 2:
        raise FileInvalid(name, _NOT_A_MAIL)
    _refuse_hostile(data, head, name)


def _refuse_hostile(data: bytes, head: bytes, name: str) -> None:
    """Refuse what would keep a parser busy: no sender builds such mails."""
    lowered = data.lower()
    nested = lowered.count(b"multipart/") + lowered.count(b"message/rfc822")
    if nested > _MOST_NESTED:
        raise FileInvalid(name, f"has {nested:,} nested parts; no sender builds such a mail")
    longest = max((len(m.group()) for m in _LONG_HEADER.finditer(data[:_MOST_HEAD])), default=0)
    content = re.compile(rb"(?im)^content-[\w-]+:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
    longest = max(longest, *(len(m.group()) for m in content.finditer(data)), 0)
    if len(head) > _MOST_HEAD or longest > _MOST_HEADER:
        raise FileInvalid(name, "has a header too long to be one of a mail; download it again")


def _without_mbox_line(data: bytes) -> bytes:
    """The mail without the line that mailbox files put before it."""
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    return data.partition(b"\n")[2] if data.startswith(b"From ") else data


def _inner(mail: EmailMessage, name: str) -> EmailMessage:
    """The mail itself, or the one that was forwarded in it as an attachment."""
    if mail.get_content_type() == "multipart/report":
        raise FileInvalid(name, "is a report that a mail was not delivered, not the mail itself")
    parts: list[Message] = []
    for part in mail.walk():
        parts.append(part)
        if len(parts) > _MOST_PARTS:
            raise FileInvalid(name, f"has over {_MOST_PARTS} parts; no sender builds such a mail")
    inside = [p for p in parts if p.get_content_type() == "message/rfc822" and p is not mail]
    mails = [found for p in inside for found in _attached(p)]
    if len(mails) > 1:
        raise FileInvalid(name, f"holds {len(mails)} mails; choose a file with one of them")
    return mails[0] if mails else mail


def _attached(part: Message) -> Iterator[EmailMessage]:
    payload = part.get_payload()
    found = payload[0] if isinstance(payload, list) and payload else None
    if isinstance(found, EmailMessage):
        yield found


def _read(mail: EmailMessage, name: str) -> ReceivedMail:
    html: list[str] = []
    text: list[str] = []
    extra: list[str] = []
    for part in mail.walk():
        kind = part.get_content_type()
        if kind in {"multipart/encrypted", "application/pkcs7-mime"}:
            raise FileInvalid(name, "is encrypted; save it from the mail program that can read it")
        if part.is_multipart() or kind.endswith("-signature"):
            continue
        attached = part.get_content_disposition() == "attachment"
        if kind == "text/html" and not attached:
            html.append(_decoded(part, name))
        elif kind == "text/plain" and not attached:
            text.append(_unwrapped(part, _decoded(part, name)))
        elif attached or not kind.startswith("image/"):
            extra.append(kind)
    if not "".join(html).strip() and not "".join(text).strip():
        raise FileInvalid(name, "has no text: neither an HTML part nor a plain one")
    return ReceivedMail(
        subject=_subject(mail, name),
        html="<hr>".join(html) if html else None,
        text="\n\n".join(text) if text else None,
        extra=tuple(extra),
        one_click="one-click" in str(mail.get("list-unsubscribe-post", "")).lower(),
    )


def _subject(mail: EmailMessage, name: str) -> str:
    raw = [str(value) for key, value in mail.raw_items() if key.lower() == "subject"]
    if len(set(raw)) > 1:
        raise FileInvalid(name, f"has {len(raw)} subjects; no mail program shows them all")
    if raw and not raw[0].isascii():
        # Not encoded at all, as RFC 6532 allows; the parser keeps the bytes as surrogates.
        return raw[0].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return str(mail.get("subject", ""))


def _decoded(part: Message, name: str) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    if len(data) > _MOST_TEXT:
        size = f"{len(data) / 1e6:,.1f} MB"
        raise FileInvalid(name, f"has a text of {size}; no message of a campaign is that long")
    charset = str(part.get_content_charset() or "us-ascii")
    try:
        known = codecs.lookup(charset).name
    except LookupError as error:
        raise FileInvalid(name, f"is written in the unknown charset '{charset}'") from error
    if known in {"ascii", "iso8859-1"}:
        # As mail programs do: what says ASCII may be UTF-8, and Latin 1 is Windows 1252.
        try:
            return data.decode("utf-8" if known == "ascii" else "cp1252")
        except UnicodeDecodeError:
            return data.decode("latin-1")
    return data.decode(known, "replace")


def _unwrapped(part: Message, text: str) -> str:
    """A plain text without the breaks of `format=flowed` that stand inside words (DelSp)."""
    flowed = str(part.get_param("format", "")).lower() == "flowed"
    if not flowed:
        return text
    joint = "" if str(part.get_param("delsp", "")).lower() == "yes" else " "
    lines = [line.removeprefix(" ") for line in text.splitlines()]
    return re.sub(r"(?<!^--) \n", lambda _: joint, "\n".join(lines), flags=re.MULTILINE)
