"""One whole answer of a safety screen in time, or none; long texts are read to their end."""

import contextvars
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.content.harm import OVERLAP, compares_sources, harm, pieces, shielded, ungrounded
from core.errors import ProviderFailed, ProviderRejected, ProviderUnavailable
from core.models.messages import Severity
from core.protocols.safety_screen import ScreenLimits, ScreenReport
from tests.fakes import ScriptedScreen, scored

WHOLE: dict[str, Any] = {"hate": 0, "self_harm": 0, "sexual": 0, "violence": 0}


def raising(problem):
    def answer(text):
        raise problem

    return answer


def slow(text):
    time.sleep(3)
    return scored()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (raising(ProviderUnavailable("screen", "score", "down")), ProviderUnavailable),
        (raising(ConnectionResetError("reset")), ProviderUnavailable),
        (raising(TimeoutError("late")), ProviderUnavailable),
        (raising(KeyError("categoriesAnalysis")), ProviderRejected),
        (raising(ValueError("Expecting value")), ProviderRejected),
        (lambda _: None, ProviderRejected),
        (lambda _: {"hate": 0}, ProviderRejected),
        (lambda _: ScreenReport({}, (), "e"), ProviderRejected),
        (
            lambda _: ScreenReport({"hate": 0, "sexual": 0, "violence": 0}, (), "e"),
            ProviderRejected,
        ),
        (lambda _: ScreenReport(WHOLE | {"hate": None}, (), "e"), ProviderRejected),
        (lambda _: ScreenReport(WHOLE | {"hate": "0"}, (), "e"), ProviderRejected),
        (lambda _: ScreenReport(WHOLE | {"hate": 0.5}, (), "e"), ProviderRejected),
        (lambda _: ScreenReport(WHOLE | {"hate": True}, (), "e"), ProviderRejected),
        (lambda _: ScreenReport(WHOLE | {"hate": 7}, (), "e"), ProviderRejected),
        (lambda _: ScreenReport(WHOLE | {"hate": -1}, (), "e"), ProviderRejected),
        (lambda _: ScreenReport(WHOLE | {"spam": 0}, (), "e"), ProviderRejected),
        (lambda _: scored(("spam", 0, 1)), ProviderRejected),
        (lambda _: scored(("hate", 3, 99), hate=2), ProviderRejected),
        (lambda _: scored(("hate", 2, 2), hate=2), ProviderRejected),
    ],
)
@pytest.mark.parametrize("seconds", [5.0, None], ids=["guarded", "in process"])
def test_no_whole_answer_is_never_a_pass(answer, problem, seconds):
    screen = ScriptedScreen(answer, ScreenLimits(None, seconds))
    with pytest.raises(problem):
        harm(screen, "a text")


def test_a_slow_engine_is_left_after_its_time():
    begun = time.monotonic()
    with pytest.raises(ProviderUnavailable, match=r"no answer in 0\.1 s"):
        harm(ScriptedScreen(slow, ScreenLimits(None, 0.1)), "a text")
    assert time.monotonic() - begun < 2


def test_one_piece_without_an_answer_leaves_the_whole_text_unscreened():
    def half(text):
        return scored() if text.startswith("soft") else ScreenReport({}, (), "e")

    with pytest.raises(ProviderRejected):
        harm(ScriptedScreen(half, ScreenLimits(100, 1.0)), "soft wool " * 50)


@pytest.mark.parametrize("place", [0, 90, 480, 700, 999, 4000, 9980])
def test_harm_is_found_wherever_it_stands_in_a_long_text(place):
    phrase = "kill them all"
    text = ("wool " * 3000)[:place] + phrase + " wool" * 2000

    def finding(piece):
        start = piece.find(phrase)
        return (
            scored(("violence", start, start + len(phrase)), violence=6) if start >= 0 else scored()
        )

    screen = ScriptedScreen(finding, ScreenLimits(1000, 1.0))
    report = harm(screen, text)
    assert report.severity == Severity(violence=6)
    assert report.marks == (("violence", place, place + len(phrase)),)
    assert all(len(piece) <= 1000 for piece in screen.asked)


def test_the_report_on_pieces_is_basic_when_one_piece_is():
    screen = ScriptedScreen(lambda t: scored(basic="last" in t), ScreenLimits(100, None))
    assert harm(screen, "wool " * 100 + "last").basic is True
    assert harm(screen, "wool " * 100).basic is False


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab \n", max_size=400), st.integers(min_value=4, max_value=80))
def test_pieces_leave_nothing_out_and_are_never_too_long(text, most):
    read = 0
    for start, piece in pieces(text, most):
        assert text[start : start + len(piece)] == piece
        assert len(piece) <= most
        assert start <= read
        read = max(read, start + len(piece))
    assert read == len(text)


def test_a_sentence_that_is_cut_stands_whole_in_one_piece():
    text = "wool " * 4000
    found = list(pieces(text, 10_000))
    ends = [start + len(piece) for start, piece in found]
    assert all(end - begin >= OVERLAP for end, (begin, _) in zip(ends, found[1:], strict=False))


def test_a_long_text_is_cut_between_sentences_where_one_ends_near_by():
    text = "Soft wool for winter, and a coat. " * 90
    found = list(pieces(text, 1000))
    assert len(found) > 3
    assert all(piece.startswith("Soft") for _, piece in found)
    assert all(piece.endswith("coat. ") for _, piece in found)


def test_who_asks_the_engine_knows_on_whose_behalf():
    run = contextvars.ContextVar("run", default="nobody")
    seen = []

    def noting(text):
        seen.append(run.get())
        return scored()

    run.set("run-7")
    harm(ScriptedScreen(noting, ScreenLimits(None, 5.0)), "a text")
    assert seen == ["run-7"]


def test_what_ends_the_asking_reaches_who_asked_and_at_once():
    class Closing(BaseException):
        pass

    begun = time.monotonic()
    with pytest.raises(Closing):
        harm(ScriptedScreen(raising(Closing()), ScreenLimits(None, 20.0)), "a text")
    assert time.monotonic() - begun < 10


def test_eight_levels_reach_to_seven_and_four_only_to_six():
    fine = ScreenReport(WHOLE | {"hate": 7}, (), "e", most=7)
    assert harm(ScriptedScreen(lambda _: fine), "a text").most == 7
    for score, most in ((8, 7), (8, 9), (7, 6)):
        with pytest.raises(ProviderRejected):
            ScreenReport(WHOLE | {"hate": score}, (), "e", most=most)


def test_a_shield_that_leaves_out_a_document_has_not_answered():
    with pytest.raises(ProviderRejected, match="1 of 2"):
        shielded(ScriptedScreen(documents_answered=1), "brief", ["one", "two"])


def test_an_engine_that_cannot_tell_what_is_grounded_finds_nothing_and_says_so():
    assert ungrounded(ScriptedScreen(), "a text", ["source"]) == ()
    assert not compares_sources(ScriptedScreen())
    assert compares_sources(ScriptedScreen(unsupported=()))
    assert ungrounded(ScriptedScreen(unsupported=((0, 1),)), "a text", ["source"]) == ((0, 1),)


def test_a_refusal_names_the_engine_and_what_is_missing():
    with pytest.raises(ProviderFailed, match=r"cloud screen could not .*self-harm is missing"):
        ScreenReport({"hate": 0, "sexual": 0, "violence": 0}, (), "cloud screen")
