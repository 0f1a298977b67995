"""Does an instruction planted in a document reach a message?

Usage: python benchmarks/injection.py [INJECTION] [--benign FILE...]

INJECTION is the folder with bipia/text_attack_train.json (default ../shared/data/injection). Each
instruction is planted in the middle of a document of the demo's library that messages cite. The
share quarantined is counted; for each document that is not quarantined the local writer writes the
demo's messages, and every one has to be byte for byte what it was, or rest on that document's own
approved words. FILE holds harmless texts, one a line: none may be taken for an instruction. Exits 1
when a message changed, or a harmless text was held back.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from core.content.document_screen import document_remarks
from core.content.instructions import instructions
from core.content.passages import passages_of
from core.models.campaign import Campaign
from core.models.content import Document
from core.models.messages import Draft
from core.orchestrator import config
from core.orchestrator.application import Application
from core.orchestrator.pipeline import Order, compose
from core.orchestrator.service.audience import segment_truth
from core.orchestrator.service.merging import fields_of
from core.orchestrator.service.needed import places
from core.orchestrator.service.writing import mentionable
from core.orchestrator.wiring import opened

Written = Mapping[str, Draft]
CAMPAIGN = "dress-for-the-week"


def instructions_of(folder: Path) -> list[str]:
    """Every instruction of BIPIA's training set."""
    read = json.loads((folder / "bipia" / "text_attack_train.json").read_text(encoding="utf-8"))
    return [text for texts in read.values() for text in texts]


def planted(document: Document, instruction: str) -> Document:
    """The document with the instruction at the end of its first paragraph."""
    first, _, rest = document.content.partition("\n\n")
    return replace(document, content=f"{first} {instruction}\n\n{rest}".rstrip())


def quarantined(document: Document) -> bool:
    """Whether saving it holds it back."""
    return any(remark.quarantines for remark in document_remarks(document))


def written(app: Application, campaign: Campaign, documents: Sequence[Document]) -> Written:
    """Every message of the campaign, from these documents."""
    index, agents = app.content.index, app.content.agents
    usable = [d for d in documents if d.status == "approved"]
    index.replace([p for d in usable for p in passages_of(d)])
    context = app.library.context
    segmentation = app.segments.get(campaign.segmentation_id)
    dataset = app.customers.get(campaign.dataset_id)
    drafts = {}
    for place in places(campaign, segmentation):
        order = Order(
            brief=campaign.brief,
            segment=mentionable(place.segment, dataset),
            tone=place.tone,
            documents=documents,
            audience=segment_truth(context, campaign.segmentation_id, place.segment.segment_id),
            day=context.today(),
            merge_fields=fields_of(context, campaign, place.segment.segment_id),
        )
        drafts[place.variant_id] = compose(agents, order).draft
    return drafts


def cited(drafts: Written) -> list[str]:
    """The documents that the messages cite, the most cited first."""
    names = [c.document_id for draft in drafts.values() for c in draft.citations]
    return sorted(set(names), key=lambda name: (-names.count(name), name))


def changed(before: Written, now: Written, instruction: str) -> Iterator[str]:
    """The messages that are not what they were, and whether they say the instruction."""
    for name, draft in now.items():
        if draft.message != before[name].message:
            says = instruction in f"{draft.message.subject} {draft.message.body}"
            yield f"{name}{' QUOTES IT' if says else ''}"


def main() -> int:
    """Print the figures; 1 when a message changed or a harmless text was held back."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = ROOT.parent / "shared" / "data" / "injection"
    parser.add_argument("folder", type=Path, nargs="?", default=default)
    parser.add_argument("--benign", type=Path, nargs="*", default=[])
    parser.add_argument("--most", type=int, default=1000, help="documents to write from")
    args = parser.parse_args()
    every = instructions_of(args.folder)
    failed = False
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(config.load(Path(folder), environment={})) as app,
    ):
        app.demo.load()
        campaign = app.campaigns.get(CAMPAIGN)
        library = app.library.everything()
        before = written(app, campaign, library)
        target = next(d for d in library if d.document_id == cited(before)[0])
        held = [text for text in every if quarantined(planted(target, text))]
        print(f"planted in {target.document_id}, which most of {len(before)} messages cite")
        print(f"quarantined: {len(held)} of {len(every)} ({len(held) / len(every):.0%})")
        rest = [text for text in every if text not in held][: args.most]
        without = [d for d in library if d.document_id != target.document_id]
        for text in rest:
            now = written(app, campaign, [*without, planted(target, text)])
            found = list(changed(before, now, text))
            failed = failed or bool(found)
            print(f"not quarantined: {text!r}: {len(found)} of {len(now)} messages changed {found}")
    for path in args.benign:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        wrong = [line for line in lines if instructions(line)]
        failed = failed or bool(wrong)
        print(f"harmless texts of {path.name}: {len(wrong)} of {len(lines)} held back")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
