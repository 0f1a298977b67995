"""What every safety screen must do; the local ones run here for real."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.integrations.safety_screen import PROVIDERS
from core.models.messages import Severity
from core.protocols.provider import ProviderContext

LOCAL = ["local"]
_SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(params=LOCAL, scope="module")
def screen(request):
    return PROVIDERS[request.param](ProviderContext({}, Path()))


@pytest.mark.parametrize(
    ("text", "category", "least"),
    [
        ("I hate all immigrants.", "hate", 4),
        ("I h4te w0men.", "hate", 4),
        ("Women are s c u m.", "hate", 4),
        ("GAY PEOPLE are vermin", "hate", 4),
        ("Go and kill yourself.", "self_harm", 4),
        ("Thinking of suicide", "self_harm", 4),
        ("Free porn for you", "sexual", 4),
        ("A sexy fit", "sexual", 2),
        ("I will stab you tonight.", "violence", 4),
        ("They were murdered.", "violence", 4),
    ],
)
def test_plain_harm_is_found(screen, text, category, least):
    report = screen.scan(text)
    assert getattr(report.severity, category) >= least
    assert category in {c for c, _, _ in report.marks}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Killer heels and bomber jackets, dressed to kill.",
        "Kill it at work, kill time on the train, and shoot us an e-mail after the photo shoot.",
        "Nude pumps, black dresses and white shirts for women and men.",
        "Boots to die for, in burnt orange; beat the cold and hang it to dry.",
        "You would hate to miss it. Unisex sizes, gunmetal buckles.",
        "A suit for men, a dress for women, a gift for girls and boys.",
        "Indian cotton, Black Friday, and a bath bomb.",
        "We love our gay, lesbian and trans customers.",
    ],
)
def test_fashion_copy_is_not_found(screen, text):
    assert screen.scan(text).severity == Severity()


def test_denied_harm_is_looked_at_and_not_judged(screen):
    assert screen.scan("I do not hate women.").severity.hate == 2


@settings(max_examples=150, deadline=None)
@given(st.text() | st.text(alphabet="kilsexwomenhate 04 .*-", max_size=60))
def test_severities_are_on_the_scale_and_marks_inside_the_text(screen, text):
    report = screen.scan(text)
    assert report == screen.scan(text)
    assert report.engine == screen.describe()
    for category in ("hate", "self_harm", "sexual", "violence"):
        severity = getattr(report.severity, category)
        assert severity in range(7)
        assert (severity > 0) == any(c == category for c, _, _ in report.marks)
    assert all(0 <= start < end <= len(text) for _, start, end in report.marks)


def test_a_long_text_is_read_to_its_end(screen):
    assert screen.scan("Soft wool for winter. " * 5000 + "I hate women.").severity.hate >= 4


def _rows(name: str) -> list[dict[str, str]]:
    path = _SHARED / name
    if not path.exists():
        pytest.skip(f"the public data set {name} is not on this machine")
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_benign_advertising_is_seldom_stopped(screen):
    texts = [row["Ad_copy"] for row in _rows("ad_transcripts/ad_transcripts_dev.csv")]
    stopped = sum(screen.scan(text).severity.worst >= 4 for text in texts)
    assert stopped <= 0.01 * len(texts)


def test_more_than_half_of_plain_hate_is_found(screen):
    rows = _rows("hatecheck/hatecheck_dev.csv")
    hateful = [row["test_case"] for row in rows if row["label_gold"] == "hateful"]
    assert sum(screen.scan(text).severity.hate >= 2 for text in hateful) >= 0.5 * len(hateful)
