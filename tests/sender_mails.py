"""Mails as senders make them of an exported template: filled in, wrapped, tracked, encoded.

What each sender does to links is written down in `core/content/tracking_links.py`; here it is
done anew, forwards, so that the two can disagree.
"""

import base64
import json
import quopri
import random
import re
from dataclasses import dataclass
from email.header import Header
from html import escape
from urllib.parse import quote

from liquid import Environment

LIQUID = Environment()
UNSUBSCRIBE = "https://shop.us21.list-manage.com/unsubscribe?u=4f1c2a9b7d&id=8e1f&e=77ab01&c=99"


@dataclass(frozen=True)
class Template:
    """One exported template, before or after somebody changed something in it."""

    subject: str
    html: str
    text: str
    link: str

    def with_link(self, link: str) -> "Template":
        return Template(
            self.subject,
            self.html.replace(escape(self.link), escape(link)),
            self.text.replace(self.link, link),
            link,
        )


@dataclass(frozen=True)
class Sender:
    """How a system sends: what it does to links, what it adds, how it encodes."""

    name: str
    wrap: str
    above: str = ""
    below: str = ""
    pixel: str = ""
    parameters: str = ""
    encoding: str = "quoted-printable"
    charset: str = "utf-8"
    flowed: bool = False
    forwarded: bool = False
    own_text: bool = False
    rewritten: bool = False
    opaque: bool = False


