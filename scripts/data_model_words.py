"""What no code says of tables and files: what each is for, and what stands in the files.

A test holds the columns of files against those of a workspace.
"""

from core.storage.event_columns import STORED

TABLES = {
    "accounts": "which account of a sign-in service belongs to whom",
    "audit": "the trail of every decision; rows are only added, each bears the hash of the last",
    "audit_head": "the last entry of the trail, so that a cut-off end is seen",
    "campaigns": "`Campaign` with its `Brief`",
    "comments": "what was said about messages",
    "customer_tokens": "whom a token of the trail stands for; an erasure takes the row away",
    "datasets": "`Dataset`: a customer file that was brought in, never its rows",
    "documents": "`Document`: every version of approved content",
    "erased_hashes": "what each table was before an erasure, and after it",
    "erasures": "what was asked to be erased and whether it is done, without an id",
    "experiments": "`Experiment`: what was locked before a send",
    "exports": "what was handed over, for which sender and when",
    "model_calls": "every request to a paid engine: what it may cost before, what it cost after",
    "outcomes": "`OutcomesImport`: files of outcomes that were taken in",
    "people": "`Person`: names and roles",
    "people_seen": "when somebody last opened the app",
    "policy_decisions": "what became of a proposed content policy",
    "policy_proposals": "content policies that were proposed",
    "policy_versions": "every content policy that was in force",
    "result_decisions": "`ResultDecision`: what somebody decided about a result, and why",
    "retrievals": "`Retrieval`: searches, of messages and of people",
    "reviews": "`Review`: every decision about a message",
    "run_variants": "what became of each message of a run",
    "runs": "`Run`: durable work, its progress and its budget",
    "segmentations": "`Segmentation`: versions of segments, their members in a file",
    "sent_checks": "that a received mail was compared with what was approved; never the mail",
    "suggestions": "edits that were suggested, and who took them over",
    "suppressions": "who is left out, as a keyed hash of the id",
    "variant_moves": "how a message came to its state",
    "variant_revisions": "every text a message ever had",
    "variants": "`Variant`: messages as they are now",
    "workers": "processes that carry out runs, and whether they are alive",
    "workspace_settings": "choices of the workspace, and its secrets",
}
"""What each table of the database is for."""

PARQUET = {
    "dataset-*": (
        "customers as they were brought in, every column that was kept",
        ("customer_id",),
    ),
    "segments-*": ("where each customer stands", ("customer_id", "segment_id", "confidence")),
    "assignments-*": (
        "who is in the test, in which group, with which message",
        ("customer_id", "segment_id", "segment", "arm", "variant_id"),
    ),
    "outcomes-*": (
        "what came of each customer: a number for each metric, and how far the send came",
        ("customer_id",),
    ),
    "events-*": (
        "each event once, sorted by its id, where outcomes come as events",
        STORED,
    ),
}
"""Tables as Parquet: what they hold, and the columns that are in each of them."""

JSON = {
    "segments.json": ("customer_id", "segment", "segment_id", "confidence", "features"),
    "variants.json": (
        "variant_id",
        "campaign_id",
        "segment",
        "tone",
        "revision",
        "state",
        "subject",
        "preheader",
        "body",
        "citations",
        "findings",
        "generation",
    ),
    "assignments.json": ("customer_id", "segment", "arm", "variant_id", "assigned_at"),
}
"""The JSON files that other systems read, and the fields of their rows."""
