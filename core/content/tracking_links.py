"""Links as senders wrap them, seen through without the network: nobody follows a link here.

What the wrapped links look like, read off public documents, rules of link cleaners and mails in
public repositories on 2026-11-23:

| sender | link | target |
|---|---|---|
| Customer.io | `/e/c/<base64url JSON {"email_id","href","link_id"}>/<signature>` | `href` |
| Mandrill (Mailchimp) | `/track/click/<account>/<host>?p=<base64 JSON>` | `url` |
| Mailchimp | `*.list-manage.com/track/click?u=..&id=..&e=..` | not in it |
| SendGrid (Braze, Klaviyo) | `/ls/click?upn=..`, `/uni/ls/click?upn=..`, `/ss/c/..` | not in it |
| SparkPost (Braze) | `/f/a/<id>~~/<id>~/<base64url: length, address, ..>` | the address |
| Klaviyo | `ctrk.klclick*.com/l/<id>` | not in it |
| Amazon SES | `*.awstrack.me/L0/<percent-encoded address>/..` | the address |
| Outlook, Google, others | `?url=..`, `?u=..`, `?q=..` and the like | the address |
| Proofpoint | `/v3/__<address>__;..` | the address |

Sources: docs.customer.io/journeys/link-tracking; gist.github.com/medmunds/1b696ee88ccb0480d71f
(Mandrill); bengtan.com/blog/whats-in-email-tracking-links-and-pixels (Mailchimp);
docs.sendgrid.com/ui/analytics-and-reporting/click-tracking-html-best-practices;
help.branch.io/developer-hub/braze-sparkpost-configuration. The names of parameters that senders
add: linkclean.app/trackers (mc_cid, mc_eid, _kx, _hsenc), docs.customer.io release notes of
2021-07-12 (_cio_id).
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_DEEPEST = 5
_LONGEST = 8_000
_ADDRESS = re.compile(r"https?://[^\s\"'<>\\]+", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9_+/=-]{16,}")
# A hash is told from words by digits among its letters: "autumn-offers-for-2026" is a page.
_HASH = re.compile(r"(?=.*(?:[A-Za-z]\d|\d[A-Za-z])\w*(?:[A-Za-z]\d|\d[A-Za-z]))[\w.~=+-]{16,}")
_OPAQUE = re.compile(
    r"/ls/click|/ss/c/|/wf/click|/asm/|/track/click|/f/a/|/l/|/e/c/|/c/|/ctc/|/mk/|/click|"
    r"/unsubscribe|/u/|/uns/|/o/|/t/",
    re.IGNORECASE,
)
_PROOFPOINT = re.compile(r"/v3/__(.+?)__;")
_ADDED = re.compile(
    r"utm_\w+|mc_[ct]?[ce]?id|mc_\w+|_kx|_ke|klaviyo_id|nb_klid|_?cio_\w+|_?cio-id|lid|_hsenc|_hsmi|"
    r"gclid|fbclid|msclkid|dclid|ck_subscriber_id|vero_\w+|omnisendcontactid|sc_\w+|trk_\w+|"
    r"bsft_\w+|__s|_bhlid|ref_?email|et_\w+|sfmc_\w+|emci|emdi|ceid",
    re.IGNORECASE,
)


class LinkState(StrEnum):
    """What became of a link."""

    SAME = "same"
    UNSEEN = "unseen"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class SeenLink:
    """A received link held against the approved one.

    `target` is where it leads as far as one can see, `why` what differs, `added` the parameters
    the sender put on, `through` the host of the tracker it leads through.
    """

    state: LinkState
    target: str
    why: str = ""
    added: tuple[str, ...] = ()
    through: str = ""


def seen_through(approved: str, received: str) -> SeenLink:
    """The received link held against the approved one, after everything wrapped around it.

    Examples:
        >>> wrapped = "https://click.example/x?url=https%3A%2F%2Fshop.example%2Fa%3Futm_source%3Dm"
        >>> found = seen_through("https://shop.example/a", wrapped)
        >>> found.state.value, found.added, found.through
        ('same', ('utm_source',), 'click.example')
        >>> seen_through("https://shop.example/a", "https://shop.example/b").state.value
        'differs'
    """
    for target in (received, *targets(received)):
        if not _why_other(approved, target):
            through = _host(received) if target is not received else ""
            return SeenLink(LinkState.SAME, target, added=_added(approved, target), through=through)
    inside = [t for t in targets(received) if _host(t)]
    if inside:
        # The innermost one is where a reader arrives.
        why = _why_other(approved, inside[-1])
        return SeenLink(LinkState.DIFFERS, inside[-1], why=why, through=_host(received))
    if is_opaque(received) and _host(received) != _host(approved):
        return SeenLink(LinkState.UNSEEN, received, through=_host(received))
    return SeenLink(LinkState.DIFFERS, received, why=_why_other(approved, received))


def targets(link: str) -> tuple[str, ...]:
    """The addresses inside a link, from the outermost wrapper to the innermost.

    Examples:
        >>> targets("https://x.awstrack.me/L0/https:%2F%2Fshop.example%2Fa/1/0100/k=1")
        ('https://shop.example/a',)
    """
    found: list[str] = []
    at = link
    for _ in range(_DEEPEST):
        inner = next((t for t in _inside(at) if t != at and t not in found), None)
        if inner is None:
            break
        found.append(inner)
        at = inner
    return tuple(found)


def is_opaque(link: str) -> bool:
    """Whether a link looks like a tracker's that keeps its target to itself.

    Examples:
        >>> is_opaque("https://u1.ct.sendgrid.net/ls/click?upn=u001.a1B2c3D4e5F6g7H8i9J0-2BkLm")
        True
        >>> is_opaque("https://shop.example/offers/layers")
        False
    """
    parts = _split(link)
    if parts is None:
        return False
    tokens = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    listed = (parts.hostname or "").endswith("list-manage.com") and "id=" in parts.query
    hashed = any(_HASH.fullmatch(token) for token in tokens)
    return listed or (hashed and bool(_OPAQUE.search(parts.path) or len(tokens) > 1))


def leads_to(link: str) -> str:
    """The host or the e-mail address a link leads to, through what can be seen through.

    Examples:
        >>> leads_to("https://x.list-manage.com/unsubscribe?u=1"), leads_to("mailto:a@b.example?x")
        ('x.list-manage.com', 'a@b.example')
    """
    if link.lower().startswith("mailto:"):
        return link[len("mailto:") :].partition("?")[0]
    return _host((link, *targets(link))[-1])


def works_as_way_out(link: str) -> bool:
    """Whether a link to unsubscribe has the shape of one that works.

    Examples:
        >>> works_as_way_out("https://x.us1.list-manage.com/unsubscribe?u=1"), works_as_way_out("#")
        (True, False)
    """
    if re.search(r"\{\{|\{%|\*\||\|\*|%%|\$\{|\[\[", unquote(link)):
        return False
    if re.fullmatch(r"mailto:[^\s@?]+@[^\s@?]+\.[^\s@?]+(?:\?\S*)?", link, re.IGNORECASE):
        return True
    host = _host(link)
    return "." in host.strip(".") and not host.endswith(".invalid")


def _inside(link: str) -> Iterator[str]:
    """The addresses that stand in a link, plain or encoded, the likelier first."""
    parts = _split(link)
    if parts is None or len(link) > _LONGEST:
        return
    found = _PROOFPOINT.search(link)
    if found:
        yield re.sub(r"^(https?):/*", r"\1://", found[1])
    for _, value in parse_qsl(parts.query, keep_blank_values=True):
        yield from _addresses(value)
    plain = re.search(r"/(https?:/{1,2}[^/].*)$", parts.path, re.IGNORECASE)
    if plain:
        yield re.sub(r"^(https?):/*", r"\1://", plain[1])
    for segment in parts.path.split("/"):
        yield from _addresses(unquote(segment).rstrip("~"))


def _addresses(value: str) -> Iterator[str]:
    plain = value if _ADDRESS.match(value) else unquote(value)
    if _ADDRESS.match(plain):
        yield plain
        return
    yield from _in_token(value)


def _in_token(token: str) -> Iterator[str]:
    """The address that a base64 token holds: as it is, in JSON, or after its length."""
    if not _TOKEN.fullmatch(token):
        return
    try:
        data = base64.urlsafe_b64decode(token.replace("+", "-").replace("/", "_") + "=" * 3)
    except (binascii.Error, ValueError):
        return
    if data[:1] in {b"{", b"["}:
        yield from _in_json(data.decode("utf-8", "replace"))
    place = data.find(b"http")
    if place < 0 or data[:1] in {b"{", b"["}:
        return
    # SparkPost puts the length of the address before it, and its own fields after it.
    length = data[place - 1] if place else len(data)
    counted = place and data[place - 2 : place - 1] == b"D" and place + length <= len(data)
    text = data[place : place + length if counted else len(data)].decode("utf-8", "replace")
    found = _ADDRESS.match(text)
    if found and (counted or place == 0):
        yield found.group()


def _in_json(text: str) -> Iterator[str]:
    try:
        values = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    for _ in range(100):
        if not values:
            return
        value = values.pop(0)
        if isinstance(value, dict):
            values += list(value.values())
        elif isinstance(value, str) and _ADDRESS.fullmatch(value):
            yield value
        elif isinstance(value, str) and value.startswith("{"):
            yield from _in_json(value)


def _why_other(approved: str, received: str) -> str:
    """In what the received address is another one, or nothing."""
    want, got = _split(approved), _split(received)
    if want is None or got is None:
        return "" if approved == received else "no address that can be read"
    parts = (
        (_host(approved) != _host(received) or bool(got.username), "another host"),
        (want.scheme.lower() != got.scheme.lower(), f"{got.scheme} instead of {want.scheme}"),
        (_port(want) != _port(got), "another port"),
        ((unquote(want.path) or "/") != (unquote(got.path) or "/"), "another path"),
        (want.fragment != got.fragment, "another place on the page"),
    )
    return next((why for other, why in parts if other), "") or _other_parameters(want, got)


def _other_parameters(want: SplitResult, got: SplitResult) -> str:
    own = parse_qsl(want.query, keep_blank_values=True)
    theirs = parse_qsl(got.query, keep_blank_values=True)
    missing = [name for name, value in own if (name, value) not in theirs]
    if missing:
        return f"another or no parameter '{missing[0]}'"
    other = [n for n, v in theirs if (n, v) not in own and not _ADDED.fullmatch(n)]
    again = [n for n, v in theirs if (n, v) not in own and n in dict(own)]
    if other or again:
        return f"the parameter '{(other or again)[0]}' is not approved"
    return ""


def _added(approved: str, received: str) -> tuple[str, ...]:
    want, got = _split(approved), _split(received)
    if want is None or got is None:
        return ()
    own = parse_qsl(want.query, keep_blank_values=True)
    theirs = parse_qsl(got.query, keep_blank_values=True)
    return tuple(dict.fromkeys(name for name, value in theirs if (name, value) not in own))


def _split(link: str) -> SplitResult | None:
    try:
        parts = urlsplit(link.strip())
        parts.port  # noqa: B018 - a port that is none raises
    except ValueError:
        return None
    return parts if parts.scheme.lower() in {"http", "https"} and parts.hostname else None


def _host(link: str) -> str:
    parts = _split(link)
    return (parts.hostname or "").rstrip(".") if parts else ""


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme.lower() == "https" else 80)
