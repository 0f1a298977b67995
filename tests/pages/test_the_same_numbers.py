"""Lift, difference, interval and n of the finished campaign are equal wherever they are shown."""

import csv
import html
import io
import re
from collections.abc import Callable

import pytest
import streamlit as st
from pypdf import PdfReader

from core.charts.units import MINUS
from tests.journeys.commands import run
from tests.pages.reading import sound

FINISHED = "mens-and-womens-mailing"
FACTORS = {"visit": 100, "conversion": 100, "spend": 1}
NAMES = {"visit": "Visits", "conversion": "Conversions", "spend": "Spend"}


@pytest.fixture
def offered(monkeypatch) -> dict[str, Callable[[], bytes]]:
    """What each download button of the page would give, by its key."""
    found: dict[str, Callable[[], bytes]] = {}
    original = st.download_button

    def recorded(label, data, **options):
        found[options["key"]] = data
        return original(label, data, **options)

    monkeypatch.setattr(st, "download_button", recorded)
    return found


def shown(number: float, decimals: int) -> str:
    """A difference as a person reads it, made without the product's own code."""
    return f"{number:+,.{decimals}f}".replace("-", MINUS)


def numbers(estimate) -> dict[str, str]:
    """What everybody has to be told about one group on one metric."""
    factor = FACTORS[estimate["metric"]]
    return {
        "n": f"{estimate['n']:,}",
        "difference": shown(factor * estimate["difference"], 2),
        "low": shown(factor * estimate["difference_interval"][0], 2),
        "high": shown(factor * estimate["difference_interval"][1], 2),
        "lift": shown(100 * estimate["lift"], 1),
        "lift_low": shown(100 * estimate["lift_interval"][0], 1),
        "lift_high": shown(100 * estimate["lift_interval"][1], 1),
    }


def overall(document):
    return [estimate for estimate in document["estimates"] if estimate["slice"] is None]


def grid(visitor):
    """The table of results, by group."""
    table = next(d.value for d in visitor.dataframe if "Relative lift (95 %)" in d.value)
    return {row["Group"]: row for row in table.to_dict("records")}


def chart_table(visitor, key):
    """The chart as a table."""
    visitor.toggle(key=f"{key}.as_table").set_value(True).run()
    table = next(t.value for t in visitor.table if "Low (95 %)" in t.value)
    visitor.toggle(key=f"{key}.as_table").set_value(False).run()
    return table.to_dict("records")


@pytest.fixture
def document(loaded):
    """What the command line says."""
    return run(loaded, "results", FINISHED, "--json").document


@pytest.mark.parametrize("metric", list(FACTORS))
def test_page_and_chart_say_what_the_command_line_says(metric, visit, loaded, document):
    visitor = visit("results", loaded, "analyst", FINISHED)
    visitor.segmented_control(key="results.metric").set_value(metric).run()
    sound(visitor)
    page, chart = grid(visitor), chart_table(visitor, "results")
    expected = [e for e in overall(document) if e["metric"] == metric]
    assert len(expected) == len(chart) == len(page) - 1 == 2
    for estimate, row in zip(expected, chart, strict=True):
        told = numbers(estimate)
        cells = page[estimate["arm"]]
        difference = next(text for name, text in cells.items() if name.startswith("Difference"))
        assert cells["Customers"] == told["n"]
        assert difference == f"{told['difference']} ({told['low']} to {told['high']})"
        lift = f"{told['lift']} % ({told['lift_low']} to {told['lift_high']})"
        assert cells["Relative lift (95 %)"] == lift
        assert list(row.values())[:2] == [estimate["arm"], told["n"]]
        assert (
            next(text for name, text in row.items() if name.startswith("Diff"))
            == (told["difference"])
        )
        assert (row["Low (95 %)"], row["High (95 %)"]) == (told["low"], told["high"])
        assert row["Relative lift (% of control)"] == told["lift"]
        assert row["Low (relative lift, 95 %)"] == told["lift_low"]
        assert row["High (relative lift, 95 %)"] == told["lift_high"]


