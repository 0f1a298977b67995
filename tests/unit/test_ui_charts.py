from dataclasses import replace
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from core.charts.bars import Bar, BarChart
from core.charts.forest import ForestChart, ForestRow
from core.charts.lines import Line, LinePoint, LinesChart
from core.charts.units import COUNT, MINUS, POINTS
from ui.charts import figure

CHART = ForestChart(
    title="Visits: difference from No E-Mail",
    subtitle="Customers: 300 each",
    finding="Mens E-Mail brought 7.75 points more visits.",
    unit=POINTS,
    control="No E-Mail",
    rows=(
        ForestRow("Mens E-Mail", "", 0.0775, 0.0682, 0.0869, 300, 300, outer=(0.0668, 0.0883)),
        ForestRow("Womens E-Mail", "", 0.01, -0.01, 0.03, 300, 300),
        ForestRow("Nobody", "", n=300, n_control=300, note="No events yet."),
    ),
    smallest_effect=0.0105,
    outer_coverage=0.975,
)
BARS = BarChart("Sizes", "", "New is larger.", COUNT, (Bar("<i>New", 1200),), 400, "needed")


DAYS = LinesChart(
    title="Visits by day: difference from No E-Mail",
    subtitle="Each point counts everybody up to and including its day.",
    finding="Mens E-Mail stands at 3.00 points.",
    unit=POINTS,
    control="No E-Mail",
    lines=tuple(
        Line(
            name,
            (
                LinePoint(date(2026, 11, 1), 0.04, (-0.2, 0.28), 30, 30),
                LinePoint(date(2026, 11, 2), 0.03, (0.01, 0.05), 300, 300),
                LinePoint(date(2026, 11, 3), n=301, n_control=300, note="No events."),
            ),
        )
        for name in ("Mens E-Mail", "Womens E-Mail")
    ),
    promise="pointwise: right for its own day only",
    smallest_effect=0.0105,
)


def marks(drawn):
    return [trace for trace in drawn.data if trace.mode == "markers" and trace.hovertemplate]


def notes(drawn):
    return [note.text for note in drawn.layout.annotations]


def test_marks_stand_at_the_numbers_of_the_chart_with_their_intervals():
    drawn = figure(CHART)
    found = marks(drawn)
    assert [mark.x[0] for mark in found] == pytest.approx([7.75, 1.0])
    assert "+7.75 (+6.82 to +8.69)" in notes(drawn)
    assert f"+1.00 ({MINUS}1.00 to +3.00)" in notes(drawn)
    assert "97.5 %: +6.68 to +8.83" in found[0].hovertemplate
    assert "300 customers against 300" in found[0].hovertemplate


def test_the_words_of_a_row_stand_above_its_interval_at_both_edges():
    drawn = figure(CHART)
    name, value = (
        note for note in drawn.layout.annotations if note.text.startswith(("Mens", "+7"))
    )
    assert (name.x, name.xanchor) == (0, "left")
    assert (value.x, value.xanchor) == (1, "right")
    assert name.y == value.y < marks(drawn)[0].y[0]


def test_shape_says_which_group_and_filling_whether_a_difference_is_shown():
    assert [mark.marker.symbol for mark in marks(figure(CHART))] == ["circle", "square-open"]


def test_zero_and_the_smallest_effect_have_lines_and_what_is_missing_says_why():
    drawn = figure(CHART)
    assert [shape.x0 for shape in drawn.layout.shapes] == pytest.approx([0, 1.05])
    assert notes(drawn)[0] == "smallest effect<br>worth using +1.05"
    assert "not estimable" in notes(drawn)
    assert "No events yet." in notes(drawn)
    assert drawn.layout.xaxis.title.text == "Difference from No E-Mail<br>(percentage points)"


def test_what_was_measured_stays_beside_what_is_drawn_towards_the_average():
    row = replace(CHART.rows[0], measured=0.09, measured_interval=(0.07, 0.11), outer=None)
    drawn = figure(replace(CHART, rows=(row,), outer_coverage=None))
    stroke = next(trace for trace in drawn.data if trace.marker.symbol == "line-ns-open")
    assert stroke.x[0] == pytest.approx(9.0)
    assert "as measured +9.00 (+7.00 to +11.00)" in marks(drawn)[0].hovertemplate


def test_a_segment_says_how_many_customers_it_has_and_a_small_row_that_it_is_one():
    rows = (replace(CHART.rows[0], group="New"), replace(CHART.rows[1], group="New", n=40))
    written = notes(figure(replace(CHART, rows=rows)))
    assert "<b>New</b>, 640 customers" in written
    assert any("(40 customers)" in text for text in written)


def test_simulated_is_written_on_the_picture_and_only_when_it_is_so():
    for chart in (CHART, DAYS, BARS):
        assert "SIMULATED" in notes(figure(replace(chart, simulated=True)))
        assert "SIMULATED" not in str(figure(chart))


