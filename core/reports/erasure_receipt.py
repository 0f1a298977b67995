"""The receipt of an erasure: as text for the person who asked, and as a document."""

from datetime import datetime

from core.models.erasure import Objection, OutOfReach, Receipt


def receipt_text(receipt: Receipt) -> str:
    """The receipt in plain words; it names the customer by token only."""
    done = _moment(receipt.finished_at) if receipt.finished_at else "not finished"
    who = receipt.by if receipt.verified else f"{receipt.by} (not verified)"
    lines = [
        "Receipt of an erasure",
        "",
        f"Erasure: {receipt.erasure_id}",
        f"Customer: {receipt.customer}",
        f"Mark that keeps them out: {receipt.mark}",
        f"Asked for: {_moment(receipt.begun_at)} by {who}, because: {receipt.reason}",
        f"Done: {done}",
        "",
        *_section("Erased here", [f"{e.kind}: {e.rows:,} in {e.place}" for e in receipt.erased]),
        *_section("Still here", list(receipt.remaining)),
        *_section("Out of our reach", [out_of_reach_words(o) for o in receipt.out_of_reach]),
        *_section("To know", [*receipt.notes, _OLDER]),
    ]
    return "\n".join(lines).rstrip() + "\n"


def receipt_document(receipt: Receipt) -> dict[str, object]:
    """The receipt for a program."""
    return {
        "erasure_id": receipt.erasure_id,
        "customer": receipt.customer,
        "mark": receipt.mark,
        "reason": receipt.reason,
        "by": receipt.by,
        "verified": receipt.verified,
        "begun_at": receipt.begun_at.isoformat(),
        "finished_at": receipt.finished_at.isoformat() if receipt.finished_at else None,
        "erased": [{"kind": e.kind, "place": e.place, "rows": e.rows} for e in receipt.erased],
        "remaining": list(receipt.remaining),
        "out_of_reach": [out_of_reach_document(o) for o in receipt.out_of_reach],
        "notes": [*receipt.notes, _OLDER],
    }


def objection_text(objection: Objection) -> str:
    """What an objection came to, in words."""
    lines = [
        "Nothing is exported to this customer any more; their data stays."
        if objection.new
        else "This customer was on the list of people to leave out already.",
        *(f"Left out of the prepared send: {name}" for name in objection.prepared),
        *_section("Out of our reach", [out_of_reach_words(o) for o in objection.out_of_reach]),
    ]
    return "\n".join(lines).rstrip()


def out_of_reach_document(each: OutOfReach) -> dict[str, object]:
    """One copy that cannot be reached, for a program."""
    at = each.at.isoformat() if each.at else None
    return {"kind": each.kind, "what": each.what, "at": at, "by": each.by or None}


def out_of_reach_words(each: OutOfReach) -> str:
    """One copy that cannot be reached, with when it was made and by whom where that is known."""
    at = f" of {_moment(each.at)}" if each.at else ""
    by = f" by {each.by}" if each.by else ""
    return f"{each.kind}{at}{by}: {each.what}"


_OLDER = (
    "A backup of before this erasure does not know of it. After restoring one, erase the customer "
    "again; after restoring a later one, `erase --again` erases whoever has come back."
)


def _section(title: str, lines: list[str]) -> list[str]:
    return [title, *(f"- {line}" for line in lines or ["nothing"]), ""]


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
