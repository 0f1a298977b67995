"""Statements about the reader that may not be sent as they are, with the counts and the repairs."""

from collections.abc import Sequence

from core.content.audience_truth import RULE
from core.content.reader_repairs import offers
from core.models.audience import Counted, CountedStatement
from core.models.customers import Column
from core.models.messages import Finding, Level, Message


def reader_findings(
    message: Message, counted: Sequence[CountedStatement], columns: Sequence[Column] = ()
) -> tuple[Finding, ...]:
    """A finding for each statement that does not hold for everybody; what holds has none."""
    return tuple(_finding(message, each, columns) for each in counted if not each.holds)


def truth_words(counted: Counted) -> str:
    """The count as a person reads it: "true for 0 of 145. 83 Silver, 62 Bronze"."""
    truth = counted.truth
    everybody = truth.true + truth.false + truth.unknown
    if not everybody:
        return "nobody is in the audience"
    said = f"true for {truth.true:,} of {everybody:,}"
    if truth.unknown:
        said += f", unknown for {truth.unknown:,}"
    values = ", ".join(f"{customers:,} {value}" for value, customers in counted.values)
    held = ". ".join(part for part in (values, counted.span) if part)
    return f"{said}. {held}" if held and not truth.always else said


def _finding(message: Message, each: CountedStatement, columns: Sequence[Column]) -> Finding:
    statement = each.statement
    text = message.part(statement.field)
    return Finding(
        RULE,
        Level.REVIEW if statement.soft else Level.BLOCK,
        statement.field,
        statement.start,
        statement.end,
        statement.text,
        why(each),
        truth=each.counted.truth if each.counted else None,
        repairs=offers(text, statement, columns),
    )


def why(each: CountedStatement) -> str:
    """Why a statement may not be sent as it is, or that it may."""
    statement, counted = each.statement, each.counted
    if statement.soft:
        return f"A statement about the reader. {statement.problem}"
    if statement.rule is None:
        return f"A statement about the reader that cannot be counted. {statement.problem}"
    said = truth_words(counted) if counted else "no audience is named, so nobody has counted it"
    said = f"{said[0].upper()}{said[1:]}."
    if statement.silent:
        names = " and ".join(statement.silent)
        return f"{names} may not be mentioned to a customer: nobody has marked it so. {said}"
    if statement.approved and not each.holds:
        return (
            f"{statement.approved} may say this to customers with {statement.rule}, and not all "
            f"readers are. {said}"
        )
    return f"A statement about the reader ({statement.words}). {said}"