def test_names_are_never_read_as_tags():
    name = "<a href='http://x'>A</a> & <b>B</b>"
    rows = (replace(CHART.rows[0], label=name, group=name, note=name),)
    drawn = figure(replace(CHART, rows=rows, title=name, subtitle=name, control=name))
    bars = figure(replace(BARS, title=name, line_label=name))
    days = figure(replace(DAYS, lines=(replace(DAYS.lines[0], label=name),), control=name))
    assert "<a" not in str(drawn) + str(bars) + str(days)
    assert bars.data[0].y[0] == "&lt;i&gt;New"
    assert any("&lt;a" in text for text in notes(drawn))


def test_text_is_legible_on_both_pages():
    inks = {figure(CHART, dark=dark).layout.annotations[0].font.color for dark in (False, True)}
    papers = {figure(CHART, dark=dark).layout.annotations[0].bgcolor for dark in (False, True)}
    assert len(inks) == len(papers) == 2


def lines_of(drawn):
    return [trace for trace in drawn.data if trace.hovertemplate]


def test_a_course_of_days_has_a_band_and_ends_where_nothing_can_be_estimated():
    drawn = figure(DAYS)
    first, second = lines_of(drawn)
    assert list(first.x) == ["2026-11-01", "2026-11-02"]
    assert list(first.y) == pytest.approx([4.0, 3.0])
    assert (first.marker.symbol, second.marker.symbol) == ("circle", "square")
    assert first.line.dash != second.line.dash
    filled = [trace for trace in drawn.data if trace.fill == "tonexty"]
    assert [list(trace.y) for trace in filled] == [pytest.approx([28.0, 5.0])] * 2
    assert [shape.y0 for shape in drawn.layout.shapes] == pytest.approx([1.05])
    assert drawn.layout.yaxis.range[1] < 28  # the first day does not set the axis
    assert drawn.layout.yaxis.zeroline
    assert "+3.00 (+1.00 to +5.00)" in notes(drawn)[0]
    assert "2 November 2026" in first.hovertemplate[1]


def test_more_than_two_groups_get_a_picture_each_on_the_same_axes():
    three = replace(DAYS, lines=(*DAYS.lines, replace(DAYS.lines[0], label="C " * 30)))
    drawn = figure(three)
    assert len({trace.yaxis for trace in lines_of(drawn)}) == 3
    assert drawn.layout.yaxis.range == drawn.layout.yaxis3.range
    assert len(drawn.layout.shapes) == 3
    assert len(notes(drawn)) == 3


def test_days_that_are_numbers_stay_numbers():
    points = tuple(replace(p, day=n) for n, p in enumerate(DAYS.lines[0].points))
    drawn = figure(replace(DAYS, lines=(Line("B", points),), smallest_effect=None))
    assert list(lines_of(drawn)[0].x) == [0, 1]
    assert not drawn.layout.shapes


def page(chart):
    from ui.charts import show_bars, show_forest, show_lines  # noqa: PLC0415 - AppTest runs this

    show = show_forest if hasattr(chart, "rows") else show_bars
    (show_lines if hasattr(chart, "lines") else show)(chart, "results.lift")


def run(chart):
    app = AppTest.from_function(page, args=(chart,), default_timeout=20).run()
    assert not app.exception
    return app


def test_the_table_comes_on_request_with_the_numbers_of_the_chart():
    app = run(CHART)
    assert len(app.table) == 0
    app.toggle(key="results.lift.as_table").set_value(True).run()
    shown = app.table[0].value
    assert list(shown["Difference (percentage points)"]) == ["+7.75", "+1.00", "—"]
    assert list(shown["Low (97.5 %)"]) == ["+6.68", "—", "—"]
    assert list(shown["Group"]) == ["Mens E-Mail", "Womens E-Mail", "Nobody"]
    assert list(shown["Note"])[-1] == "No events yet."


def test_the_picture_has_its_finding_as_alt_text_and_a_download_beside_it():
    app = run(replace(CHART, simulated=True))
    assert app.get("plotly_chart")[0].proto.alt == CHART.finding
    assert app.get("download_button")[0].proto.label == "Download the table (CSV)"
    assert app.markdown[0].value == f"**{CHART.title}**"
    assert "SIMULATED outcomes" in app.markdown[1].value
    assert "97.5 %, all groups taken together" in app.caption[1].value


def test_a_course_of_days_is_shown_with_its_promise_and_its_table():
    app = run(DAYS)
    assert app.get("plotly_chart")[0].proto.alt == DAYS.finding
    assert "right for its own day only" in app.caption[1].value
    app.toggle(key="results.lift.as_table").set_value(True).run()
    shown = app.table[0].value
    assert list(shown["Day"])[:2] == ["1 November 2026", "2 November 2026"]
    assert list(shown["Difference (percentage points)"])[:3] == ["+4.00", "+3.00", "—"]


def test_what_people_wrote_is_no_markdown_in_the_table():
    chart = replace(CHART, rows=(replace(CHART.rows[0], label="![x](http://e.x/y.png)"),))
    app = run(chart)
    app.toggle(key="results.lift.as_table").set_value(True).run()
    assert "![" not in app.table[0].value["Group"].iloc[0]


def test_bars_are_shown_the_same_way():
    app = run(BARS)
    app.toggle(key="results.lift.as_table").set_value(True).run()
    assert list(app.table[0].value["Count"]) == ["1,200"]
