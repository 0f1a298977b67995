"""Is the test fair? Whom a send would take, and what of its plan deserves a look before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.charts.units import count, percent
from core.models.campaign import Brief
from core.models.send import ArmPlan, Check, Excluded
from core.orchestrator.service.assigning import Plan, arms, rules, segment_tables, with_held
from core.orchestrator.service.context import Context
from core.orchestrator.service.running import RunningTest, running_tests
from core.storage.assignment_table import preview
from core.storage.eligible import Cap

FEWEST_CUSTOMERS = 10
"""Below so many in a group no conclusion is drawn, whatever was found."""

_NOBODY = (
    "are not contacted",
    "Without them nobody could know what would have happened anyway.",
)
_SOMEBODY = (
    "get the control message",
    "Everything is compared with it; what would have happened without any message stays unknown.",
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whom a send would take as things are now.

    `eligible` counts by segment id; `excluded` are left out of it, `shared` take part in another
    test as well, `running` are the other tests that hold customers, and `cap` is the limit of
    messages, None for no limit.
    """

    eligible: Mapping[str, int]
    excluded: tuple[Excluded, ...]
    shared: tuple[Excluded, ...]
    running: tuple[RunningTest, ...]
    cap: Cap | None = None

    @property
    def customers(self) -> int:
        """Everybody who would be assigned."""
        return sum(self.eligible.values())

    @property
    def held(self) -> tuple[Excluded, ...]:
        """Those left out because another test holds them."""
        reasons = {test.words for test in self.running}
        return tuple(each for each in self.excluded if each.reason in reasons)


def outlook(context: Context, plan: Plan) -> Outlook:
    """Whom a send would take, counted; nobody is assigned."""
    with context.read() as connection:
        tests = running_tests(connection, besides=plan.campaign.campaign_id, today=context.today())
    by = rules(context, plan, tests)
    segments = plan.segmentation.segments
    if not (tests or by.global_holdout or by.cap or by.audience.strip()):
        reached = {s.segment_id: s.size if s.reachable is None else s.reachable for s in segments}
        return Outlook(reached, (), (), (), by.cap)
    names = [s.segment_id for s in segments]
    found = preview(*segment_tables(context, plan), names, by)
    sharing = [test for test in tests if test.words not in {held.reason for held in by.held}]
    shared: tuple[Excluded, ...] = ()
    if sharing:
        every = preview(*segment_tables(context, plan), names, with_held(context, by, sharing))
        reasons = {test.words for test in sharing}
        shared = tuple(each for each in every.excluded if each.reason in reasons)
    return Outlook(found.eligible, found.excluded, shared, tests, by.cap)


def readiness(context: Context, plan: Plan) -> tuple[Check, ...]:
    """The lines of the checklist about the test itself; few of them stand in the way."""
    brief, found = plan.campaign.brief, outlook(context, plan)
    chosen = arms(brief, plan.campaign.control)
    return (
        _running(found),
        *_capped(found),
        _control(chosen[-1], found.customers),
        _sizes(chosen, found.customers),
        _card(brief),
    )


def _card(brief: Brief) -> Check:
    missing = [
        *([] if brief.hypothesis.strip() else ["a hypothesis"]),
        *([] if brief.guardrails else ["a guardrail, such as unsubscribes"]),
    ]
    return Check(
        "The decision card is complete",
        not missing,
        f"Missing: {' and '.join(missing)}. Once the send is prepared nothing can be added."
        if missing
        else "Hypothesis, metrics, smallest effect and guardrails are written down.",
        advisory=True,
    )


def _control(control: ArmPlan, customers: int) -> Check:
    held_back = round(customers * control.weight)
    what, why = _NOBODY if control.tone is None else _SOMEBODY
    return Check(
        "There is a control group",
        control.weight > 0,
        f"{percent(control.weight)} of each segment, about {count(held_back)} customers, {what}. "
        f"{why}",
    )


def _sizes(chosen: Sequence[ArmPlan], customers: int) -> Check:
    smallest = min(chosen, key=lambda arm: arm.weight)
    size = round(customers * smallest.weight)
    return Check(
        "Every group is large enough to be read",
        size >= FEWEST_CUSTOMERS,
        f"The smallest is {smallest.name}: {percent(smallest.weight)}, about {count(size)} "
        "customers. The sizes that are found later are tested against these shares.",
        advisory=True,
    )


def _running(found: Outlook) -> Check:
    name = "No customer is in another running test"
    if found.held and not found.customers:
        return Check(
            name,
            passed=False,
            explanation=f"Nobody is left: {_each(found.held)}. Wait until then, or let the brief "
            "share customers with other tests.",
        )
    if found.shared:
        return Check(
            name,
            passed=False,
            explanation=f"{_each(found.shared)}. They take part in both, and what one test does "
            "to them may be counted for the other.",
            advisory=True,
        )
    if found.held:
        return Check(name, passed=True, explanation=f"Left out: {_each(found.held)}.")
    others = len(found.running)
    said = "No other test is running." if not others else "None of the running tests has any."
    return Check(name, passed=True, explanation=said)


def _capped(found: Outlook) -> tuple[Check, ...]:
    """Whom the limit of messages leaves out; no line where there is no limit."""
    if found.cap is None:
        return ()
    held = sum(e.customers for e in found.excluded if e.reason == found.cap.reason)
    left = f"{count(held)} customers are" if held != 1 else "1 customer is"
    everybody = held and not found.customers
    return (
        Check(
            "Nobody gets more messages than the settings allow",
            passed=not everybody,
            explanation=f"{left} {found.cap.reason} and left out."
            + (" Nobody is left: wait until the days have passed." if everybody else ""),
        ),
    )


def _each(excluded: Iterable[Excluded]) -> str:
    return "; ".join(
        f"{count(e.customers)} {'customer is' if e.customers == 1 else 'customers are'} {e.reason}"
        for e in excluded
    )
