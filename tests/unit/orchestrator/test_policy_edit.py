"""A value of a policy file changes in its place; comments and everything else stay."""

import pytest
import yaml

from core.errors import BadInput, ConfigInvalid
from core.orchestrator.config import CONFIG
from core.orchestrator.policy import FILES
from core.orchestrator.policy_edit import with_values

BRAND = (CONFIG / "brand_rules.yaml").read_text()
THRESHOLDS = (CONFIG / "safety_thresholds.yaml").read_text()
APPROVAL = (CONFIG / "approval_rules.yaml").read_text()


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        (THRESHOLDS, "hate.block_at", 6),
        (THRESHOLDS, "violence.review_at", 0),
        (BRAND, "subject_max", 48),
        (BRAND, "grade_max", None),
        (BRAND, "grade_max", 9.5),
        (BRAND, "prohibited", ["one", "two: three", "# four", "five*"]),
        (BRAND, "prohibited", []),
        (BRAND, "names", ["Ünder Bar", "Tolman Row"]),
        (BRAND, "required", ["Terms apply.", "- with a dash"]),
        (BRAND, "disclosures", [{"name": "x", "say": ["One.", "Two."], "when": ["% apr"]}]),
        (APPROVAL, "rules", [{"audience_above": 10, "approvers": 3}]),
        (APPROVAL, "categories", ["tone"]),
        ("subject_max: 60\n", "watched", ["new"]),
        ("hate: {review_at: 2}\n", "violence.block_at", 5),
    ],
)
def test_one_value_changes_and_every_comment_stays(text, key, value):
    made = with_values(text, {key: value}, name="some.yaml")
    before, after = yaml.safe_load(text), yaml.safe_load(made)
    top, _, rest = key.partition(".")
    assert (after[top][rest] if rest else after[top]) == value
    if rest:
        before.get(top, {}).pop(rest, None)
        after[top].pop(rest)
    else:
        before.pop(top, None)
        after.pop(top)
    assert {k: v for k, v in after.items() if v} == {k: v for k, v in before.items() if v}
    comments = [line.partition("#")[2] for line in text.splitlines() if line.startswith("#")]
    assert [c for c in comments if c not in made] == []


@pytest.mark.parametrize("name", FILES.values())
def test_the_same_values_again_change_nothing(name):
    text = (CONFIG / name).read_text()
    content = yaml.safe_load(text)
    flat = {k: v for k, v in content.items() if not isinstance(v, dict)}
    assert with_values(text, flat, name=name) == text


def test_what_is_no_yaml_or_cannot_be_put_there_is_refused():
    with pytest.raises(ConfigInvalid, match="line 1"):
        with_values("[", {"a": 1}, name="some.yaml")
    with pytest.raises((BadInput, ConfigInvalid)):
        with_values("hate: {review_at: 2}\nviolence: 3\n", {"hate.block_at": 5}, name="x.yaml")
