from core.charts.units import DASH, MINUS
from core.models.experiment import MetricKind
from core.models.readout import Progress
from core.reports.reading import metrics, opens
from core.reports.result_table import result_table
from core.reports.standing import progress_definition, progress_words


def test_the_table_of_the_real_mailing(mailing):
    table = result_table(mailing, "visit")
    control, mens, _ = table.rows
    assert control["Group"] == "No E-Mail (control)"
    assert (control["Customers"], control["Events"], control["Rate"]) == (
        "10,653",
        "1,122",
        "10.53 %",
    )
    assert mens == {
        "Group": "Mens E-Mail",
        "Customers": "10,653",
        "Events": "1,948",
        "Rate": "18.29 %",
        "Difference in points (95 %)": "+7.75 (+6.82 to +8.69)",
        "Relative lift (95 %)": "+73.6 % (+62.3 to +86.1)",
        "Lift that decides (97.5 %)": "+60.7 to +87.9 %",
        "Chance to beat control": "> 99.9 %",
        "Adjusted p": "< 0.001",
    }
    assert table.notes == ()


def test_every_column_has_a_definition_and_the_prior_is_stated(mailing):
    defined = {c.heading: c.definition for c in result_table(mailing, "visit").columns}
    assert all(text.endswith(".") for text in defined.values())
    assert "lift ~ N(0, 0.3^2)" in defined["Chance to beat control"]
    assert "Holm" in defined["Adjusted p"]
    assert "2 groups are compared with one control" in defined["Lift that decides (97.5 %)"]


def test_only_the_metric_that_decides_has_the_interval_that_decides(mailing):
    headings = [column.heading for column in result_table(mailing, "spend").columns]
    assert not any("decides" in heading for heading in headings)
    assert "Events" not in headings  # an amount has none
    assert {"Average", "Difference in $ (95 %)"} <= set(headings)


def test_what_is_not_estimable_is_a_dash_with_its_reason_below(estimate, readout):
    why = "Lift is not estimable: the control group has no events."
    rows = [
        estimate("B", lift=None, lift_interval=None, undefined=why),
        estimate("C", lift=None, lift_interval=None, undefined=why),
        estimate("D", difference=None, undefined="There are too few customers."),
    ]
    table = result_table(readout(*rows), "visit")
    _, first, _, last = table.rows
    assert first["Difference in points (95 %)"] == "+2.00 (+1.00 to +3.00)"
    assert first["Relative lift (95 %)"] == DASH
    assert last["Difference in points (95 %)"] == DASH
    assert table.notes == (f"B, C: {why}", "D: There are too few customers.")


def test_a_sequential_reading_shows_its_interval_and_warns_of_the_p_value(estimate, readout):
    wide = {"sequential_interval": (-0.01, 0.05), "sequential_lift_interval": (-0.1, 0.5)}
    table = result_table(readout(estimate("B", **wide), estimate("C", **wide)), "visit")
    row = table.rows[1]
    assert row["Difference in points (97.5 % sequential)"] == f"+2.00 ({MINUS}1.00 to +5.00)"
    assert row["Relative lift (97.5 % sequential)"] == f"+20.0 % ({MINUS}10.0 to +50.0)"
    assert "as if looked at once" in table.columns[-1].definition


def test_an_adjusted_difference_says_so(estimate, readout):
    rows = estimate(), estimate(difference=0.03, covariate_adjusted=True)
    table = result_table(readout(*rows), "visit")
    assert table.rows[1]["Difference in points (95 %)"] == "+3.00 (+2.00 to +4.00)"
    assert "(CUPED)" in table.notes[0]


def test_a_control_of_that_name_is_not_marked_twice(estimate, readout):
    rows = result_table(readout(estimate(control="Control")), "visit").rows
    assert rows[0]["Group"] == "Control"
    labels = {"A": "Nobody", "B": "New"}
    shown = result_table(readout(estimate()), "visit", labels).rows
    assert [row["Group"] for row in shown] == ["Nobody (control)", "New"]


def test_a_ratio_has_a_level_of_its_own(estimate, readout):
    row = estimate(metric="aov", type=MetricKind.RATIO, difference=2.0, half=1.0)
    assert "Ratio" in result_table(readout(row), "aov").rows[0]


def test_an_uncorrected_p_value_is_called_that(estimate, readout):
    settings = {"correction": "none", "primary_metric": "visit"}
    rows = estimate(), estimate(metric="complaint", guardrail=True), estimate(metric="spend")
    given = readout(*rows, settings=settings)
    said = {m: result_table(given, m).columns[-1].definition for m in ("visit", "complaint")}
    assert "corrected" not in said["visit"]
    assert "harm must not be corrected away" in said["complaint"]


def test_opens_and_guardrails_are_not_among_the_metrics_unless_they_decide(estimate, readout):
    rows = [
        estimate(metric="open_rate"),
        estimate(metric="visit"),
        estimate(metric="Opened"),
        estimate(metric="complaint", guardrail=True),
    ]
    given = readout(*rows, settings={"primary_metric": "visit"})
    assert metrics(given) == ["visit"]
    assert opens(given) == ["open_rate", "Opened"]
    deciding = readout(*rows, settings={"primary_metric": "open_rate"})
    assert metrics(deciding) == ["open_rate", "visit"]
    assert opens(deciding) == ["Opened"]


def test_progress_is_said_in_customers(estimate, readout):
    half = readout(estimate(), progress=Progress(12_400, 15_742))
    assert progress_words(half) == (
        "12,400 of about 15,800 customers in the smallest group, as needed to see a lift of 10 %"
    )
    done = readout(estimate(), progress=Progress(20_000, 15_742), settings={"power": 0.8})
    assert progress_words(done) == (
        "20,000 customers in the smallest group; about 15,800 were needed to see "
        "the registered lift"
    )
    assert "with a chance of 80 %" in progress_definition(done)
    assert "chance" not in progress_definition(half)
    assert progress_words(readout(estimate())) is None
