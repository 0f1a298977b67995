"""One complete answer of a safety screen, or none: whatever the engine, in time and whole."""

import contextvars
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from core.errors import ProviderRejected, ProviderUnavailable
from core.protocols.safety_screen import (
    CATEGORIES,
    LISTS,
    SafetyScreen,
    ScreenReport,
    ShieldReport,
)

T = TypeVar("T")

# A sentence that is cut in two must stand whole in one of the pieces.
OVERLAP = 400
_SENTENCE_END = re.compile(r"[.!?…][\"'”\u2019)\]]*\s+|\n+")
# What a provider raises when an answer is not what it was written for.
_BROKEN = (
    ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


def harm(screen: SafetyScreen, text: str) -> ScreenReport:
    """The highest score of each category over the whole text, marks where they stand in it.

    A text longer than the engine takes is read in pieces that overlap; nothing is left out.

    Raises:
        ProviderUnavailable: no answer, or none in time.
        ProviderRejected: an answer without a score for every category, or with a mark outside
            the text; the text then counts as not screened.
    """
    most = screen.limits().characters
    reports = []
    for offset, piece in pieces(text, most):
        reports.append((offset, _answer(screen, "score a text", partial(_scored, screen, piece))))
    return ScreenReport(
        {name: max(report.scores[name] for _, report in reports) for name in CATEGORIES},
        tuple(sorted({(c, o + s, o + e) for o, r in reports for c, s, e in r.marks})),
        reports[0][1].engine,
        basic=any(report.basic for _, report in reports),
        most=max(report.most for _, report in reports),
    )


def shielded(screen: SafetyScreen, prompt: str, documents: Sequence[str]) -> ShieldReport:
    """The screen's word on a brief and on every one of these documents.

    Raises:
        ProviderUnavailable: no answer, or none in time.
        ProviderRejected: an answer that leaves out a document.
    """
    task = "look for instructions to a model"
    report = _answer(screen, task, partial(screen.shield, prompt, documents))
    if len(report.documents) != len(documents):
        raise ProviderRejected(
            report.engine, task, f"{len(report.documents)} of {len(documents)} texts answered"
        )
    return report


def ungrounded(
    screen: SafetyScreen, text: str, sources: Sequence[str]
) -> tuple[tuple[int, int], ...]:
    """The places of a text that its sources do not support, where the engine can tell.

    Raises:
        ProviderFailed: an engine that can tell gave no answer.
    """
    return _compared(screen, text, sources) or ()


def compares_sources(screen: SafetyScreen) -> bool:
    """Whether the engine can tell what sources support; raises ProviderFailed as it does."""
    return _compared(screen, "A coat.", ["A coat."]) is not None


def pieces(text: str, most: int | None) -> Iterator[tuple[int, str]]:
    """The text in pieces of at most so many characters, each with the place where it begins.

    Neighbours share at least `OVERLAP` characters and are cut between sentences where one ends
    near by, else between words.

    Examples:
        >>> list(pieces("one two three four", 12))
        [(0, 'one two '), (4, 'two three '), (8, 'three four')]
    """
    start = 0
    while most is not None and len(text) - start > most:
        shared = min(OVERLAP, most // 4)
        end = _border(text, start + most, start + most // 2, shared)
        yield start, text[start:end]
        start = _border(text, end - shared, start + 1, shared)
    yield start, text[start:]


def _border(text: str, place: int, least: int, near: int) -> int:
    """The last beginning of a sentence near before a place, else of a word, else the place."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text, max(least, place - near), place)]
    return ends[-1] if ends else _word_start(text, place, least)


def _word_start(text: str, place: int, least: int) -> int:
    """The last beginning of a word up to a place, but not before `least`; else the place."""
    return next((i for i in range(place, least - 1, -1) if text[i - 1].isspace()), place)


def _scored(screen: SafetyScreen, text: str) -> ScreenReport:
    report = screen.scan(text)
    for category, start, end in report.marks:
        if category not in (*CATEGORIES, *LISTS) or not 0 <= start < end <= len(text):
            raise ProviderRejected(
                report.engine, "score a text", f"it marks {category} at {start} to {end}"
            )
    return report


def _compared(
    screen: SafetyScreen, text: str, sources: Sequence[str]
) -> tuple[tuple[int, int], ...] | None:
    task = "compare a text with its sources"
    return _answer(screen, task, partial(screen.ungrounded, text, sources))


def _answer(screen: SafetyScreen, task: str, call: Callable[[], T]) -> T:
    seconds = screen.limits().seconds
    try:
        return call() if seconds is None else _in_time(call, seconds)
    except OSError as silence:
        late = isinstance(silence, TimeoutError) and seconds is not None
        why = f"no answer in {seconds:g} s" if late else f"no answer ({type(silence).__name__})"
        raise ProviderUnavailable(screen.describe(), task, why) from silence
    except _BROKEN as problem:
        why = f"its answer cannot be read ({type(problem).__name__})"
        raise ProviderRejected(screen.describe(), task, why) from problem


def _in_time(call: Callable[[], T], seconds: float) -> T:
    answer: Future[T] = Future()

    def ask() -> None:
        try:
            answer.set_result(call())
        except BaseException as problem:  # noqa: BLE001 - not swallowed: who asked gets it
            answer.set_exception(problem)

    begun = time.monotonic()
    # A thread that ends with the process: a call that never returns must not keep it alive.
    # It asks on behalf of this one, so it knows what this one knows: which run, which trace.
    asking = contextvars.copy_context()
    threading.Thread(target=asking.run, args=(ask,), daemon=True, name="safety-screen").start()
    made = answer.result(timeout=seconds)
    # On a busy machine this thread may wake up long after its time, with an answer that is late.
    if time.monotonic() - begun > seconds:
        raise TimeoutError
    return made
