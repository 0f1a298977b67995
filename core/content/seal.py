"""The approval lock: hashes over everything an approval rests on."""

import hashlib
import json
from collections.abc import Sequence

from core.models.approval import Seal
from core.models.content import Document
from core.models.messages import Message


def seal(
    message: Message,
    *,
    audience: str,
    documents: Sequence[Document],
    policy: str,
    prompt: str,
    mail: Sequence[str] = (),
) -> Seal:
    """The seal of one message for one audience.

    Args:
        message: the text exactly as the customer receives it.
        audience: SHA-256 of the segment's customers and their data.
        documents: the cited document versions, in any order.
        policy: SHA-256 of the content policy in force.
        prompt: SHA-256 of the prompts the text was written with.
        mail: the rendered e-mail the text stands in, and where its button leads.
    """
    cited = sorted(
        [d.document_id, d.version, d.sha256, str(d.approved_on), str(d.valid_until), d.status]
        for d in documents
    )
    ends = [d.valid_until for d in documents if d.valid_until is not None]
    return Seal(
        text=text_sha256(message),
        audience=audience,
        sources=_sha256(cited),
        policy=policy,
        prompt=prompt,
        valid_until=min(ends, default=None),
        mail=_sha256(list(mail)),
    )


def text_sha256(message: Message) -> str:
    """The hash of a text exactly as the customer receives it."""
    return _sha256([message.subject, message.preheader, message.body])


def _sha256(parts: object) -> str:
    # JSON keeps the borders between the parts; plain concatenation would not.
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
