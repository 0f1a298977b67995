"""Every noun that is stored comes back as it was."""

import json
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Table

from core.errors import StorageUnavailable
from core.models.approval import Review
from core.models.campaign import Campaign
from core.models.content import Document
from core.models.customers import Dataset, Segmentation
from core.models.messages import Variant
from core.models.people import Person
from core.models.runs import Run
from core.models.send import Experiment, Export, OutcomesImport, ResultDecision
from core.storage import codec, schema
from tests.storage import nouns

STORED: dict[type, Table] = {
    Person: schema.PEOPLE,
    Dataset: schema.DATASETS,
    Segmentation: schema.SEGMENTATIONS,
    Document: schema.DOCUMENTS,
    Campaign: schema.CAMPAIGNS,
    Variant: schema.VARIANTS,
    Review: schema.REVIEWS,
    Experiment: schema.EXPERIMENTS,
    Export: schema.EXPORTS,
    OutcomesImport: schema.OUTCOMES,
    ResultDecision: schema.RESULT_DECISIONS,
    Run: schema.RUNS,
}


def any_noun() -> st.SearchStrategy[Any]:
    return st.one_of(*[nouns.anything(kind) for kind in STORED])


@settings(max_examples=100, deadline=None)
@given(any_noun())
def test_a_noun_survives_json(noun: Any) -> None:
    text = codec.canonical(noun)
    assert codec.load(type(noun), json.loads(text)) == noun
    assert codec.canonical(codec.load(type(noun), json.loads(text))) == text


@settings(max_examples=100, deadline=None)
@given(any_noun())
def test_a_noun_survives_its_row(noun: Any) -> None:
    table = STORED[type(noun)]
    row = codec.to_row(noun, table)
    assert row.keys() <= set(table.c.keys())
    if codec.PAYLOAD in row:
        row[codec.PAYLOAD] = json.loads(codec.canonical(row[codec.PAYLOAD]))
    assert codec.from_row(type(noun), row | {"number": 1}) == noun  # type: ignore[arg-type]


def test_sets_are_written_in_order_so_that_a_repeat_is_identical() -> None:
    names = frozenset(str(n) for n in range(50))
    assert codec.plain(names) == sorted(names)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (datetime(2026, 1, 1), TypeError),  # noqa: DTZ001 - the point of the case
        (SimpleNamespace(), TypeError),
        (b"bytes", TypeError),
        (float("nan"), ValueError),
        ([1.0, float("inf")], ValueError),
    ],
)
def test_what_json_cannot_say_is_refused(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        codec.canonical(value)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"rows": "many"}, "rows"),
        ({"colour": "red"}, "colour"),
        ({"columns": [{"name": "x", "role": "boss", "kind": "text"}]}, "columns.0.role"),
    ],
)
def test_a_damaged_noun_names_the_field(change: dict[str, object], where: str) -> None:
    with pytest.raises(StorageUnavailable, match=rf"stored Dataset cannot be read: {where}"):
        codec.load(Dataset, codec.dump(nouns.dataset()) | change)


def test_a_missing_field_is_damage_and_a_newer_one_takes_its_default() -> None:
    data = codec.dump(nouns.campaign())
    del data["simulated"]
    assert codec.load(Campaign, data) == nouns.campaign()
    del data["brief"]
    with pytest.raises(StorageUnavailable, match="brief"):
        codec.load(Campaign, data)


def test_a_path_comes_back_as_a_path() -> None:
    export = Export("c1", "generic", Path("out") / "here", ("a.csv",), 3)
    assert codec.load(Export, codec.dump(export)) == export
