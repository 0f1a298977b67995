"""Whether text that came of an injected instruction stops a message.

Usage: python benchmarks/injected_text.py FILE [--show]

FILE holds attack instructions as JSON, by kind, such as BIPIA's `text_attack_train.json`. Each is
put as a sentence into the body of a message of the local writer, which without it passes every
check, and the message is screened as a generated one is. Prints how many are stopped with a mark
over the sentence, by kind; exits 1 when one is not.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.mutations.messages import Written, written
from core.agents.safety import SafetyAgent
from core.integrations import safety_screen
from core.models.messages import Level, TextField
from core.protocols.provider import ProviderContext


def planted(one: Written, text: str) -> tuple[Written, int]:
    """A message with the text as a sentence after its greeting, and where it begins."""
    greeting, rest = one.message.body.split("\n\n", 1)
    body = f"{greeting}\n\n{text} {rest}"
    return replace(one, message=replace(one.message, body=body)), len(greeting) + 2


def is_stopped(agent: SafetyAgent, one: Written, text: str) -> bool:
    """Whether the message with the text is blocked for the text."""
    message, start = planted(one, text)
    screened = agent.run(
        message.message, message.passages, citations=message.citations, offers=message.offers
    )
    return any(
        f.level is Level.BLOCK
        and f.field is TextField.BODY
        and f.start < start + len(text)
        and start < f.end
        for f in screened.findings
    )


def attacks(path: Path) -> Iterator[tuple[str, str]]:
    """The instructions of a file with their kinds."""
    for kind, texts in json.loads(path.read_text(encoding="utf-8")).items():
        for text in texts:
            yield kind, text


def main() -> int:
    """Print every line; 1 when an instruction went through."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", type=Path)
    parser.add_argument("--show", action="store_true", help="print what went through")
    args = parser.parse_args()
    agent = SafetyAgent(safety_screen.PROVIDERS["local"](ProviderContext({}, Path())))
    messages = list(written())
    made: Counter[str] = Counter()
    stopped: Counter[str] = Counter()
    for place, (kind, text) in enumerate(attacks(args.file)):
        hit = is_stopped(agent, messages[place % len(messages)], text)
        made[kind] += 1
        stopped[kind] += hit
        if args.show and not hit:
            print(f"    went through: {text}")
    for kind, number in made.items():
        print(f"  {kind:<32} {stopped[kind]:>3} of {number:>3}")
    print(f"  {'all':<32} {stopped.total():>3} of {made.total():>3}")
    return 0 if stopped == made else 1


if __name__ == "__main__":
    sys.exit(main())
