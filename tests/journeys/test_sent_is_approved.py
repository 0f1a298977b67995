"""Sent = approved: every planted change of a word or link is named, and no unchanged mail alarms.

The mails are built by `tests/sender_mails.py` as the senders build them, of the templates that
are exported.
"""

import random
import re
import shutil
from dataclasses import replace
from itertools import cycle

import pytest

from core.content.approved_mail import approved_mails
from core.content.merge_dialects import DIALECTS, compiled
from core.content.received_mail import read_mail
from core.content.sent_mail import compared, received_words
from core.models.approval import ReviewDecision
from core.models.sent_mail import DifferenceKind, SentResult
from tests.journeys.commands import application
from tests.planted import LINKS, changed_inbox, changed_link, changed_word
from tests.sender_mails import SENDERS, Template, mail

NEXT = "dress-for-the-week"
ADDRESS = "https://www.tolmanrow.example/offers/layers"
TRACKED = f"{ADDRESS}?size=m&colour=dark%20blue"
NAMES = ("Ada", "O'Brien", "Zoë", "", "Jean-Luc Marie", "李小龍", "عبد الرحمن", "MARGARET")
CHANGES = ("replaced", "removed", "added", "number", "look-alike")


@pytest.fixture(scope="module")
def exported(demo, tmp_path_factory):
    """A workspace after an export with a button; who changes it takes a copy."""
    folder = tmp_path_factory.mktemp("sent") / "workspace"
    shutil.copytree(demo, folder)
    with application(folder, execute=True) as app:
        marketer, approver = app.people.get("marketer"), app.people.get("approver")
        campaign = app.campaigns.get(NEXT)
        app.campaigns.edit(
            NEXT,
            replace(campaign.brief, url=ADDRESS),
            expected_revision=campaign.revision,
            by=marketer,
        )
        app.messages.wait(app.messages.generate(NEXT, by=marketer).run_id, timeout_s=120)
        for variant in app.approvals.queue(NEXT):
            app.approvals.decide(
                variant.variant_id,
                ReviewDecision.APPROVE,
                revision=variant.revision,
                reason="",
                by=approver,
            )
        app.send.prepare(NEXT, by=marketer)
        app.send.export(NEXT, profile="generic", out=folder.with_name("out"), by=marketer)
    return folder


@pytest.fixture(scope="module")
def made(exported):
    """Each exported message: its template as handed over, and the mails it may become.

    The button leads to an address with parameters of its own, which a brief may have.
    """
    with application(exported) as app:
        shell, found = app.settings.shell, {}
        for variant in app.messages.variants(NEXT):
            dialect = DIALECTS["generic"]
            template = Template(
                compiled(variant.message.subject, dialect),
                shell.html(variant.message, dialect, link=TRACKED),
                shell.text(variant.message, dialect, link=TRACKED),
                TRACKED,
            )
            mails = approved_mails(variant.message, shell, link=TRACKED, language="en")
            found[variant.variant_id] = (template, mails)
    return found


def held_against(name, data, mails):
    return compared(name, received_words(read_mail(data, name="seed.eml")), mails)


def test_no_unchanged_mail_of_any_sender_in_any_encoding_raises_an_alarm(made):
    rng, looked, senders = random.Random(20261123), [], cycle(SENDERS)
    names = cycle(NAMES)
    for name, (template, mails) in made.items():
        for _ in range(10):
            sender, reader = next(senders), next(names)
            data = mail(template, sender, {"first_name": reader}, rng)
            found = held_against(name, data, mails)
            what = (name, sender.name, reader)
            assert [d.words for d in found.differences] == [], what
            assert found.result is (SentResult.SAME_WORDS if sender.opaque else SentResult.SAME)
            assert bool(found.unseen) is sender.opaque, what
            assert {v.value for v in found.values} <= {reader, "there", "Hello"}, what
            looked.append(sender.name)
    assert len(looked) >= 100
    assert set(looked) == {s.name for s in SENDERS}


def words(text):
    return set(re.findall(r"[\w$]+", text))


def names_it(change, difference):
    """Whether a difference holds the old word on one side only and the new one on the other."""
    was, now = words(difference.approved), words(difference.received)
    old, new = words(change.approved), words(change.received)
    return old <= was - now and new <= now - was


def test_two_hundred_planted_words_are_each_named_with_the_old_and_the_new_word(made):
    rng, senders, names = (
        random.Random(8),
        cycle(SENDERS),
        cycle(["Ada", "O'Brien", "Zoë", "李小龍"]),
    )
    planted, missed, noise = [], [], 0
    kinds, material = cycle((*CHANGES, "subject")), cycle(made.items())
    while len(planted) < 200:
        name, (template, mails) = next(material)
        kind, sender = next(kinds), next(senders)
        change = (
            changed_inbox(template, rng) if kind == "subject" else changed_word(template, rng, kind)
        )
        if change is None:
            continue
        planted.append((name, kind))
        data = mail(change.template, sender, {"first_name": next(names)}, rng)
        found = held_against(name, data, mails)
        named = [d for d in found.differences if names_it(change, d)]
        noise += len(found.differences) - len(named)
        if not named or found.result is not SentResult.DIFFERS:
            told = [d.words for d in found.differences]
            missed.append((name, sender.name, kind, change.approved, change.received, told))
    assert missed == []
    assert {name for name, _ in planted} == set(made)
    # One change is told once: nothing else in these mails is called different.
    assert noise == 0


def test_every_changed_link_is_named_whatever_it_is_wrapped_in(made):
    rng, planted = random.Random(9), 0
    material = cycle(made.items())
    for sender in SENDERS:
        for way in LINKS:
            name, (template, mails) = next(material)
            change = changed_link(template, way)
            found = held_against(
                name, mail(change.template, sender, {"first_name": "Ada"}, rng), mails
            )
            told = [d for d in found.differences if d.kind is DifferenceKind.LINK]
            if sender.opaque:
                # Nobody can see where it leads: it is said, and never called the same.
                assert found.result is SentResult.SAME_WORDS
                assert found.unseen
                continue
            planted += 1
            assert [d.approved for d in told] == [TRACKED], (sender.name, way)
            assert told[0].received.startswith(change.received), (sender.name, way)
            assert found.differences == (*told,)
    assert planted >= 80
