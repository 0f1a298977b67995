"""A file that is to be a received mail: read as mail programs do, or refused in one sentence."""

import time
from email.message import EmailMessage

import pytest

from core.content.received_mail import MOST_BYTES, read_mail
from core.content.sent_mail import received_words
from core.errors import BadInput, FileInvalid

HEAD = b"From: a@shop.example\r\nTo: seed@inbox.example\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"


def plain(body, more=b"Content-Type: text/plain; charset=utf-8\r\n"):
    return HEAD + more + b"\r\n" + body


def nested(depth):
    return HEAD + b"".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n'.encode()
        for n in range(depth)
    )


def siblings(parts):
    body = b"".join(b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" for _ in range(parts))
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + body + b"--b--\r\n"


def two_mails():
    inner = b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + plain(b"one") + b"\r\n"
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + inner * 2 + b"--b--\r\n"


REFUSED = [
    (b"", "is empty"),
    (b" \r\n\r\n", "is empty"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, r"\(\.msg\); open the seed inbox"),
    (b"PK\x03\x04" + b"\0" * 30, "unpack it"),
    (b"\x1f\x8b\x08" + b"\0" * 30, "unpack it"),
    (b"%PDF-1.7\n", "save the mail itself"),
    (b"<!DOCTYPE html><html><body>Hello</body></html>", "is a web page"),
    (b"\xef\xbb\xbf  <html>", "is a web page"),
    (b"customer_id,visit\nC1,1\n", "is no e-mail"),
    (b"Subject: only this\n\nx", "is no e-mail"),
    (b"x" * (MOST_BYTES + 1), "is larger than 10 MB"),
    (b"PK\x03\x04" + b"x" * 30_000_000, "is larger than 10 MB"),
    (plain(b"", b""), "has no text"),
    (plain(b"GIF89a", b"Content-Type: image/gif\r\n"), "no text"),
    (plain(b"x", b"Content-Type: application/pkcs7-mime\r\n"), "is encrypted"),
    (plain(b"x", b"Content-Type: text/plain; charset=klingon\r\n"), "unknown charset 'klingon'"),
    (plain(b"x", b"Subject: Another\r\n"), "has 2 subjects"),
    (plain(b"x", b'Content-Type: multipart/report; boundary="b"\r\n'), "not delivered"),
    (nested(3_000), "nested parts"),
    (siblings(2_000), "parts; no sender"),
    (two_mails(), "holds 2 mails"),
    (plain(b"x", b"X-Long: " + b"a" * 300_000 + b"\r\n"), "header too long"),
    (plain(b"x", b"Content-Type: text/plain; " + b"a=b; " * 60_000 + b"\r\n"), "header too long"),
    (plain(b"x" * 1_100_000), "has a text of"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_a_file_that_is_no_received_mail_is_refused_in_one_sentence(data, why):
    began = time.monotonic()
    with pytest.raises(FileInvalid, match=why) as refused:
        read_mail(data, name="seed.eml")
    assert str(refused.value).startswith("seed.eml: ")
    assert "\n" not in str(refused.value)
    assert time.monotonic() - began < 5


def test_a_mail_of_more_words_than_any_message_is_refused():
    with pytest.raises(BadInput, match=r"has 10,000 words"):
        received_words(read_mail(plain(b"word " * 10_000), name="seed.eml"))


SUBJECTS = [
    ("=?utf-8?q?Zo=C3=AB=2C_20_=25_off?=", "Zoë, 20 % off"),
    ("=?UTF-8?B?Wm/Dqywg?=\r\n =?UTF-8?B?MjAgJSBvZmY=?=", "Zoë, 20 % off"),
    ("=?iso-8859-1?Q?Zo=EB?= and all", "Zoë and all"),
    ("Zoë as it is", "Zoë as it is"),
    ("A long one that is\r\n folded", "A long one that is folded"),
]


@pytest.mark.parametrize(("raw", "subject"), SUBJECTS)
def test_a_subject_is_read_however_it_is_encoded(raw, subject):
    data = f"From: a@b.example\r\nTo: c@d.example\r\nSubject: {raw}\r\n\r\nHello".encode()
    assert read_mail(data, name="seed.eml").subject == subject


BODIES = [
    ("text/plain; charset=utf-8", "quoted-printable", b"20=C2=A0% on wo=\r\nol", "20\xa0% on wool"),
    ("text/plain; charset=utf-8", "base64", b"U2F2ZSAyMCAlIG9u\r\nIHdvb2w=", "Save 20 % on wool"),
    ("text/plain; charset=windows-1252", "8bit", b"\x80 20 \x96 wool", "€ 20 \u2013 wool"),
    ("text/plain; charset=iso-8859-1", "8bit", b"\x80 20", "€ 20"),  # as mail programs read it
    ("text/plain", "8bit", "Zoë".encode(), "Zoë"),  # no charset is said
    ("text/plain; charset=us-ascii", "8bit", "Zoë".encode("latin-1"), "Zoë"),
    ("text/plain; charset=utf-8; format=flowed", "7bit", b"20 \r\n% on \r\n wool", "20 % on wool"),
    ("text/plain; charset=utf-8; format=flowed; delsp=yes", "7bit", b"Save wo \r\nol", "Save wool"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "encoding", "body", "text"), BODIES)
def test_a_text_is_read_however_it_is_encoded(kind, encoding, body, text):
    more = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n".encode()
    read = read_mail(plain(body, more), name="seed.eml").text or ""
    assert " ".join(read.split(" ")).replace("  ", " ").strip() == text


def test_attachments_and_parts_that_no_message_has_are_named():
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@b.example", "c@d.example", "Hello"
    mail.set_content("Hello")
    mail.add_alternative("<p>Hello</p>", subtype="html")
    mail.add_alternative("<p>Other</p>", subtype="x-amp-html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="terms.pdf")
    found = read_mail(mail.as_bytes(), name="seed.eml")
    assert found.extra == ("text/x-amp-html", "application/pdf")
    assert (found.text, found.html) == ("Hello\n", "<p>Hello</p>\n")


def test_a_mail_that_was_forwarded_as_an_attachment_is_the_one_that_counts():
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "a@b.example", "The message"
    inner.set_content("As approved")
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "c@d.example", "Fwd: have a look"
    outer.set_content("See attached")
    outer.add_attachment(inner)
    found = read_mail(outer.as_bytes(), name="seed.eml")
    assert (found.subject, found.text) == ("The message", "As approved\n")


def test_the_line_of_a_mailbox_file_before_a_mail_is_no_part_of_it():
    found = read_mail(b"From MAILER Mon Nov 23 09:00:00 2026\n" + plain(b"Hi"), name="seed.eml")
    assert found.subject == "Hello"
