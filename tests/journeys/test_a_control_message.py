"""A control message that a person writes: screened, approved by another, and compared with."""

import json
import shutil
from collections import Counter
from dataclasses import replace

import duckdb
import pytest

from core.errors import BadInput, MoveRefused, NotAllowed
from core.models.approval import ReviewDecision
from core.models.campaign import CONTROL_MESSAGE, Tone
from core.models.messages import Message, VariantState
from tests.journeys.commands import application, run
from tests.journeys.test_one_message_for_everyone import (
    NEXT,
    approve_all,
    change_brief,
    generate,
)

VARIANT = f"{NEXT}-everyone-control"
TEXT = Message(
    "News from Tolman Row",
    "A short note from the shop.",
    "Hello,\n\nThe shop is open as usual, and we are glad to help you on the phone.\n\nTolman Row",
)


@pytest.fixture(scope="module")
def asked(demo, tmp_path_factory):
    """The next mailing with a control message in its brief, written but for that message."""
    folder = shutil.copytree(demo, tmp_path_factory.mktemp("control") / "workspace")
    with application(folder, execute=True) as app:
        change_brief(app, control_message=True)
        generate(app)
    return folder


@pytest.fixture
def app(asked, tmp_path):
    folder = shutil.copytree(asked, tmp_path / "workspace")
    with application(folder, execute=True) as opened:
        yield opened


def write(app, text=TEXT, by="marketer"):
    person = app.people.get(by)
    begun = app.messages.begin_control(NEXT, by=person)
    return app.messages.edit(begun.variant_id, text, expected_revision=begun.revision, by=person)


def test_no_engine_writes_it_and_nothing_is_approved_without_it(app):
    variant = app.messages.get(VARIANT)
    assert (variant.state, variant.message.body) == (VariantState.DRAFT, "")
    assert VARIANT not in app.messages.missing(NEXT)
    with pytest.raises(MoveRefused, match="written by a person"):
        app.messages.generate(NEXT, by=app.people.get("marketer"), only=frozenset({VARIANT}))
    approve_all(app)
    assert app.campaigns.get(NEXT).state == "in_review"
    stands_in_the_way = [c.explanation for c in app.send.checklist(NEXT) if c.blocks]
    assert any("control message" in words for words in stands_in_the_way)


def test_it_is_screened_like_the_others_and_its_author_cannot_approve_it(app):
    wrong = replace(TEXT, body=TEXT.body.replace("as usual", "with 40 % off everything"))
    assert write(app, wrong).state is VariantState.BLOCKED
    stored = write(app)
    assert stored.state is VariantState.NEEDS_REVIEW
    assert stored.generation.engine == "person"
    with pytest.raises(NotAllowed):
        app.approvals.decide(
            VARIANT, ReviewDecision.APPROVE, revision=stored.revision, reason="",
            by=app.people.get("marketer"),
        )  # fmt: skip


def test_the_group_gets_it_in_every_segment_and_everything_is_compared_with_it(app, tmp_path):
    write(app)
    approve_all(app)
    experiment = app.send.prepare(NEXT, by=app.people.get("marketer"))
    assert experiment.card.control == CONTROL_MESSAGE
    control = next(arm for arm in experiment.arms if arm.name == CONTROL_MESSAGE)
    assert (control.weight, control.tone, control.everyone) == (0.25, "control", True)
    path = app.settings.processed / "tables" / f"assignments-{NEXT}.parquet"
    rows = duckdb.read_parquet(str(path)).project("arm, variant_id, segment_id").fetchall()
    by_arm = Counter(arm for arm, _, _ in rows)
    assert by_arm[CONTROL_MESSAGE] == pytest.approx(len(rows) / 4, abs=10)
    assert {name for arm, name, _ in rows if arm == CONTROL_MESSAGE} == {VARIANT}
    assert all(name for _, name, _ in rows)
    app.send.export(NEXT, profile="generic", out=tmp_path / "out", by=app.people.get("marketer"))
    app.results.simulate(NEXT, lift=0.2, seed=3, by=app.people.get("marketer"))
    readout = app.results.readout(NEXT)
    assert {e.control for e in readout.estimates} == {CONTROL_MESSAGE}


def test_a_brief_without_it_wants_none_and_the_tone_is_not_for_engines(app):
    change_brief(app, control_message=False)
    assert VARIANT not in {v.variant_id for v in app.messages.variants(NEXT)}
    with pytest.raises(MoveRefused, match="asks for no control message"):
        app.messages.begin_control(NEXT, by=app.people.get("marketer"))
    with pytest.raises(BadInput, match="control_message: true"):
        change_brief(app, tones=(Tone.CONTROL,))


def test_a_file_holds_it_on_the_command_line(asked, tmp_path):
    folder = shutil.copytree(asked, tmp_path / "workspace")
    path = tmp_path / "control.yaml"
    path.write_text(
        json.dumps({part: getattr(TEXT, part) for part in ("subject", "preheader", "body")})
    )
    ran = run(folder, "control-message", NEXT, path, "--as", "marketer", "--json")
    assert (ran.code, ran.document["state"]) == (0, "needs_review"), ran.err
    path.write_text("subject: Only this\n")
    ran = run(folder, "control-message", NEXT, path, "--as", "marketer")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
