"""Whether a wrong claim is caught, and a right one is let through.

Usage: python benchmarks/claim_mutations.py [--seed N] [--each N] [--show]

Makes messages with the local writer over the demo's documents, makes one thing wrong in each of
many copies, and counts the copies that are blocked with a mark over the wrong place; for something
left out, with a finding that names it. Each is checked against the documents it cites, as a
generated message is, and against all that are valid, as a message edited by hand is. Then the
paraphrases and the false claims of tests/unit/content/data. Exits 1 when a bar is missed.
"""

import argparse
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.mutations.cases import false_claims, paraphrases
from benchmarks.mutations.messages import Written, documents, known, written
from benchmarks.mutations.mutants import Mutant, mutants
from core.content.claim_findings import claim_findings
from core.content.offers import offers_of
from core.content.passages import passages_of
from core.models.messages import Finding, Level

LEAST_CAUGHT = 0.99
MOST_FALSE_ALARMS = 0.03
LEAST_LINKED = 0.90


def blocking(one: Written, mutant: Mutant | None = None) -> list[Finding]:
    """The claim findings of a message, or of a mutant of it, that stop it."""
    parts = one.parts(mutant.message if mutant else None)
    found = claim_findings(parts, one.passages, one.citations, one.offers)
    return [f for f in found if f.level is Level.BLOCK]


def is_caught(one: Written, mutant: Mutant) -> bool:
    """Whether a mutant is blocked for what is wrong with it."""
    found = blocking(one, mutant)
    if mutant.names:
        return any(mutant.names.lower() in f.explanation.lower() for f in found)
    return any(
        f.field is mutant.field and f.start < mutant.end and mutant.start < f.end for f in found
    )


def edited(one: Written) -> Written:
    """The same message as one edited by hand: it may rest on every valid document."""
    own = {p.document_id for p in one.passages}
    every = [d for d in documents().values() if "trap" not in d.metadata or d.document_id in own]
    passages = tuple(p for d in every for p in passages_of(d))
    return replace(one, passages=passages, citations=(), offers=offers_of(every))


def mutation_lines(messages: Sequence[Written], args: argparse.Namespace) -> Iterator[bool]:
    """Print a line per kind of mutant; gives whether all together meet the bar."""
    made: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    rng = random.Random(args.seed)  # noqa: S311 - a repeatable draw, not a secret
    for one in messages:
        for mutant in mutants(one.message, known(), rng, args.each):
            made[mutant.kind] += 1
            hit = is_caught(one, mutant)
            caught[mutant.kind] += hit
            if args.show and not hit:
                shown = mutant.message.part(mutant.field)
                near = shown[max(0, mutant.start - 60) : mutant.end + 60].replace("\n", " ")
                print(f"    missed {mutant.kind} in {one.name}: ...{near}... {mutant.names}")
    for kind, number in made.items():
        print(f"  {kind:<20} {caught[kind]:>5} of {number:>5}  {caught[kind] / number:7.1%}")
    share = caught.total() / made.total()
    print(f"  {'all':<20} {caught.total():>5} of {made.total():>5}  {share:7.2%}  at least 99 %")
    yield share >= LEAST_CAUGHT


def clean_lines(messages: Sequence[Written], *, show: bool) -> Iterator[bool]:
    """Print how many clean messages are blocked, and how long a message takes."""
    seconds, wrong = [], 0
    for one in messages:
        start = time.perf_counter()
        found = blocking(one)
        seconds.append(time.perf_counter() - start)
        wrong += bool(found)
        if show and found:
            print(f"    blocked {one.name}: {[(f.rule, f.text, f.explanation) for f in found]}")
    share = wrong / len(messages)
    print(f"  clean messages blocked {wrong} of {len(messages)}  {share:.1%}  at most 3 %")
    print(f"  median time of a message {statistics.median(seconds) * 1000:.0f} ms")
    yield share <= MOST_FALSE_ALARMS


def case_lines(*, show: bool) -> Iterator[bool]:
    """Print how many hand-written true claims are linked, and false ones caught."""
    linked = [(row, case.linked()) for row, case in paraphrases()]
    good = sum(ok for _, ok in linked)
    print(f"paraphrased true claims linked: {good} of {len(linked)}, at least 90 %")
    caught = [(row, case.caught()) for row, case in false_claims()]
    found = sum(ok for _, ok in caught)
    print(f"false claims written by hand, marked in the right place: {found} of {len(caught)}")
    if show:
        for row, ok in (*linked, *caught):
            if not ok:
                print(f"    {row}")
    yield good >= LEAST_LINKED * len(linked)


def main() -> int:
    """Print every line; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=20261107)
    parser.add_argument("--each", type=int, default=4, help="mutants of a kind per message")
    parser.add_argument("--show", action="store_true", help="print what was missed")
    args = parser.parse_args()
    messages = list(written())
    by_hand = [edited(one) for one in messages]
    met = []
    for name, these in (("documents cited", messages), ("all valid documents", by_hand)):
        print(f"against the {name}:")
        met += list(mutation_lines(these, args))
        met += list(clean_lines(these, show=args.show))
    met += list(case_lines(show=args.show))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
