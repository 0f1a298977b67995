"""The tables that travel between modules and files, and the columns they must have."""

CUSTOMER_ID = "customer_id"

SEGMENTS = (CUSTOMER_ID, "segment_id", "confidence")
ASSIGNMENTS = (CUSTOMER_ID, "segment_id", "segment", "arm", "variant_id")
OUTCOMES = (CUSTOMER_ID,)
REJECTS = ("line", "reason", "row")
