"""What ships is what was approved: one byte or one day changed, and nothing is handed over."""

import dataclasses
import json
import shutil
import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import duckdb
import pytest

from core.errors import SealBroken
from core.models.approval import ReviewDecision
from core.models.messages import VariantState
from core.models.people import Person
from core.orchestrator import clock, config
from core.orchestrator.wiring import opened
from core.storage import documents, policies, reviews
from tests.journeys.commands import application
from tests.journeys.policies import changed

NEXT = "dress-for-the-week"
OFFER = "PRM-001"


@pytest.fixture(scope="module")
def approved(demo, tmp_path_factory):
    """The next mailing with every message approved; nobody may change it."""
    folder = Path(shutil.copytree(demo, tmp_path_factory.mktemp("approved") / "workspace"))
    with application(folder, execute=True) as app:
        run = app.messages.generate(NEXT, by=app.people.get("marketer"))
        app.messages.wait(run.run_id, timeout_s=120)
        for variant in app.approvals.queue(NEXT):
            app.approvals.decide(
                variant.variant_id,
                ReviewDecision.APPROVE,
                revision=variant.revision,
                reason="",
                by=app.people.get("approver"),
            )
    return folder


@pytest.fixture(scope="module")
def prepared(approved, tmp_path_factory):
    """The same, with everybody assigned."""
    folder = Path(shutil.copytree(approved, tmp_path_factory.mktemp("prepared") / "workspace"))
    with application(folder) as app:
        app.send.prepare(NEXT, by=app.people.get("marketer"))
    return folder


@pytest.fixture
def place(tmp_path):
    """A folder for the workspace, with the configuration beside it, both free to be changed."""
    shutil.copytree(config.CONFIG, tmp_path / "config")
    return tmp_path


@contextmanager
def reopened(place):
    settings = config.load(place / "workspace", environment={}, config=place / "config")
    with opened(settings) as app:
        yield app


def written(place, name, before, after):
    """One place of a configuration file changed."""
    file = place / "config" / name
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, name
    file.write_text(text.replace(before, after), encoding="utf-8")


def stored(place, change):
    """One message changed in the database, past everything that would have recorded it."""
    with sqlite3.connect(place / "workspace/data/processed/state.db") as db:
        number, payload = db.execute("SELECT number, payload FROM variants").fetchone()
        found = json.loads(payload)
        change(found["message"])
        db.execute(
            "UPDATE variants SET payload = ? WHERE number = ?",
            (json.dumps(found, ensure_ascii=False), number),
        )
    db.close()


def one_byte_of_the_body(place):
    stored(place, lambda m: m.update(body=m["body"].replace(".", ",", 1)))


def one_byte_of_the_subject(place):
    stored(place, lambda m: m.update(subject=m["subject"] + " "))


def one_byte_of_the_address(place):
    written(place, "letterhead.yaml", "postal_address: ", "postal_address: x")


def one_byte_of_the_shell(place):
    written(place, "templates/email.html", "</html>", "</html> ")


def one_customer_more(place):
    """Somebody of one segment is in another one."""
    (file,) = (place / "workspace/data/processed/tables").glob("segments-*.parquet")
    changed = file.with_suffix(".new")
    names = "SELECT DISTINCT segment_id FROM read_parquet(?) ORDER BY 1"
    first, second = [row[0] for row in duckdb.execute(names, [str(file)]).fetchall()][:2]
    duckdb.sql(
        f"""COPY (SELECT * REPLACE (CASE WHEN customer_id = (
                SELECT min(customer_id) FROM read_parquet('{file}') WHERE segment_id = '{first}'
            ) THEN '{second}' ELSE segment_id END AS segment_id) FROM read_parquet('{file}'))
            TO '{changed}' (FORMAT parquet)"""  # noqa: S608 - a path and names of this test
    )
    changed.replace(file)


def new_version(place, **changes):
    with reopened(place) as app, app.people.context.write(Person("x", frozenset())) as write:
        offer = documents.get(write.connection, OFFER)
        documents.add(write.connection, dataclasses.replace(offer, **changes), write.at)


def one_byte_of_a_document(place):
    new_version(place, sha256="0" * 64)


def one_day_of_a_document(place):
    with reopened(place) as app, app.people.context.read() as connection:
        offer = documents.get(connection, OFFER)
    assert offer.valid_until is not None
    new_version(place, valid_until=offer.valid_until - timedelta(days=1))


def policy_of_one(place, part, before, after):
    """Another policy in force, as by a process that ended before it marked any approval void."""
    with reopened(place) as app:
        now = app.policies.in_force()
        texts = dataclasses.replace(now.texts, **changed(now.texts, part, before, after))
        wanted = app.policies.checked(texts)
        version = dataclasses.replace(
            app.policies.history()[0], number=now.number + 1, sha256=wanted.sha256, texts=texts
        )
        with app.people.context.write(app.people.get("admin")) as write:
            policies.add_version(write.connection, version)


