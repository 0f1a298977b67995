"""Sent = approved: every planted change of a word or link is named, and no unchanged mail alarms.

The mails are built by `tests/sender_mails.py` as the senders build them, of the templates that
are exported.
"""

import hashlib
import random
import re
import shutil
import zipfile
from dataclasses import replace
from itertools import cycle

import pytest

from core.content.approved_mail import approved_mails
from core.content.merge_dialects import DIALECTS, compiled
from core.content.received_mail import read_mail
from core.content.sent_mail import compared, received_words
from core.errors import Refused, SealBroken
from core.models.approval import ReviewDecision
from core.models.sent_mail import DifferenceKind, SentResult
from core.storage import campaigns
from tests.journeys.commands import application
from tests.planted import LINKS, changed_inbox, changed_link, changed_word
from tests.sender_mails import SENDERS, Template, mail

NEXT = "dress-for-the-week"
ADDRESS = "https://www.tolmanrow.example/offers/layers"
TRACKED = f"{ADDRESS}?size=m&colour=dark%20blue"
NAMES = ("Ada", "O'Brien", "Zoë", "", "Jean-Luc Marie", "李小龍", "عبد الرحمن", "MARGARET")
CHANGES = ("replaced", "removed", "added", "number", "look-alike")


def chance(seed):
    return random.Random(seed)  # noqa: S311 - only to try different mails


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
    rng, looked, senders = chance(20261123), [], cycle(SENDERS)
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
        chance(8),
        cycle(SENDERS),
        cycle(["Ada", "O'Brien", "Zoë", "李小龍"]),
    )
    planted, missed, noise = list[tuple[str, str]](), [], 0
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
    rng, planted = chance(9), 0
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


def seed_mail(made, name, **changed):
    """The mail of one message as Customer.io sends it, unchanged but for what is given."""
    template = made[name][0].with_link(ADDRESS)
    was, now = changed.get("was", ""), changed.get("now", "")
    if was:
        assert was in template.html
        template = replace(
            template,
            subject=template.subject.replace(was, now),
            html=template.html.replace(was, now),
            text=template.text.replace(was, now),
        )
    sender = next(s for s in SENDERS if s.name == changed.get("sender", "Customer.io"))
    values = {"first_name": changed.get("first_name", "Ada")}
    return mail(template, sender, values, chance(5))


@pytest.fixture
def copy(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "workspace")


def test_the_message_is_found_among_all_that_were_exported(copy, made):
    with application(copy) as app:
        marketer = app.people.get("marketer")
        for name in list(made)[::3]:
            found = app.sent_mail.check(
                NEXT, seed_mail(made, name), file_name="seed.eml", by=marketer
            )
            assert (found.variant_id, found.result) == (name, SentResult.SAME)
        standing = [s.last.result for s in app.sent_mail.standing(NEXT) if s.last]
        assert standing == [SentResult.SAME] * len(list(made)[::3])


def test_a_comparison_is_recorded_without_anything_of_the_mail(copy, made):
    name = next(iter(made))
    with application(copy) as app:
        marketer = app.people.get("marketer")
        assert {s.last for s in app.sent_mail.standing(NEXT)} == {None}
        data = seed_mail(made, name, was="15 percent", now="25 percent", first_name="Ottoline")
        found = app.sent_mail.check(NEXT, data, file_name="seed.eml", by=marketer)
        assert found.differences[0].kind is DifferenceKind.PERCENTAGE
        last = next(s.last for s in app.sent_mail.standing(NEXT) if s.variant.variant_id == name)
        assert (last.by, last.result, last.differences) == (
            "marketer",
            SentResult.DIFFERS,
            len(found.differences),
        )
        assert last.file_sha256 == hashlib.sha256(data).hexdigest()
        entry = app.audit.latest(1)[0]
        assert (entry.action, entry.subject) == ("check sent mail", name)
        assert last.file_sha256 in entry.detail
        app.audit.verify()
    kept = [p.read_bytes() for p in copy.rglob("*") if p.is_file() and p.suffix != ".parquet"]
    assert not any(b"Ottoline" in each or b"seed@inbox" in each for each in kept)


