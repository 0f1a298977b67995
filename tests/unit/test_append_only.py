"""No statement of the product changes or removes what is kept for good."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEPT = (
    "audit", "audit_head", "reviews", "variant_revisions", "variant_moves", "result_decisions",
    "comments", "accounts", "policy_versions", "policy_proposals", "policy_decisions",
)  # fmt: skip
# The end of the trail moves on, by one statement, and a trigger lets it move on only.
ALLOWED = {("core/storage/audit.py", "update(AUDIT_HEAD)")}
# Migrations before a table held anything, or that copy it row for row into its new form.
COPIES = {"core/storage/migrations/versions/0006_approvals.py"}

_TABLES = "|".join(KEPT)
_SQL = re.compile(
    rf"\b(UPDATE|DELETE\s+FROM|TRUNCATE(\s+TABLE)?|REPLACE\s+INTO|DROP\s+TABLE|ALTER\s+TABLE)\s+"
    rf"({_TABLES})\b|\bDROP\s+TRIGGER\b|\bDISABLE\s+TRIGGER\b|session_replication_role",
    re.IGNORECASE,
)
_CHANGING = {"update", "delete"}


def statements(text: str) -> Iterator[str]:
    """Every statement in a source that would change or remove a kept row."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (found[0] for found in _SQL.finditer(node.value))
        if isinstance(node, ast.Call):
            yield from _built(node)


def _built(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    targets = [*call.args, *([owner] if owner is not None else [])]
    if name in _CHANGING | {"drop"}:
        for target in targets:
            table = ast.unparse(target).rpartition(".")[2]
            if table.lower() in KEPT:
                yield f"{name}({table})"
    if name == "drop_all":
        yield "drop_all"


FORBIDDEN = [
    ("tx.execute(update(AUDIT).values(actor='x'))", "update(AUDIT)"),
    ("tx.execute(delete(schema.REVIEWS))", "delete(REVIEWS)"),
    ("tx.execute(AUDIT.delete())", "delete(AUDIT)"),
    ("AUDIT_HEAD.drop(tx)", "drop(AUDIT_HEAD)"),
    ("METADATA.drop_all(tx)", "drop_all"),
    ("tx.execute(text('delete  from audit where true'))", "delete  from audit"),
    ("tx.execute(text(f'UPDATE audit SET actor = {x}'))", "UPDATE audit"),
    ("sql = 'TRUNCATE audit'", "TRUNCATE audit"),
    ("sql = 'INSERT OR REPLACE INTO audit VALUES (1)'", "REPLACE INTO audit"),
    ("sql = 'DROP TRIGGER audit_no_update'", "DROP TRIGGER"),
    ("sql = 'SET session_replication_role = replica'", "session_replication_role"),
]


@pytest.mark.parametrize(("source", "found"), FORBIDDEN)
def test_such_a_statement_would_be_found(source: str, found: str) -> None:
    assert list(statements(source)) == [found]


@pytest.mark.parametrize(
    "source",
    [
        "update(VARIANTS)",
        "select(AUDIT)",
        "insert(AUDIT)",
        "'DELETE FROM audit_notes'",
        "known.update(found)",
    ],
)
def test_other_statements_are_left_alone(source: str) -> None:
    assert list(statements(source)) == []


def test_no_statement_of_the_product_changes_what_is_kept() -> None:
    found = {
        (str(path.relative_to(ROOT)), statement)
        for path in sorted((ROOT / "core").rglob("*.py"))
        for statement in statements(path.read_text())
    }
    assert {f for f in found if f[0] not in COPIES} == ALLOWED
