"""What to do next, each a rule over the numbers of a read-out and in a closed vocabulary."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.charts.units import count, p_value
from core.models.readout import Decision, Estimate, Readout
from core.reports.guardrails import guardrails
from core.reports.reading import alpha, estimates_of, lift_unit, metric_unit, primary_metric
from core.reports.words import conclusion_reason, first_sentence, metric_words
from core.statistics.power import rounded_up


class Advice(StrEnum):
    """The only things a recommendation can say."""

    WAIT = "Wait"
    USE = "Use"
    DO_NOT_USE = "Do not use"
    KEEP = "Keep what you have"
    REPEAT = "Repeat"
    BY_SEGMENT = "Choose by segment"
    SAME_FOR_ALL = "Send everybody the same group's messages"
    TEST_NEXT = "Test next"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One thing to do, about what, and the numbers it follows from."""

    advice: Advice
    about: str
    because: str

    @property
    def what(self) -> str:
        """What to do, without why."""
        return " ".join(filter(None, (self.advice.value, self.about)))

    @property
    def why(self) -> str:
        """The numbers it follows from, as a sentence."""
        because = self.because.rstrip(".")
        return f"{because[:1].upper()}{because[1:]}."

    @property
    def words(self) -> str:
        """The recommendation as one line."""
        return f"{self.what}: {self.because.rstrip('.')}."


def recommendations(
    readout: Readout | None, specs: Sequence[str] = ()
) -> tuple[Recommendation, ...]:
    """What follows from a read-out, the most important first; one before its day says to wait.

    `specs` are the guardrails as registered.
    """
    if readout is None:
        return (Recommendation(Advice.WAIT, "", "there are no outcomes yet, not measured yet"),)
    found = [*_simulated(readout), *_concluded(readout)]
    settled = not readout.conclusion.preliminary
    if settled and readout.conclusion.decision is not Decision.DO_NOT_TRUST:
        found += [*_worse(readout), *_guarded(readout, specs), *_personal(readout)]
        found += _differing(readout)
    return tuple(dict.fromkeys(found))


def _simulated(readout: Readout) -> Iterator[Recommendation]:
    if readout.health.simulated:
        because = "the outcomes are SIMULATED; what follows is what real outcomes like these say"
        yield Recommendation(Advice.DO_NOT_USE, "this result", because)


def _concluded(readout: Readout) -> Iterator[Recommendation]:
    """What the conclusion itself asks for."""
    found = readout.conclusion
    reason = first_sentence(conclusion_reason(found))
    if found.preliminary:
        yield Recommendation(Advice.WAIT, "for the day of the read-out", reason)
        return
    arm = found.arm or "any group"
    needed = found.needed_per_group
    again = f"with about {count(rounded_up(needed))} customers per group" if needed else ""
    told = {
        Decision.USE: (Advice.USE, arm),
        Decision.BETTER_BUT_TOO_SMALL: (Advice.KEEP, ""),
        Decision.NO_DIFFERENCE: (Advice.KEEP, ""),
        Decision.WORSE: (Advice.DO_NOT_USE, arm),
        Decision.HARM: (Advice.DO_NOT_USE, f"{arm} (guardrail)"),
        Decision.NOT_ENOUGH_DATA: (Advice.REPEAT, again or "with more customers"),
        Decision.DO_NOT_TRUST: (Advice.DO_NOT_USE, "this result (health)"),
    }
    yield Recommendation(*told[found.decision], reason)
    if found.decision is Decision.DO_NOT_TRUST:
        because = "only a test that is sound can answer the question"
        yield Recommendation(Advice.REPEAT, "once its cause is repaired", because)


def _worse(readout: Readout) -> Iterator[Recommendation]:
    """Every group shown to be worse than control, on the interval that decides."""
    for row in _primary(readout):
        bounds = row.lift_interval_adjusted or row.lift_interval
        if bounds is not None and bounds[1] < 0:
            unit = lift_unit(readout, row.metric)
            because = (
                f"its lift on {metric_words(row.metric)} lies below 0 ({unit.interval(bounds)} %)"
            )
            yield Recommendation(Advice.DO_NOT_USE, row.arm, because)


def _guarded(readout: Readout, specs: Sequence[str]) -> Iterator[Recommendation]:
    """Guardrails on which harm is shown, or cannot be ruled out without more customers."""
    for found in guardrails(readout, specs):
        row = found.estimate
        said = f"{metric_words(row.metric)}: {found.words}"
        if found.shown:
            yield Recommendation(Advice.DO_NOT_USE, f"{row.arm} (guardrail)", said)
        elif (row.margin_needed_per_group or 0) > min(row.n, row.n_control):
            needed = count(rounded_up(row.margin_needed_per_group or 0))
            about = f"with about {needed} customers per group"
            yield Recommendation(Advice.REPEAT, about, f"{row.arm} on {said}")


def _personal(readout: Readout) -> Iterator[Recommendation]:
    """Whether choosing by segment pays, where it was asked."""
    worth = readout.personalization
    if worth is None or worth.gain_interval is None:
        return
    unit = metric_unit(readout, worth.metric)
    gain = f"its gain on {metric_words(worth.metric)} is {unit.signed(worth.gain)} "
    gain += f"({unit.interval(worth.gain_interval)}) {unit.label}"
    if worth.gain_interval[0] > 0:
        yield Recommendation(Advice.BY_SEGMENT, "", gain)
        return
    yield Recommendation(
        Advice.SAME_FOR_ALL,
        f"({worth.best_single_arm})" if _better(readout, worth.best_single_arm) else "",
        f"choosing by segment is not shown to be worth it; {gain}",
    )
    if worth.needed_customers:
        about = f"with about {count(rounded_up(worth.needed_customers))} customers in all"
        yield Recommendation(Advice.REPEAT, about, "so many would settle what choosing is worth")


def _differing(readout: Readout) -> Iterator[Recommendation]:
    """Columns by whose values the effect on the metric that decides is shown to differ."""
    for test in readout.heterogeneity:
        p = test.p_value if test.p_adjusted is None else test.p_adjusted
        if test.metric == primary_metric(readout) and p is not None and p < alpha(readout):
            column = test.column.replace("_", " ")
            because = f"the effect differs by {column} (p {p_value(p)}), which is exploratory"
            yield Recommendation(Advice.TEST_NEXT, f"each {column} on its own", because)


def _better(readout: Readout, arm: str) -> bool:
    return arm in better_arms(readout)


def better_arms(readout: Readout) -> tuple[str, ...]:
    """The groups shown to be better than control on the metric that decides, highest first.

    By the interval that the conclusion reads; none where the test is not to be trusted.
    """
    if readout.conclusion.decision is Decision.DO_NOT_TRUST:
        return ()
    shown = [row for row in _primary(readout) if _above_0(row)]
    return tuple(row.arm for row in sorted(shown, key=lambda row: -(row.difference or 0.0)))


def _above_0(row: Estimate) -> bool:
    bounds = row.sequential_interval or row.difference_interval_adjusted or row.difference_interval
    return bounds is not None and bounds[0] > 0


def _primary(readout: Readout) -> list[Estimate]:
    metric = primary_metric(readout)
    return [] if metric is None else estimates_of(readout, metric)