def test_a_customer_who_is_named_has_to_be_read_word_for_word(copy, made, command):
    name = next(n for n, (template, _) in made.items() if "first_name" in template.html)
    with application(copy) as app:
        variant = app.messages.get(name)
        reader = next(
            r for r in app.previews.readers(variant) if not r.invented and r.values["first_name"]
        )
    customer = reader.label.removeprefix("Customer ")
    right, wrong = copy.parent / "right.eml", copy.parent / "wrong.eml"
    right.write_bytes(seed_mail(made, name, first_name=reader.values["first_name"]))
    wrong.write_bytes(seed_mail(made, name, first_name="Zebulon"))
    ask = ("check-sent", NEXT, "--customer", customer, "--as", "marketer")
    assert command(copy, *ask, right).code == 0
    ran = command(copy, *ask, wrong)
    assert ran.code == 1
    assert f"approved: {reader.values['first_name']} / received: Zebulon" in ran.out
    ran = command(copy, "check-sent", NEXT, wrong, "--customer", "nobody-4711")
    assert (ran.code, "There is no customer" in ran.err) == (2, True)


def test_the_command_says_same_differs_or_unusable_by_its_exit_code(copy, made, command):
    name = next(iter(made))
    file = copy.parent / "seed.eml"
    file.write_bytes(seed_mail(made, name))
    ran = command(copy, "check-sent", NEXT, file, "--as", "marketer", "--json")
    assert (ran.code, ran.document["result"], ran.document["variant_id"]) == (0, "same", name)
    file.write_bytes(seed_mail(made, name, sender="Klaviyo"))
    ran = command(copy, "check-sent", NEXT, file, "--variant", name)
    assert ran.code == 0
    assert "same words" in ran.out
    assert (
        "not checked, target not visible: 'Go to the website' leads through ctrk.klclick1.com"
        in ran.out
    )
    file.write_bytes(seed_mail(made, name, was="LAYER15", now="LAYER20"))
    ran = command(copy, "check-sent", NEXT, file, "--json")
    assert (ran.code, ran.document["result"]) == (1, "differs")
    first = ran.document["differences"][0]
    assert (first["kind"], first["approved"], first["received"]) == ("code", "LAYER15", "LAYER20")
    file.write_text("From: a@b.example\nSubject: Lunch?\n\nShall we have lunch at noon?")
    for arguments, said in [
        ((file,), "none of the 16 exported messages"),
        ((file, "--variant", "nothing"), "There is no exported message 'nothing'"),
        ((copy.parent / "absent.eml",), "absent.eml: cannot be read"),
    ]:
        ran = command(copy, "check-sent", NEXT, *arguments)
        assert (ran.code, said in ran.err) == (2, True), ran.err
        assert ran.err.count("\n") == 1


def test_without_an_export_or_with_a_broken_lock_nothing_is_compared(copy, demo, made):
    name = next(iter(made))
    data = seed_mail(made, name)
    with application(copy) as app:
        marketer = app.people.get("marketer")
        campaign = app.campaigns.get(NEXT)
        with app.people.context.write(marketer) as write:
            # Whoever has the database may change what no page lets them; the lock sees it.
            changed = replace(campaign, brief=replace(campaign.brief, url=f"{ADDRESS}/other"))
            campaigns.save(write.connection, changed, expected_revision=campaign.revision)
        with pytest.raises(SealBroken, match=r"no longer holds .the e-mail around the text"):
            app.sent_mail.check(NEXT, data, file_name="seed.eml", by=marketer)
        assert {s.last for s in app.sent_mail.standing(NEXT)} == {None}
    with application(demo) as app, pytest.raises(Refused, match="exported yet; export it first"):
        app.sent_mail.check(NEXT, data, file_name="seed.eml", by=app.people.get("marketer"))


def test_a_comparison_is_part_of_a_backup(copy, made, command):
    file, name = copy.parent / "seed.eml", next(iter(made))
    file.write_bytes(seed_mail(made, name))
    assert command(copy, "check-sent", NEXT, file, "--as", "marketer").code == 0
    assert command(copy, "backup", "--out", copy.parent / "b.zip").code == 0
    with zipfile.ZipFile(copy.parent / "b.zip") as backup:
        (rows,) = [n for n in backup.namelist() if "sent_checks" in n]
        assert f'"variant_id":"{name}"' in backup.read(rows).decode()
