"""The brief: its hash, whether it is the one in the trail, and the key that follows from it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from core.reports.verifier.pack import Pack, Report

CAMPAIGN = "campaign.json"
KEY_LENGTH = 32


def check_brief(pack: Pack, report: Report, entries: list[Any], plan: Any) -> None:  # noqa: ANN401
    """That the brief has its hash; whether trail and key rest on it, which is said either way.

    A brief written by an older version of the product had fewer fields, and so another hash.
    """
    campaign = pack.json(CAMPAIGN)
    text = json.dumps(campaign["brief"], sort_keys=True)
    made = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if made != campaign["brief_sha256"]:
        report.bad(CAMPAIGN, "the brief is not the one its hash says.")
    told = [json.loads(e["detail"]).get("brief") for e in entries
            if e["subject"] == plan["campaign_id"]]  # fmt: skip
    if made in told:
        report.say("Brief: its hash stands in the audit trail.")
    if not plan["assigned_here"]:
        return
    parts = [plan["campaign_id"], plan["seed"], made, plan["dataset_sha256"]]
    key = hashlib.sha256(json.dumps(parts).encode("utf-8")).hexdigest()[:KEY_LENGTH]
    if key == plan["salt"]:
        report.say("Key: it follows from campaign, seed, brief and data; nobody picked it.")
    else:
        report.say("Key: it does not follow from the brief and the data as they are here.")