def hidden_link(rng: random.Random, length: int = 60) -> str:
    return "".join(
        rng.choices("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=length)
    )


def b64(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def wrapped(way: str, link: str, rng: random.Random) -> str:
    """The link as a sender writes it."""
    token = hidden_link(rng)
    host = link.split("/")[2]
    mandrill = json.dumps(
        {"u": 30972310, "v": 1, "url": link, "id": token[:32], "url_ids": [token]}
    )
    counted = b"F\x04" + token[:4].encode() + b"?D" + bytes([len(link) % 256]) + link.encode()
    spark = counted + b"W\x03spcB\n" + token[:10].encode() + b"R\x12ada@seed.exampleX\x04"
    ways = {
        "none": link,
        "mailchimp": "https://shop.us21.list-manage.com/track/click?"
        f"u={token[:25]}&id={token[:10]}&e=77ab01",
        "mandrill": f"https://mandrillapp.com/track/click/30972310/{host}?p="
        + b64(json.dumps({"s": token[:27], "v": 1, "p": mandrill})),
        "sendgrid": f"https://links.tolmanrow.example/ls/click?upn=u001.{token}-2B{token}_{token}-3D",
        "sendgrid_universal": f"https://links.tolmanrow.example/uni/ls/click?upn={token}-2F{token}",
        "klaviyo": f"https://ctrk.klclick1.com/l/01J{token[:23].upper()}_0",
        "sparkpost": f"https://links.tolmanrow.example/f/a/{token[:22]}~~/AAQRxQA~/{b64(spark)}~",
        "customerio": "https://e.customeriomail.com/e/c/"
        + b64(json.dumps({"email_id": token[:40], "href": link, "internal": "9188", "link_id": 24}))
        + f"/{token.lower()}",
        "ses": f"https://k2x9.r.eu-west-1.awstrack.me/L0/{quote(link, safe='')}/1/0102-{token}=7",
        "url": f"https://click.sender.example/go?id=77&url={quote(link, safe='')}&s=1",
        "url_b64": f"https://click.sender.example/r/?u={b64(link)}&s={token[:8]}",
        "safelinks": "https://eur05.safelinks.protection.outlook.com/?url="
        + quote(wrapped("customerio", link, rng) if way == "safelinks" else link, safe="")
        + "&data=05%7C02%7C&reserved=0",
        "proofpoint": f"https://urldefense.com/v3/__{link}__;!!AbC-{token[:12]}$",
    }
    return ways[way]


PADDING = "&#847;&zwnj;&nbsp;&#8199;&#65279;" * 12
VIEW = (
    '<p style="text-align:center"><a href="https://mailchi.mp/x/1">View this email in your '
    "browser</a></p>"
)
MAILCHIMP_FOOT = (
    "<center><table><tr><td><em>Copyright &copy; 2026 Tolman Row, All rights reserved.</em><br><br>"
    "Want to change how you receive these emails?<br>You can "
    "<a href='https://x.list-manage.com/profile?u=1'>update your preferences</a> or "
    "<a href='https://x.list-manage.com/unsubscribe?u=1'>unsubscribe from this list</a>."
    "</td></tr></table></center>"
)
KLAVIYO_FOOT = (
    '<div>No longer want to receive these emails? <a href="https://manage.kmail-lists.com/u?a=1">'
    "Unsubscribe</a>.</div>"
)
PIXEL = '<img src="https://open.sender.example/o/{}.gif" alt="" width="1" height="1" border="0">'
STYLED_PIXEL = (
    '<img src="https://e.customeriomail.com/e/o/{}" style="height:1px !important;max-height:1px '
    '!important;max-width:1px !important;width:1px !important" alt="">'
)

SENDERS = (
    Sender("Mailchimp", "mailchimp", VIEW, MAILCHIMP_FOOT, PIXEL, "mc_cid=a1&mc_eid=b2",
           opaque=True, own_text=True),
    Sender("Mandrill", "mandrill", pixel=PIXEL, parameters="utm_source=mailchimp&utm_medium=email"),
    Sender("Klaviyo", "klaviyo", below=KLAVIYO_FOOT, pixel=PIXEL, opaque=True),
    Sender("Klaviyo, untracked", "none", parameters="_kx=Px4L.SfDmgw&utm_campaign=a%20b"),
    Sender("Braze by SparkPost", "sparkpost", pixel=PIXEL, encoding="base64",
           parameters="lid=wqmw4w9jzpv5"),
    Sender("Braze by SendGrid", "sendgrid", pixel=PIXEL, opaque=True),
    Sender("SendGrid, universal links", "sendgrid_universal", encoding="base64", opaque=True),
    Sender("Customer.io", "customerio", pixel=STYLED_PIXEL,
           parameters="_cio_id=0d01&utm_source=customer.io"),
    Sender("Customer.io, forwarded", "customerio", forwarded=True, flowed=True),
    Sender("Amazon SES", "ses", encoding="8bit", pixel=PIXEL),
    Sender("Any, address in full", "url", charset="windows-1252"),
    Sender("Any, address in base64", "url_b64", encoding="base64", charset="windows-1252"),
    Sender("Customer.io behind Outlook", "safelinks", flowed=True),
    Sender("None, behind Proofpoint", "proofpoint", encoding="base64"),
    Sender("None", "none", encoding="8bit", own_text=True),
    Sender("Any, HTML written anew", "url", rewritten=True, pixel=PIXEL),
)  # fmt: skip


def mail(template: Template, sender: Sender, values: dict[str, str], rng: random.Random) -> bytes:
    """The received mail: what the sender makes of a template for one reader."""
    subject, html, text = (
        LIQUID.from_string(part.replace("{{ unsubscribe_url }}", UNSUBSCRIBE)).render(**values)
        for part in (template.subject, template.html, template.text)
    )
    link = template.link
    if link:
        joint = "&" if "?" in link else "?"
        target = link + (f"{joint}{sender.parameters}" if sender.parameters else "")
        there = wrapped(sender.wrap, target, rng)
        html = html.replace(f'href="{escape(link)}"', f'target="_blank" href="{escape(there)}"')
        text = text.replace(link, wrapped(sender.wrap, target, rng))
    html = rewritten(padded(html)) if sender.rewritten else padded(html)
    html = re.sub(r"(<body[^>]*>)", lambda m: m.group() + sender.above, html, count=1)
    html = html.replace("</body>", f"{sender.below}{sender.pixel.format(hidden_link(rng))}</body>")
    if sender.own_text:
        text = "\n".join(
            "-" * 20 if not n else line for n, line in enumerate(["", *text.split("\n")])
        )
        text = re.sub(r": (https?://\S+)", r" (\1)", text)
    return message(subject, html, text, sender)


def padded(html: str) -> str:
    """The preheader padded and the styles inlined, as every sender does it in its own way."""
    html = html.replace('aria-hidden="true">', 'aria-hidden="true"><!-- preview -->', 1)
    html = re.sub(
        r"(mso-hide:all;[^>]*>.*?)</div>",
        r"\1" + PADDING + "</div>",
        html,
        count=1,
    )
    return html.replace("<p style=", '<p class="x" dir="ltr" style=').replace(
        "</p>\n", "</p>\r\n   "
    )


def rewritten(html: str) -> str:
    """The HTML as an editor writes it anew: other letters of tags, entities, ghost tables."""
    html = re.sub(r"<(/?)(tr|td|p|br|a)\b", lambda m: f"<{m[1]}{m[2].upper()}", html)
    html = html.replace("<TR>", "<!--[if mso]><table width='600'><tr><td><![endif]--><tbody><TR>")
    html = html.replace("<BR>", "<BR />").replace("'", "&#39;").replace(" class=", "\n  class=")
    return html.encode("ascii", "xmlcharrefreplace").decode()


def encoded(text: str, charset: str, encoding: str) -> tuple[str, bytes]:
    """The encoding that is named, and the bytes in it."""
    data = text.encode(charset, "strict" if charset == "utf-8" else "xmlcharrefreplace")
    if encoding == "base64":
        return "base64", base64.encodebytes(data)
    if encoding == "quoted-printable":
        return "quoted-printable", quopri.encodestring(data)
    return "8bit", data


def message(subject: str, html: str, text: str, sender: Sender) -> bytes:
    """Header and parts, put together by hand as a mail server would store them."""
    charset = sender.charset
    try:
        text.encode(charset)
        html.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
    flowed = "; format=flowed" if sender.flowed else ""
    parts = []
    for kind, body, more in (("plain", text, flowed), ("html", html, "")):
        broken = flow(body) if more else body
        way, data = encoded(broken, charset, sender.encoding)
        head = f'Content-Type: text/{kind}; charset="{charset}"{more}\r\n'
        head += f"Content-Transfer-Encoding: {way}\r\n\r\n"
        parts.append(head.encode() + re.sub(rb"\r?\n", b"\r\n", data))
    inner = b"".join(b"--b1\r\n" + part + b"\r\n" for part in parts) + b"--b1--\r\n"
    title = Header(subject, "utf-8" if not subject.isascii() else "us-ascii", maxlinelen=70).encode(
        linesep="\r\n"
    )
    whole = (
        "Return-Path: <bounce@sender.example>\r\n"
        "Received: from a by b; Mon, 23 Nov 2026 09:00:00 +0000\r\n"
        "From: Tolman Row <hello@tolmanrow.example>\r\nTo: seed@inbox.example\r\n"
        f"Subject: {title}\r\nList-Unsubscribe: <{UNSUBSCRIBE}>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="b1"\r\n\r\n'
    ).encode() + inner
    return forwarded(whole) if sender.forwarded else whole


def flow(text: str) -> str:
    """The text in lines of at most 66 characters, as RFC 3676 breaks them."""
    lines = []
    for each in text.split("\n"):
        line = each
        while len(line) > 66 and " " in line[1:66]:
            cut = line.rindex(" ", 1, 66) + 1
            lines.append(line[:cut])
            line = line[cut:]
        lines.append(line.rstrip(" "))
    return "\n".join(f" {line}" if line.startswith((" ", ">", "From ")) else line for line in lines)


def forwarded(whole: bytes) -> bytes:
    """The mail as an attachment of another one."""
    return (
        b"From: colleague@tolmanrow.example\r\nSubject: Fwd: have a look\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="o1"\r\n\r\n'
        b"--o1\r\nContent-Type: text/plain\r\n\r\nSee attached: 99 % off.\r\n"
        b"--o1\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n"
        + whole
        + b"\r\n--o1--\r\n"
    )
