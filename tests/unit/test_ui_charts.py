from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.charts.bars import Bar, BarChart
from core.charts.forest import ForestChart, ForestRow
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


def marks(drawn):
    return [trace for trace in drawn.data if trace.mode == "markers+text"]


def notes(drawn):
    return [note.text for note in drawn.layout.annotations]


def test_marks_stand_at_the_numbers_of_the_chart_with_their_intervals():
    found = marks(figure(CHART))
    assert [mark.x[0] for mark in found] == pytest.approx([7.75, 1.0])
    assert [mark.text[0] for mark in found] == [
        "+7.75 (+6.82 to +8.69)",
        f"+1.00 ({MINUS}1.00 to +3.00)",
    ]
    assert "97.5 %: +6.68 to +8.83" in found[0].hovertemplate
    assert "300 customers against 300" in found[0].hovertemplate


def test_shape_says_which_group_and_filling_whether_a_difference_is_shown():
    assert [mark.marker.symbol for mark in marks(figure(CHART))] == ["circle", "square-open"]


def test_zero_and_the_smallest_effect_have_lines_and_what_is_missing_says_why():
    drawn = figure(CHART)
    assert [shape.x0 for shape in drawn.layout.shapes] == pytest.approx([0, 1.05])
    assert notes(drawn)[0] == "smallest effect worth using +1.05"
    assert "not estimable: No events yet." in notes(drawn)
    assert drawn.layout.xaxis.title.text == "Difference from No E-Mail (percentage points)"


def test_simulated_is_written_twice_and_only_when_it_is_so():
    simulated = figure(replace(CHART, simulated=True))
    assert "SIMULATED outcomes" in simulated.layout.title.subtitle.text
    assert "SIMULATED" in notes(simulated)
    assert "SIMULATED" not in str(figure(CHART))


def test_names_are_never_read_as_tags():
    name = "<a href='http://x'>A</a> & <b>B</b>"
    rows = (replace(CHART.rows[0], label=name, group=name, note=name),)
    drawn = figure(replace(CHART, rows=rows, title=name, subtitle=name, control=name))
    bars = figure(replace(BARS, title=name, line_label=name))
    assert "<a" not in str(drawn) + str(bars)
    assert bars.data[0].y[0] == "&lt;i&gt;New"
    assert "&lt;a" in drawn.layout.title.text


def test_text_is_legible_on_both_pages():
    inks = {marks(figure(CHART, dark=dark))[0].textfont.color for dark in (False, True)}
    assert len(inks) == 2


def page(chart):
    from ui.charts import show_bars, show_forest  # noqa: PLC0415 - AppTest runs this alone

    (show_forest if hasattr(chart, "rows") else show_bars)(chart, "results.lift")


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
    assert "97.5 %, all groups taken together" in app.caption[0].value


def test_what_people_wrote_is_no_markdown_in_the_table():
    chart = replace(CHART, rows=(replace(CHART.rows[0], label="![x](http://e.x/y.png)"),))
    app = run(chart)
    app.toggle(key="results.lift.as_table").set_value(True).run()
    assert "![" not in app.table[0].value["Group"].iloc[0]


def test_bars_are_shown_the_same_way():
    app = run(BARS)
    app.toggle(key="results.lift.as_table").set_value(True).run()
    assert list(app.table[0].value["Count"]) == ["1,200"]
