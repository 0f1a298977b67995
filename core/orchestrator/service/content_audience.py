"""For how many customers of a segment each document's audience rule holds, asked all at once."""

from collections.abc import Callable, Iterable
from functools import partial

from core.errors import BadInput
from core.models.content import Document
from core.models.customers import Truth
from core.orchestrator.service.audience import named_audience, segment_truth
from core.orchestrator.service.context import Context
from core.rules import columns_of, parse
from core.rules.telling import for_everyone


def told_truth(
    context: Context, segmentation_id: str, segment_id: str, documents: Iterable[Document]
) -> Callable[[str], Truth]:
    """The truth of the documents' rules, and of whether their columns are there, from one query.

    The segment is one of the newest segmentation. Any other rule is counted when it is asked.
    """
    rules = sorted({d.audience for d in documents if not for_everyone(d.audience)})
    asked = tuple(dict.fromkeys(each for rule in rules for each in _questions(rule)))
    counted = named_audience(context, segment_id).count(asked)
    known = {rule: found.truth for rule, found in zip(asked, counted, strict=True)}
    other = segment_truth(context, segmentation_id, segment_id)
    return partial(_looked_up, known, other)


def _looked_up(known: dict[str, Truth], other: Callable[[str], Truth], rule: str) -> Truth:
    return known[rule] if rule in known else other(rule)


def _questions(rule: str) -> tuple[str, ...]:
    """The rule and, for each of its columns, whether it is missing; none for what is no rule."""
    try:
        columns = sorted(columns_of(parse(rule)))
    except BadInput:
        return ()
    return (rule, *(f'"{column}" is missing' for column in columns))