def one_step_of_a_threshold(place):
    policy_of_one(place, "thresholds", "hate:\n  review_at: 2", "hate:\n  review_at: 3")


def one_byte_of_a_prompt(place):
    file = place / "config/prompts/generation_prompt.txt"
    file.write_text(f"x{file.read_text(encoding='utf-8')}", encoding="utf-8")


CHANGES = {
    one_byte_of_the_body: "the text",
    one_byte_of_the_subject: "the text",
    one_byte_of_the_address: "the e-mail around the text",
    one_byte_of_the_shell: "the e-mail around the text",
    one_customer_more: "the audience",
    one_byte_of_a_document: "the cited documents",
    one_day_of_a_document: "the cited documents",
    one_step_of_a_threshold: "the content policy",
    one_byte_of_a_prompt: "the prompts",
}


def test_with_nothing_changed_both_work(approved, place):
    shutil.copytree(approved, place / "workspace")
    with reopened(place) as app:
        marketer = app.people.get("marketer")
        app.send.prepare(NEXT, by=marketer)
        export = app.send.export(NEXT, profile="generic", out=place / "out", by=marketer)
        assert export.recipients > 0
        assert (export.folder / "recipients.csv").exists()


@pytest.mark.parametrize(("change", "part"), CHANGES.items(), ids=[c.__name__ for c in CHANGES])
def test_one_change_before_preparing_is_named_and_nothing_is_prepared(
    approved, place, change, part
):
    shutil.copytree(approved, place / "workspace")
    change(place)
    with reopened(place) as app:
        with pytest.raises(SealBroken, match=f"Needs approval again: .*{part}"):
            app.send.prepare(NEXT, by=app.people.get("marketer"))
        assert app.send.experiment(NEXT) is None
        void = [v for v in app.messages.variants(NEXT) if v.state is VariantState.VOID]
        assert void
        assert all(part in v.problem for v in void)


@pytest.mark.parametrize(("change", "part"), CHANGES.items(), ids=[c.__name__ for c in CHANGES])
def test_one_change_after_preparing_is_named_and_nothing_is_exported(prepared, place, change, part):
    shutil.copytree(prepared, place / "workspace")
    change(place)
    with reopened(place) as app:
        with pytest.raises(SealBroken, match=f"Needs approval again: .*{part}"):
            app.send.export(
                NEXT, profile="generic", out=place / "out", by=app.people.get("marketer")
            )
        assert not (place / "out").exists()
        assert app.campaigns.get(NEXT).state != "exported"


def last_day(app):
    """The last day on which everything that was approved may be said."""
    with app.people.context.read() as connection:
        every = [
            review.seal.valid_until
            for variant in app.messages.variants(NEXT)
            for review in reviews.approvals_of(connection, variant.variant_id, variant.revision)
            if review.seal is not None
        ]
    return min(day for day in every if day is not None)


def on(monkeypatch, day):
    monkeypatch.setattr(clock, "utc_now", lambda: datetime.combine(day, time(12), UTC))


def test_the_last_day_counts_and_the_day_after_does_not(prepared, place, monkeypatch):
    shutil.copytree(prepared, place / "workspace")
    with reopened(place) as app:
        last = last_day(app)
    on(monkeypatch, last + timedelta(days=1))
    with reopened(place) as app:
        marketer = app.people.get("marketer")
        with pytest.raises(SealBroken, match=r"Needs approval again: .*the end of validity"):
            app.send.export(NEXT, profile="generic", out=place / "late", by=marketer)
        assert not (place / "late").exists()
    shutil.rmtree(place / "workspace")
    shutil.copytree(prepared, place / "workspace")
    on(monkeypatch, last)
    with reopened(place) as app:
        marketer = app.people.get("marketer")
        assert app.send.export(NEXT, profile="generic", out=place / "out", by=marketer).recipients


def hidden_way_out(place):
    written(
        place,
        "templates/email.html",
        '<a href="$unsubscribe_url"',
        '<a hidden href="$unsubscribe_url"',
    )


def another_address_asked_for(place):
    policy_of_one(place, "brand", 'postal_address: ""', 'postal_address: "1 Other Street"')


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (hidden_way_out, "no link to unsubscribe that a reader can see"),
        (another_address_asked_for, "does not say the postal address of the sender"),
    ],
)
def test_a_mail_without_a_way_out_or_a_sender_is_never_prepared(approved, place, change, why):
    shutil.copytree(approved, place / "workspace")
    change(place)
    with reopened(place) as app:
        lines = {c.name: c for c in app.send.checklist(NEXT)}
    check = lines["Every e-mail says who sends it and how to leave"]
    assert not check.passed
    assert check.blocks
    assert why in check.explanation
