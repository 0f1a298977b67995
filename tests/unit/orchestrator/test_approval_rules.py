"""The rules for the number of approvers, as a file and as words; errors name the line."""

import pytest

from core.errors import ConfigInvalid
from core.models.approval_rules import ApprovalFacts, ApprovalRule, ApprovalRules
from core.orchestrator.config import CONFIG
from core.orchestrator.yaml_file import read_yaml

RULES = ApprovalRules(
    rules=(
        ApprovalRule(2, discount_above=25),
        ApprovalRule(2, severity_from=2),
        ApprovalRule(3, discount_above=25, audience_above=10_000),
    )
)


@pytest.mark.parametrize(
    ("facts", "approvers", "because"),
    [
        (ApprovalFacts(25, 50_000, 0), 1, ""),
        (ApprovalFacts(25.5, 100, 0), 2, "the discount is above 25 %"),
        (ApprovalFacts(0, 100, 2), 2, "a harm score is 2 or more"),
        (
            ApprovalFacts(30, 10_001, 6),
            3,
            "the discount is above 25 % and more than 10,000 customers may get it",
        ),
        (ApprovalFacts(30, 10_000, 6), 2, "the discount is above 25 %"),
    ],
)
def test_the_strictest_rule_that_holds_counts(facts, approvers, because):
    needed = RULES.needed(facts)
    assert (needed.approvers, needed.because) == (approvers, because)


def test_the_rules_that_ship_ask_two_people_for_a_large_discount():
    shipped = read_yaml(CONFIG / "approval_rules.yaml", ApprovalRules)
    assert shipped.needed(ApprovalFacts(25.1, 1, 0)).approvers == 2
    assert shipped.needed(ApprovalFacts(15, 31_999, 0)).approvers == 1
    assert shipped.categories[-1] == "other"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("rules:\n  - approvers: 2\n", 2, "name a condition"),
        ("approvers: 0\n", 1, "greater than or equal to 1"),
        ("approvers: 1\nrules:\n  - discount: 25\n    approvers: 2\n", 3, "unknown key 'discount'"),
        ("rules:\n  - discount_above: many\n    approvers: 2\n", 2, "valid number"),
        ("rules:\n  - discount_above: 120\n    approvers: 2\n", 2, "less than or equal to 100"),
        ("rules:\n  - severity_from: 8\n    approvers: 2\n", 2, "less than or equal to 7"),
        ("rules:\n  - severity_from: 2\n    approvers: 9\n", 3, "less than or equal to 5"),
        ("categories: []\n", 1, "at least 1 item"),
        ("undo_seconds: -1\n", 1, "greater than or equal to 0"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_line(tmp_path, text, line, said):
    file = tmp_path / "approval_rules.yaml"
    file.write_text(text)
    with pytest.raises(ConfigInvalid, match=rf"approval_rules\.yaml line {line}: .*{said}"):
        read_yaml(file, ApprovalRules)
