"""Which module knows which command; a module is only imported when its command is asked for."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

# What argparse's subparsers are has no public name.
Register = Callable[[Any], None]

MODULES = {
    "pipeline": ("run", "report", "demo", "doctor"),
    "audit": ("audit",),
    "serving": ("serve", "worker"),
    "backup": ("backup", "restore"),
    "erasing": ("erase", "object"),
    "tracing": ("trace",),
    "people": ("people",),
    "policy": ("policy",),
    "importing": ("import-customers", "suppress"),
    "segments": ("segment",),
    "segment_names": ("segments",),
    "library": ("index-content", "search"),
    "content": ("content",),
    "campaigns": ("campaign",),
    "messages": ("generate", "runs"),
    "control_message": ("control-message",),
    "screening": ("screen", "word-lists"),
    "approvals": ("approvals",),
    "send": ("prepare-send", "export"),
    "sent": ("check-sent",),
    "evidence": ("evidence",),
    "results": ("import-outcomes", "simulate-outcomes", "results", "decide"),
    "watching": ("watch-outcomes",),
    "notebooks": ("notebook",),
    "learning": ("learning",),
    "analyze": ("analyze",),
    "power": ("power",),
}


def registers(arguments: Sequence[str]) -> tuple[Register, ...]:
    """What adds the command that is asked for, or every command where that is not clear."""
    # A word may be a folder that is named like a command; then both modules are imported.
    asked = [m for m, names in MODULES.items() if not set(names).isdisjoint(arguments)]
    return tuple(import_module(f"core.cli.{m}").register for m in asked or MODULES)