def test_the_file_holds_every_digit_and_what_is_shown(visit, loaded, document, offered):
    sound(visit("results", loaded, "analyst", FINISHED))
    text = offered["results.csv"]().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(document["estimates"]) == 36
    for row, estimate in zip(rows, document["estimates"], strict=True):
        where = estimate["slice"] or {"column": "", "value": ""}
        assert (row["metric"], row["arm"]) == (estimate["metric"], estimate["arm"])
        assert (row["slice_column"], row["slice_value"]) == (where["column"], where["value"])
        assert int(row["n"]) == estimate["n"]
        assert int(row["n_control"]) == estimate["n_control"]
        for name in ("mean", "difference", "lift", "p_adjusted", "chance_to_beat_control"):
            assert float(row[name]) == estimate[name]
        for name in ("difference", "lift"):
            ends = [float(row[f"{name}_low"]), float(row[f"{name}_high"])]
            assert ends == estimate[f"{name}_interval"]
        told = numbers(estimate)
        for column, name in (("difference", "difference"), ("lift", "lift")):
            assert row[f"{column}_shown"] == plain(told[name])
        assert row["difference_low_shown"] == plain(told["low"])
        assert row["difference_high_shown"] == plain(told["high"])
        assert row["lift_low_shown"] == plain(told["lift_low"])
        assert row["lift_high_shown"] == plain(told["lift_high"])


def plain(written: str) -> str:
    """A number as a file holds it."""
    return written.replace(MINUS, "-").replace(",", "").removeprefix("+")


def test_the_report_says_the_same(visit, loaded, document, offered):
    sound(visit("results", loaded, "analyst", FINISHED))
    pages = PdfReader(io.BytesIO(offered["results.pdf"]())).pages
    paper = " ".join(" ".join(page.extract_text() for page in pages).split())
    screen = plain_text(offered["results.html"]().decode())
    for estimate in document["estimates"]:
        told = numbers(estimate)
        for text in (paper, screen):
            assert f"{told['difference']} ({told['low']} to {told['high']})" in text
            assert f"{told['lift']} % ({told['lift_low']} to {told['lift_high']})" in text
            if estimate["slice"]:
                assert f"{estimate['slice']['value']} {estimate['arm']} {told['n']} " in text
            elif estimate["metric"] == "visit":
                assert f"{estimate['arm']} {told['n']} " in text
            else:
                assert NAMES[estimate["metric"]] in text


def plain_text(page: str) -> str:
    """What a page says, its tags taken out."""
    bare = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(bare).split())


def test_segments_are_drawn_from_what_the_command_line_says(visit, loaded, document):
    visitor = visit("results", loaded, "analyst", FINISHED)
    rows = chart_table(visitor, "results.segments")
    visitor.toggle(key="results.together").set_value(False).run()
    raw = chart_table(visitor, "results.segments")
    expected = [e for e in document["estimates"] if e["slice"] and e["metric"] == "visit"]
    assert len(rows) == len(raw) == len(expected) == 10
    for row, measured, estimate in zip(rows, raw, expected, strict=True):
        told = numbers(estimate)
        assert (row["Segment"], row["Group"]) == (estimate["slice"]["value"], estimate["arm"])
        low, high = (shown(100 * end, 2) for end in estimate["shrunken_interval"])
        drawn = shown(100 * estimate["shrunken_difference"], 2)
        assert row["Difference (percentage points)"] == drawn
        assert (row["Low (95 %)"], row["High (95 %)"]) == (low, high)
        assert (row["As measured"], row["Customers"]) == (told["difference"], told["n"])
        assert measured["Difference (percentage points)"] == told["difference"]
        assert (measured["Low (95 %)"], measured["High (95 %)"]) == (told["low"], told["high"])


def test_a_picture_is_offered_only_where_there_is_something_to_draw(visit, loaded, offered):
    visitor = visit("results", loaded, "analyst", FINISHED)
    assert offered["results.png"]().startswith(b"\x89PNG")
    assert "results.days_png" not in offered
    assert "without dates of sending" in str([t.value for t in visitor.text])
