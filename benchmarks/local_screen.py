"""How much harm, personal data and injection the local screen finds, and what it stops wrongly.

Usage: python benchmarks/local_screen.py [--data DIR] [--no-demo]

Reads public data from DIR (hatecheck, ad_transcripts, sms_spam, injection, presidio_pii); makes the
messages of the demo in a temporary workspace. Exits 1 when a bar is missed, 2 without the data.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.screening import public_texts as public
from benchmarks.speed.lines import Line
from core.content.instructions import instructions
from core.content.personal_data import personal_findings
from core.integrations.safety_screen import local
from core.models.messages import TextField
from core.orchestrator import config
from core.orchestrator.wiring import opened
from core.protocols.provider import ProviderContext

RAISED, STOPPED = 2, 4
# Bars on the texts that nobody looked at while the lists were changed.
LEAST_HATE_RAISED = 0.70
MOST_ADS_STOPPED = 0.01
MOST_MS_PER_1000_CHARACTERS = 100.0


def share(part: int, whole: int) -> str:
    """A count of a whole, with its share."""
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "none"


def hate(data: Path, scan: Callable[[str], int]) -> Iterator[Line | str]:
    """HateCheck by functionality, both halves; only the score for hate counts."""
    halves = public.hate_cases(data)
    scores = [[(case, scan(case.text)) for case in half] for half in halves]
    yield "HateCheck: raised (2 or more) and stopped (4 or more); seen, then kept aside"
    for name in sorted({case.functionality for half in halves for case in half}):
        told = []
        for half in scores:
            of = [score for case, score in half if case.functionality == name]
            told.append(f"{_share(of, RAISED)} {_share(of, STOPPED)} of {len(of):3}")
        yield f"  {name:<28}  {told[0]}   {told[1]}"
    for words, judged in zip(("seen", "kept aside"), scores, strict=True):
        aside = words == "kept aside"
        hateful = [score for case, score in judged if case.hateful]
        harmless = [score for case, score in judged if not case.hateful]
        raised = sum(s >= RAISED for s in hateful)
        bar = f">= {LEAST_HATE_RAISED:.0%}" if aside else ""
        met = not aside or raised >= LEAST_HATE_RAISED * len(hateful)
        yield Line(f"hateful texts raised, {words}", share(raised, len(hateful)), bar, met)
        yield Line(f"  stopped, {words}", _count(hateful, STOPPED))
        yield Line(f"harmless contrasts raised, {words}", _count(harmless, RAISED))
        yield Line(f"  stopped, {words}", _count(harmless, STOPPED))


def benign(data: Path, screen: local.LocalScreen, demo: Sequence[str]) -> Iterator[Line | str]:
    """What is raised and stopped in texts that should pass."""
    yield "Benign texts: raised (2 or more), stopped (4 or more), in any category"
    for halves in (
        public.advertisements(data),
        public.short_messages(data, "ham", "ordinary text messages"),
        public.short_messages(data, "spam", "promotional text messages"),
    ):
        for words, texts in (("seen", halves.seen), ("kept aside", halves.unseen)):
            worst = [screen.scan(text).severity.worst for text in texts]
            stopped = sum(score >= STOPPED for score in worst)
            is_bar = halves.name == "advertisements" and words == "kept aside"
            yield Line(
                f"{halves.name}, {words}: raised; stopped",
                f"{sum(s >= RAISED for s in worst)}; {share(stopped, len(texts))}",
                f"<= {MOST_ADS_STOPPED:.0%}" if is_bar else "",
                not is_bar or stopped <= MOST_ADS_STOPPED * len(texts),
            )
    for name, own in (("demo documents", public.demo_documents(ROOT)), ("demo messages", demo)):
        worst = [screen.scan(text).severity.worst for text in own]
        yield Line(
            f"{name}: raised; stopped",
            f"{sum(s >= RAISED for s in worst)}; {_count(worst, STOPPED)}",
            "0 of all",
            not any(worst),
        )


def injection(data: Path, demo: Sequence[str]) -> Iterator[Line | str]:
    """Instructions found by where they come from, and found where there are none."""
    yield "Instructions to a model, found by the patterns of core/content/instructions.py"
    every: list[str] = []
    for name, texts in public.injections(data).items():
        every += texts
        yield Line(f"  {name}", share(sum(bool(instructions(t)) for t in texts), len(texts)))
    yield Line("all of them", share(sum(bool(instructions(t)) for t in every), len(every)))
    ads = public.advertisements(data)
    for name, clean in (
        ("false alarms: business e-mails", public.clean_mails(data)),
        ("false alarms: advertisements", [*ads.seen, *ads.unseen]),
        ("passages of the demo, 2 of which hold one", public.demo_passages(ROOT)),
        ("false alarms: demo messages", list(demo)),
    ):
        yield Line(name, share(sum(bool(instructions(t)) for t in clean), len(clean)))


def personal(data: Path) -> Iterator[Line | str]:
    """Personal data found by kind; a span counts as found when a finding overlaps it."""
    yield "Personal data of presidio's generated texts: spans found"
    marked, found, needless = Counter[str](), Counter[str](), 0
    for each in public.marked_personal_data(data):
        findings = personal_findings(each.text, TextField.BODY)
        for kind, start, end in each.spans:
            marked[kind] += 1
            found[kind] += any(f.start < end and start < f.end for f in findings)
        needless += sum(
            not any(f.start < end and start < f.end for _, start, end in each.spans)
            for f in findings
        )
    for kind, number in marked.most_common():
        yield Line(f"  {kind.lower().replace('_', ' ')}", share(found[kind], number))
    yield Line("findings that overlap no marked span", str(needless))
    ads = public.advertisements(data)
    texts = [*ads.seen, *ads.unseen]
    alarms = sum(bool(personal_findings(t, TextField.BODY)) for t in texts)
    yield Line("advertisements with a telephone number or address", share(alarms, len(texts)))


def speed(data: Path, screen: local.LocalScreen) -> Iterator[Line | str]:
    """Processor time of the harm scores."""
    yield "Time"
    texts = public.advertisements(data).unseen
    spent = []
    for text in texts:
        begun = time.process_time()
        screen.scan(text)
        spent.append(1000 * (time.process_time() - begun))
    per_1000 = 1000 * sum(spent) / sum(map(len, texts))
    middle, late = statistics.median(spent), statistics.quantiles(spent, n=20)[-1]
    yield Line("an advertisement: median; 95th percentile", f"{middle:.1f}; {late:.1f} ms")
    yield Line(
        "1,000 characters",
        f"{per_1000:.1f} ms",
        f"<= {MOST_MS_PER_1000_CHARACTERS:.0f}",
        per_1000 <= MOST_MS_PER_1000_CHARACTERS,
    )


def demo_messages() -> list[str]:
    """Every message of the demo's next mailing, written anew in a workspace of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(config.load(Path(folder), environment={}), execute=True) as app,
    ):
        app.demo.load()
        marketer = app.people.get("marketer")
        campaign = next(c for c in app.campaigns.everything() if not c.imported)
        run = app.messages.generate(campaign.campaign_id, by=marketer)
        app.messages.wait(run.run_id, timeout_s=600)
        written = app.messages.variants(campaign.campaign_id)
    return ["\n\n".join(v.message.part(field) for field in TextField) for v in written]


def report(data: Path, demo: Sequence[str]) -> Iterator[Line | str]:
    """Every line of the table."""
    screen = local.build(ProviderContext({}, data))
    yield from hate(data, lambda text: screen.scan(text).severity.hate)
    yield from benign(data, screen, demo)
    yield from injection(data, demo)
    yield from personal(data)
    yield from speed(data, screen)


def main() -> int:
    """Prints the table; 1 when a bar is missed, 2 when the data is not there."""
    asked = _arguments()
    if not (asked.data / "hatecheck").is_dir():
        print(f"There is no public data in {asked.data}; name its folder with --data.")
        return 2
    met = True
    for line in report(asked.data, [] if asked.no_demo else demo_messages()):
        print(line, flush=True)
        met = met and (isinstance(line, str) or line.met)
    return 0 if met else 1


def _share(scores: Sequence[int], least: int) -> str:
    return f"{sum(s >= least for s in scores) / len(scores):4.0%}" if scores else "   -"


def _count(scores: Sequence[int], least: int) -> str:
    return share(sum(score >= least for score in scores), len(scores))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--no-demo", action="store_true", help="leave out the demo's messages")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
