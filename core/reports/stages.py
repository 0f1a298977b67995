"""How far customers came, as a table: the same on a page, on paper and in a terminal."""

from dataclasses import dataclass

from core.charts.units import count, p_value
from core.models.readout import Health, Stage
from core.models.stages import ASSIGNED, DELIVERED, EXPORTED, MATCHED, SENT

STAGES = {
    ASSIGNED: "Assigned",
    EXPORTED: "Exported",
    SENT: "Sent",
    DELIVERED: "Delivered",
    MATCHED: "With outcomes",
}
NOT_CONTACTED = "not contacted"


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage: what is said of each group, and whether the groups lost equal shares."""

    stage: str
    groups: dict[str, str]
    test: str


def stage_rows(health: Health) -> tuple[StageRow, ...]:
    """Every stage in order; none where nothing but the assignment is known.

    A share is of the stage before, of an outcome row of everybody assigned.

    Examples:
        >>> from core.models.readout import SampleRatio
        >>> sent = Stage("sent", {"a": 0, "b": 95}, 0.4, True, {"b": 100})
        >>> stages = (Stage("assigned", {"a": 100, "b": 100}), sent)
        >>> health = Health(0, 0, False, SampleRatio(None, None, {}, {}), 0, stages=stages)
        >>> stage_rows(health)[1].groups
        {'a': 'not contacted', 'b': '95 (95 %)'}
    """
    return tuple(_row(stage) for stage in health.stages)


def stage_lines(health: Health) -> list[str]:
    """Every stage after the assignment in one line.

    Examples:
        >>> from core.models.readout import SampleRatio
        >>> sent = Stage("sent", {"a": 90, "b": 95}, 0.4, True, {"a": 100, "b": 100})
        >>> stages = (Stage("assigned", {"a": 100, "b": 100}), sent)
        >>> stage_lines(Health(0, 0, False, SampleRatio(None, None, {}, {}), 0, stages=stages))
        ['Sent: a 90 (90 %), b 95 (95 %); equal loss, p 0.400.']
    """
    return [_line(stage) for stage in health.stages if stage.before]


def stage_words(name: str) -> str:
    """The name of a stage as people see it.

    Examples:
        >>> stage_words("matched"), stage_words("opened_mail")
        ('With outcomes', 'Opened mail')
    """
    words = name.replace("_", " ")
    return STAGES.get(name, words[:1].upper() + words[1:])


def _row(stage: Stage) -> StageRow:
    groups = {arm: _cell(stage, arm) for arm in stage.customers}
    return StageRow(stage_words(stage.name), groups, "" if not stage.before else _test(stage))


def _line(stage: Stage) -> str:
    parts = ", ".join(f"{arm} {_cell(stage, arm)}" for arm in stage.before)
    if not stage.lost:
        parts = f"all {count(sum(stage.before.values()))}"
    return f"{stage_words(stage.name)}: {parts}; {_test(stage)}."


def _cell(stage: Stage, arm: str) -> str:
    reached, before = stage.customers[arm], stage.before.get(arm)
    if before:
        return f"{count(reached)} ({100 * reached / before:.4g} %)"
    if stage.before and not reached:
        return NOT_CONTACTED
    return count(reached)


def _test(stage: Stage) -> str:
    if stage.p_value is None:
        return "not tested" if stage.lost else "nobody lost"
    return f"{'equal' if stage.passed else 'UNEQUAL'} loss, p {p_value(stage.p_value)}"
