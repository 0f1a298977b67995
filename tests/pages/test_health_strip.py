"""Whether the numbers can be believed, as a visitor sees it."""

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import SLOW_S
from tests.pages.reading import words

FINISHED = "mens-and-womens-mailing"


def lossy():
    """A page about a send that lost a tenth of one group."""
    from core.models.readout import (  # noqa: PLC0415 - the page runs as a script of its own
        Conclusion,
        Decision,
        Health,
        Readout,
        SampleRatio,
        Stage,
        Timing,
    )
    from ui import health  # noqa: PLC0415

    assigned = {"Nobody": 900, "*mild*": 1000, "urgent": 1000}
    sent = {"Nobody": 0, "*mild*": 990, "urgent": 900}
    before = {"*mild*": 1000, "urgent": 1000}
    found = Health(
        rows=2900,
        units=2900,
        simulated=False,
        srm=SampleRatio(0.4, passed=True, observed=assigned, expected={}),
        duplicates=0,
        warnings=("3 rows of outcomes belong to nobody in this test and were left out.",),
        failures=("The groups lost different shares at the stage sent.",),
        notes=("Equal shares are assumed.",),
        stages=(
            Stage("assigned", assigned),
            Stage("sent", sent, 1e-9, passed=False, before=before),
        ),
    )
    said = Conclusion(Decision.DO_NOT_TRUST, None, "")
    health.strip(Readout(found, (), (), None, Timing(0, 0, 0), said))


def test_loss_is_shown_by_group_and_named():
    visitor = AppTest.from_function(lossy, default_timeout=SLOW_S).run()
    assert not visitor.exception
    seen = words(visitor)
    for said in ("unequal loss: sent", "belong to nobody", "Equal shares are assumed"):
        assert said in seen
    assert visitor.error[0].value == "The groups lost different shares at the stage sent."
    table = visitor.table[0].value
    assert list(table.columns) == ["Stage", "Nobody", "\\*mild\\*", "urgent", "Loss"]
    assert table.iloc[1].tolist() == [
        "Sent", "not contacted", "990 (99 %)", "900 (90 %)", "UNEQUAL loss, p \\< 0.001",
    ]  # fmt: skip
    assert visitor.expander[0].proto.expanded


def test_the_demo_lost_nobody(visit, loaded):
    visitor = visit("results", loaded, "analyst", FINISHED)
    assert not visitor.exception
    assert "nobody lost on the way" in words(visitor)
    assert visitor.table[0].value.iloc[-1].tolist()[0] == "With outcomes"
