"""`verify.py`: the parts of the verifier put together into one file that needs nothing else."""

import ast
from importlib import resources

_PARTS = (
    "itself",
    "pack",
    "student",
    "compare",
    "moments",
    "arms",
    "readout",
    "seals",
    "trail",
    "brief",
    "main",
)
_PACKAGE = "core.reports.verifier"
_HEAD = '''#!/usr/bin/env python3
"""Checks the evidence pack it lies in: `python3 verify.py`, or `python3 verify.py PACK.zip`.

Needs Python 3.9 or newer and nothing else. Ends with 0 when everything holds, else it names the
files and lines that do not. It reads, and writes nothing; README.txt says what it can prove.
"""

from __future__ import annotations

'''


def verifier_source() -> str:
    """The text of `verify.py`, the same for every pack of this version of the product."""
    imports: set[str] = set()
    bodies = []
    for part in _PARTS:
        text = resources.files(_PACKAGE).joinpath(f"{part}.py").read_text(encoding="utf-8")
        bodies.append(_body(text, imports))
    return _HEAD + "\n".join(sorted(imports)) + "\n\n\n" + "\n\n".join(bodies)


def _body(text: str, imports: set[str]) -> str:
    """A part without its imports; those of the standard library are collected."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        module = node.module if isinstance(node, ast.ImportFrom) else None
        if module != "__future__" and not (module or "").startswith(_PACKAGE):
            imports.add(ast.unparse(node))
        for number in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[number] = ""
    return "\n".join(lines).strip("\n") + "\n"
