"""The page of results, section by section, over read-outs of made-up files."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from core.models.experiment import AnalysisPlan, MetricSpec
from core.models.readout import Conclusion, Decision, Progress
from core.orchestrator.service.analysis import analyze_file
from core.reports.reading import OPENS_DECIDE_NOTHING
from tests.pages.reading import sound, words
from ui.readouts import OPENS_DECIDE

FINISHED = "mens-and-womens-mailing"
ARMS = ("No E-Mail", "Calm", "Urgent")
SEGMENTS = ("New customers", "Lapsing customers", "High spenders")
ORDER = [
    "Guardrails",
    "Lift by day",
    "By segment (exploratory)",
    "Is choosing by segment worth it?",
    "Opens",
    "Decision",
    "Take it with you",
]


def mailing(arms=ARMS, customers=3000):
    """Outcomes of a mailing over two weeks; the last arm annoys people."""
    rng = np.random.default_rng(3)
    total = customers * len(arms)
    arm = rng.integers(0, len(arms), total)
    return pd.DataFrame(
        {
            "customer_id": [f"C{n:05}" for n in range(total)],
            "arm": np.array(arms)[arm],
            "segment": rng.choice(SEGMENTS, total),
            "sent_on": [date(2026, 11, 1) + timedelta(int(d)) for d in rng.integers(0, 14, total)],
            "visit": (rng.random(total) < 0.1 + 0.03 * (arm == 1)).astype(int),
            "open_rate": (rng.random(total) < 0.4 * (arm > 0)).astype(int),
            "unsubscribed": (rng.random(total) < 0.002 + 0.02 * (arm == len(arms) - 1)).astype(int),
            "complaint": (rng.random(total) < 0.002).astype(int),
        }
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    path = tmp_path_factory.mktemp("outcomes") / "mailing.parquet"
    mailing().to_parquet(path)
    return path


def asked(**changes):
    """A plan with guardrails, opens, segments and days; change what a test is about."""
    plan = AnalysisPlan(
        "arm",
        ARMS[0],
        tuple(map(MetricSpec.parse, ("visit:proportion", "open_rate:proportion"))),
        (
            MetricSpec.parse("unsubscribed:proportion:rise:0.0005"),
            MetricSpec.parse("complaint:proportion:rise:0.0005"),
        ),
        by=("segment",),
        unit="customer_id",
        time="sent_on",
        mde=0.1,
    )
    return replace(plan, **changes)


@pytest.fixture
def seen(visit, loaded, monkeypatch):
    """The page over a read-out, as an analyst sees it."""

    def open_page(readout):
        monkeypatch.setattr("ui.state.readout", lambda _: readout)
        visitor = visit("results", loaded, "analyst", FINISHED)
        sound(visitor)
        return visitor

    return open_page


def texts(visitor):
    return [element.value for element in visitor.text]


def test_the_sections_come_in_the_order_of_weight(seen, outcomes):
    visitor = seen(analyze_file(outcomes, asked()))
    headers = [header.value for header in visitor.header]
    assert headers[0] == "Harm (guardrail)"
    assert [header for header in headers[1:] if header in ORDER] == ORDER


def test_guardrails_say_in_words_what_is_known(seen, outcomes):
    visitor = seen(analyze_file(outcomes, asked()))
    said = [m.value for m in visitor.markdown]
    assert any("**Unsubscribes**, Urgent: harm shown" in text for text in said)
    unsure = next(text for text in said if "**Complaints**" in text)
    assert "harm not excluded, about" in unsure
    assert "customers per group would be needed" in unsure
    table = next(d.value for d in visitor.dataframe if "Harm is" in d.value)
    assert list(table["Group"]) == ["Calm", "Urgent"] * 2
    assert set(table["Harm is"]) == {"a rise"}
    assert set(table["Margin"]) == {"+0.05"}


def test_the_lift_by_day_has_a_chart_a_promise_and_a_picture_to_take(seen, outcomes):
    visitor = seen(analyze_file(outcomes, asked()))
    alts = [chart.proto.alt for chart in visitor.get("plotly_chart")]
    assert any("up to 14 November 2026" in alt for alt in alts)
    assert any("right for its own day only" in caption.value for caption in visitor.caption)
    labels = [button.proto.label for button in visitor.get("download_button")]
    assert "Lift by day (PNG)" in labels
    visitor.toggle(key="results.days.as_table").set_value(True).run()
    table = next(t.value for t in visitor.table if "Day" in t.value)
    assert len(table) == 28


@pytest.mark.parametrize(
    ("changes", "promise"),
    [
        ({"sequential": True, "planned_n": 12_000}, "right on all days together"),
        ({"sequential": True}, "right at every moment"),
    ],
)
def test_a_sequential_reading_names_what_its_band_promises(seen, outcomes, changes, promise):
    visitor = seen(analyze_file(outcomes, asked(**changes)))
    assert any(promise in caption.value for caption in visitor.caption)
    table = next(d.value for d in visitor.dataframe if "Adjusted p" in d.value)
    assert "Difference in points (97.5 % sequential)" in table


def test_segments_are_drawn_towards_the_average_until_that_is_switched_off(seen, outcomes):
    visitor = seen(analyze_file(outcomes, asked()))
    assert visitor.toggle(key="results.together").value is True
    captions = [caption.value for caption in visitor.caption]
    assert any("Drawn towards the average of all" in text for text in captions)
    assert any("differs by segment" in text for text in texts(visitor))
    visitor.toggle(key="results.together").set_value(False).run()
    sound(visitor)
    captions = [caption.value for caption in visitor.caption]
    assert not any("Drawn towards the average of all" in text for text in captions)


def test_too_few_segments_to_draw_together_say_so(seen, outcomes, tmp_path):
    rows = pd.read_parquet(outcomes)
    two = rows[rows["segment"] != SEGMENTS[0]]
    path = tmp_path / "two.parquet"
    two.to_parquet(path)
    visitor = seen(analyze_file(path, asked()))
    assert visitor.toggle(key="results.together").disabled
    assert "Shown as measured: Fewer than 3 slices" in words(visitor)


def test_opens_come_last_and_decide_nothing(seen, outcomes):
    visitor = seen(analyze_file(outcomes, asked()))
    assert visitor.segmented_control(key="results.metric").options == ["Visits (decides)"]
    assert OPENS_DECIDE_NOTHING in [caption.value for caption in visitor.caption]
    assert all(":gray[" in cell for cell in visitor.table[-1].value["Group"])


def test_opens_that_decide_stay_first_with_a_warning(seen, outcomes):
    metrics = tuple(map(MetricSpec.parse, ("open_rate:proportion", "visit:proportion")))
    visitor = seen(analyze_file(outcomes, asked(metrics=metrics)))
    options = visitor.segmented_control(key="results.metric").options
    assert options == ["Open rate (decides)", "Visits"]
    assert OPENS_DECIDE in [warning.value for warning in visitor.warning]
    assert "Opens" not in [header.value for header in visitor.header]


def test_before_the_read_out_date_nothing_says_that_it_worked(seen, outcomes):
    plan = asked(guardrails=(), preliminary=True, read_out_on=date(2026, 12, 6))
    visitor = seen(analyze_file(outcomes, plan))
    assert visitor.header[0].value == "Preliminary: read-out on 6 December 2026"
    seen_words = words(visitor)
    assert "Use Calm" not in seen_words
    assert "This is before the read-out date; the record will say so." in seen_words
    assert "No guardrail was registered for this send." in seen_words


def test_progress_is_a_bar_with_words(seen, outcomes):
    read = analyze_file(outcomes, asked())
    visitor = seen(replace(read, progress=Progress(12_400, 15_742)))
    said = "12,400 of about 15,800 customers in the smallest group, as needed to see a lift of 10 %"
    assert said in texts(visitor)
    assert [bar.value for bar in visitor.get("progress")] == [78]


def test_simulated_outcomes_are_called_so_beside_the_conclusion_and_on_each_chart(seen, outcomes):
    visitor = seen(analyze_file(outcomes, asked(simulated=True)))
    charts = visitor.get("plotly_chart")
    assert len(charts) == 3
    assert all(chart.proto.alt.startswith("SIMULATED outcomes.") for chart in charts)
    assert sum("SIMULATED" in m.value for m in visitor.markdown) >= 5


def test_a_test_that_is_not_to_be_trusted_keeps_its_charts(seen, outcomes):
    why = "The groups are 46 % to 54 %, not 50 % each. Look at the export."
    read = analyze_file(outcomes, asked())
    visitor = seen(replace(read, conclusion=Conclusion(Decision.DO_NOT_TRUST, None, why)))
    assert visitor.header[0].value.startswith("Do not trust this test (The groups are 46 %")
    assert len(visitor.get("plotly_chart")) == 3


def test_personalisation_is_a_sentence_a_choice_and_a_gain(seen, outcomes):
    read = analyze_file(outcomes, asked())
    visitor = seen(read)
    worth = read.personalization
    assert worth is not None
    assert worth.sentence in texts(visitor)
    policy = next(t.value for t in visitor.table if "Group that did best" in t.value)
    assert dict(zip(policy["Segment"], policy["Group that did best"], strict=True)) == dict(
        worth.policy
    )


def test_without_segments_there_is_no_section_of_them(seen, outcomes):
    read = analyze_file(outcomes, asked(by=()))
    visitor = seen(read)
    headers = [header.value for header in visitor.header]
    assert "By segment (exploratory)" not in headers
    assert not any("worth it" in header for header in headers)
    labels = [button.proto.label for button in visitor.get("download_button")]
    assert "Lift by segment (PNG)" not in labels


def test_names_of_groups_and_segments_are_never_read_as_markup(seen, tmp_path):
    hostile = "![x](http://e.x/p.png) **b**"
    rows = mailing((ARMS[0], "Calm", hostile), 400)
    rows["segment"] = rows["segment"].str.replace(SEGMENTS[0], hostile, regex=False)
    rows.to_parquet(tmp_path / "hostile.parquet")
    visitor = seen(analyze_file(tmp_path / "hostile.parquet", asked()))
    markdown = [m.value for m in [*visitor.markdown, *visitor.caption, *visitor.header]]
    assert not any("![x]" in text for text in markdown)
    for table in visitor.table:
        assert not table.value.astype(str).apply(lambda c: c.str.contains(r"!\[x\]")).any().any()
