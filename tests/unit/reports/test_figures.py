import io
import logging
import threading
from dataclasses import replace
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from PIL import Image

from core.charts.bars import Bar, BarChart
from core.charts.lines import Line, LinePoint
from core.charts.table import as_table
from core.charts.units import COUNT, SHARE
from core.reports.by_day import by_day
from core.reports.figures import png_bytes, svg_text, write_png
from core.reports.lift_chart import forest

BARS = BarChart(
    "Customers by segment",
    "All of them",
    "New customers are the most.",
    COUNT,
    (Bar("New", 7791, "24 %"), Bar("Lapsing", 9491)),
    line=4000,
    line_label="needed 4,000",
)


@pytest.fixture
def chart(mailing):
    return forest(mailing, "visit")


@pytest.fixture
def days(by_dates):
    found = by_day(by_dates)
    assert found is not None
    return found


def test_the_same_chart_gives_the_same_bytes(chart):
    assert png_bytes(chart) == png_bytes(chart)
    assert svg_text(chart) == svg_text(chart)
    assert "2026" not in svg_text(chart)


def test_a_figure_does_not_depend_on_the_machine(chart):
    expected = png_bytes(chart)
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "text.parse_math": True}):
        assert png_bytes(chart) == expected
        assert mpl.rcParams["font.size"] == 30


def test_threads_draw_the_same(chart):
    drawn = []
    threads = [threading.Thread(target=lambda: drawn.append(png_bytes(chart))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(drawn) == {png_bytes(chart)}


def test_the_picture_says_what_it_shows_to_those_who_cannot_see_it(chart, tmp_path):
    with Image.open(write_png(chart, tmp_path / "deep" / "lift.png")) as image:
        assert image.info["Description"] == chart.finding
        assert image.width == 1540
    root = ET.fromstring(svg_text(chart))  # noqa: S314 - our own file
    assert root.get("role") == "img"
    said = [root.findtext(f"{{http://www.w3.org/2000/svg}}{tag}") for tag in ("title", "desc")]
    assert said == [chart.title, chart.finding]


def test_simulated_is_drawn(chart):
    simulated = replace(chart, simulated=True)
    assert png_bytes(simulated) != png_bytes(chart)
    assert svg_text(simulated, heading=False) != svg_text(chart, heading=False)


@pytest.mark.parametrize(
    "name", ["中文 🎉", "$x^2$ \\frac", "<b>&amp;", "a" * 300, "", "\x07\ud800"]
)
def test_no_name_breaks_a_figure(chart, name, caplog):
    rows = (replace(chart.rows[0], label=name, group=name),)
    hostile = replace(chart, title=name, subtitle=name, finding=name, rows=rows)
    with caplog.at_level(logging.WARNING):
        assert png_bytes(hostile)
        assert ET.fromstring(svg_text(hostile)) is not None  # noqa: S314 - our own file
    assert not caplog.records  # no font complained


def test_a_chart_of_nothing_and_of_rows_beyond_the_axis_can_be_drawn(chart):
    empty = replace(chart.rows[0], estimate=None, low=None, high=None)
    wide = replace(chart.rows[1], n=9, low=-1.0, high=1.0, outer=(-2.0, 2.0))
    assert png_bytes(replace(chart, rows=()))
    assert png_bytes(replace(chart, rows=(empty,), smallest_effect=None))
    assert png_bytes(replace(chart, rows=(chart.rows[0], wide)))


def test_groups_have_headings(chart):
    first, second = chart.rows
    rows = (replace(first, group="New"), replace(second, group="Old"))
    grouped = replace(chart, rows=rows, group_heading="Segment")
    with (
        Image.open(io.BytesIO(png_bytes(grouped))) as tall,
        Image.open(io.BytesIO(png_bytes(chart))) as flat,
    ):
        assert tall.height > flat.height
    assert as_table(grouped).header[0] == "Segment"


def test_bars_are_drawn_and_written():
    assert png_bytes(BARS) == png_bytes(BARS)
    assert png_bytes(replace(BARS, line=None, bars=())) != png_bytes(replace(BARS, simulated=True))
    assert as_table(BARS).rows == (("New", "7,791", "24 %"), ("Lapsing", "9,491", ""))
    shares = replace(BARS, unit=SHARE, bars=(Bar("New", 0.24),), simulated=True)
    assert as_table(shares).header == ("Name", "Share of customers", "Outcomes")


def test_a_course_of_days_is_drawn_the_same_every_time(days):
    assert png_bytes(days) == png_bytes(days)
    assert png_bytes(days) != png_bytes(replace(days, simulated=True, smallest_effect=None))
    with Image.open(io.BytesIO(png_bytes(days))) as image:
        assert image.info["Description"] == days.finding


def test_more_than_two_groups_make_a_taller_picture(days):
    more = replace(days, lines=(*days.lines, replace(days.lines[0], label="C")))
    with (
        Image.open(io.BytesIO(png_bytes(more))) as tall,
        Image.open(io.BytesIO(png_bytes(days))) as flat,
    ):
        assert tall.height > flat.height


@pytest.mark.parametrize("name", ["中文 🎉", "$x^2$ \\frac", "a" * 300, ""])
def test_no_name_breaks_a_course_of_days(days, name, caplog):
    empty = Line(name, (LinePoint(1, note=name),))
    hostile = replace(days, title=name, subtitle=name, finding=name, lines=(empty,))
    with caplog.at_level(logging.WARNING):
        assert png_bytes(hostile)
    assert not caplog.records  # no font complained


def test_a_failed_write_leaves_the_old_file(chart, tmp_path):
    target = tmp_path / "lift.png"
    target.mkdir()
    with pytest.raises(OSError, match=r"lift\.png"):
        write_png(chart, target)
    assert list(tmp_path.iterdir()) == [target]
