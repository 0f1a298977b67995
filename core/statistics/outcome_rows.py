"""Whether the rows of outcomes fit the test: missing, of nobody in it, or from before the send."""

from collections.abc import Iterator

from core.models.stages import OutcomeRows
from core.statistics.evidence import TOO_MANY_SHARE, Evidence


def row_failures(evidence: Evidence) -> Iterator[str]:
    """Says so where more than 1 % of the dated outcomes lie before the send.

    Reference:
        House rule of this product: 1 % is also what may repeat or cross arms.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> cube = Cube(("a", "b"), {}, (), (0, 0), np.full(2, 1000.0), {})
        >>> rows = OutcomeRows(2000, 2000, 1800, dated=200, early=50)
        >>> list(row_failures(Evidence(plan, Profile(2000, 0, 0, {}), cube, (), (), rows)))[0][:55]
        '50 of 200 outcomes with a day lie before the send (25 %'
    """
    rows = evidence.outcomes
    if rows is not None and rows.early > TOO_MANY_SHARE * rows.dated:
        yield (
            f"{_early(rows)} ({100 * rows.early / rows.dated:.3g} %): outcomes before the send are "
            "not its effect, and the file may be of another campaign or time."
        )


def row_warnings(evidence: Evidence) -> Iterator[str]:
    """Says which rows were left out, which may have been lost, and which came too early.

    Reference:
        Counting everybody assigned, a missing outcome as 0, is intention to treat; Gerber and
        Green (2012), "Field Experiments", chapter 7.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> cube = Cube(("a", "b"), {}, (), (0, 0), np.full(2, 1000.0), {})
        >>> rows = OutcomeRows(2000, 2000, 1800, others=1204)
        >>> list(row_warnings(Evidence(plan, Profile(2000, 0, 0, {}), cube, (), (), rows)))
        ['1,204 rows of outcomes belong to nobody in this test and were left out.']
    """
    rows = evidence.outcomes
    if rows is None:
        return
    if rows.others:
        yield (f"{rows.others:,} rows of outcomes belong to nobody in this test and were left out.")
    if rows.missing and not rows.lists_the_active and not rows.events:
        yield (
            f"{_missing(rows)}, but may have been lost: the file also lists {rows.idle:,} "
            "customers who did nothing."
        )
    if 0 < rows.early <= TOO_MANY_SHARE * rows.dated:
        yield f"{_early(rows)}; they count all the same."


def row_notes(evidence: Evidence) -> Iterator[str]:
    """Says why customers without a row count as 0.

    Reference:
        As `row_warnings`.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Cube, Profile
        >>> from core.models.experiment import AnalysisPlan, MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:mean"),))
        >>> cube = Cube(("a", "b"), {}, (), (0, 0), np.full(2, 1000.0), {})
        >>> rows = OutcomeRows(2000, 300, 0)
        >>> list(row_notes(Evidence(plan, Profile(2000, 0, 0, {}), cube, (), (), rows)))[0][:66]
        '1,700 of 2,000 customers have no row in the outcomes and count as '
    """
    rows = evidence.outcomes
    if rows is not None and rows.lists_the_active:
        yield f"{_missing(rows)}: the file lists only customers who did something."
    if rows is not None and rows.events and rows.missing:
        yield (
            f"{rows.missing:,} of {rows.customers:,} customers have no event of any kind and count "
            "as 0: events tell only of those to whom something happened."
        )


def _missing(rows: OutcomeRows) -> str:
    return (
        f"{rows.missing:,} of {rows.customers:,} customers have no row in the outcomes and count "
        "as 0"
    )


def _early(rows: OutcomeRows) -> str:
    return f"{rows.early:,} of {rows.dated:,} outcomes with a day lie before the send"
