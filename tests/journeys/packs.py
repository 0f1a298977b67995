"""Evidence packs as a stranger gets them: unpacked elsewhere and checked by a bare Python."""

import json
import subprocess
import sys
import zipfile

from core.models.evidence import EvidenceWish
from core.orchestrator.service.evidence import Evidence
from core.orchestrator.service.reporting import Reporting


def bare(*arguments):
    """`python3 -I -S`: no package, no environment."""
    words = [sys.executable, "-I", "-S", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def unpacked(pack, folder):
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder)
    return folder


def hold(results, campaign_id, folder, by):
    """Builds the packs of a campaign, with rows and with sums: each holds, and says this read-out.

    Gives what the verifier said of the one with rows.
    """
    service = Evidence(results.context, Reporting(results.context, results))
    said = ""
    for rows in (False, True):
        out = folder / f"pack-{rows}.zip"
        service.build(campaign_id, out, by=by, wish=EvidenceWish(with_outcomes=rows))
        pack = unpacked(out, folder / f"pack-{rows}")
        checked = bare(pack / "verify.py")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        said = checked.stdout
        readout = json.loads((pack / "readout.json").read_text())
        document = json.loads(json.dumps(results.readout(campaign_id).as_document()))
        assert readout["estimates"] == document["estimates"]
        computed = f"{sum(e['difference'] is not None for e in document['estimates'])} estimates"
        assert f"Read-out: {computed}" in said, said
    return said
