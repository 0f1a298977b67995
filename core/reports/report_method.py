"""The last section of a report: what the numbers are, and what names the things behind them."""

from collections.abc import Iterator

from core.charts.units import count, percent
from core.models.readout import Readout
from core.reports import report_lines as lines
from core.reports.reading import metrics
from core.reports.report_content import ReportContent
from core.reports.report_document import Block, Points, Section, Words
from core.reports.report_tables import PaperTable, interval_words
from core.reports.result_table import result_table
from core.reports.words import metric_words

_TESTS = (
    (
        "Shares and means: Welch's t on sums, sums of squares and counts (Welch 1947); exact or "
        "score intervals where events are few (Miettinen and Nurminen 1985)."
    ),
    (
        "Relative lift: Fieller's interval on the same pivot (Fieller 1954), so that it leaves out "
        "0 just when that of the difference does. Ratios: the delta method (Deng et al. 2018)."
    ),
    (
        "Groups on the metric that decides are corrected by Holm (1979); other metrics and all "
        "segments by Benjamini and Hochberg (1995). Guardrails keep their error: harm is not "
        "corrected away."
    ),
    (
        "Group sizes: one chi-square against the plan, failed below p 0.001. Segments are drawn "
        "towards their average by as much as their noise asks for (Efron and Morris 1975)."
    ),
    (
        "Traits: least squares of the response on one trait with one intercept a group and HC1 "
        "errors (MacKinnon and White 1985); intervals and p hold for all traits together "
        "(Bonferroni)."
    ),
)
_ASSIGNED = (
    "Groups: in each segment customers are ordered by sha256(salt:customer_id) and the order is "
    "cut by exact quotas. Anybody can recompute it from the ids and the salt."
)


_ONLY_HERE = (
    "The result holds for these customers and this send, counted by what was assigned; it does not "
    "say what another list, season or offer would bring."
)
_EXPLORATORY = "Segments and traits are exploratory: places to look for ideas, not proof."


def method_sections(content: ReportContent) -> Iterator[Section]:
    """How it was to be judged, and how it was computed."""
    card = lines.card_lines(content.campaign, content.experiment)
    left = content.experiment.excluded if content.experiment else ()
    blocks: list[Block] = [Points(tuple(card))]
    if left:
        rows = tuple((each.reason, count(each.customers)) for each in left)
        header = ("Why", "Customers")
        blocks.append(PaperTable("Left out before assignment", header, rows, texts=("Why",)))
    yield Section("card", "How it was to be judged", tuple(blocks))
    yield Section("method", "Method", tuple(_method(content)))


def _method(content: ReportContent) -> Iterator[Block]:
    readout = content.readout
    if readout is not None:
        yield Points(tuple(lines.method_lines(readout)))
        yield from _definitions(content, readout)
        yield Words(("Tests and corrections:",))
        yield Points(_TESTS)
    experiment = content.experiment
    if experiment is not None and not content.campaign.imported:
        yield Words((_ASSIGNED,))
    yield _names(content)
    if content.packages:
        header = ("Package", "Version")
        yield PaperTable("What computed the numbers", header, content.packages, texts=header)


def _definitions(content: ReportContent, readout: Readout) -> Iterator[Block]:
    """Every metric, and every column of its table with its meaning."""
    for metric in metrics(readout)[:1]:
        table = result_table(readout, metric, content.arm_labels)
        rows = tuple((column.heading, column.definition) for column in table.columns)
        header = ("Number", "What it is")
        title = f"Definitions, as for {metric_words(metric)}"
        yield PaperTable(title, header, rows, texts=header)


def _names(content: ReportContent) -> PaperTable:
    """The hashes and the key: whoever has the same things gets the same numbers."""
    rows = [("Dataset SHA-256", content.dataset_sha256)]
    experiment = content.experiment
    if experiment is not None:
        rows.append(("Assignments SHA-256", experiment.assignments_sha256))
        rows.append(("Assignment key (salt)", experiment.salt or "none, imported"))
        shares = ", ".join(f"{arm.name} {percent(arm.weight)}" for arm in experiment.arms)
        rows.append(("Planned shares", shares))
    rows += content.hashes
    header = ("Thing", "Name")
    return PaperTable("Names of what the numbers rest on", header, tuple(rows), texts=header)


def limit_lines(content: ReportContent) -> list[str]:
    """What the result does not say."""
    readout = content.readout
    if readout is None:
        return ["Nothing is measured yet, so nothing here says whether the messages work."]
    said = [
        _ONLY_HERE,
        f"{_EXPLORATORY} {interval_words(readout)}",
    ]
    if content.simulated:
        said.insert(0, "The outcomes are SIMULATED: nothing here says anything about customers.")
    if readout.conclusion.preliminary:
        said.insert(0, "It was read before its day, so it may still turn.")
    if not content.guardrails:
        said.append("No guardrail was registered, so harm elsewhere is not looked for.")
    return said
