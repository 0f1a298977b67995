"""The vectors of passages, each text embedded once."""

from collections.abc import Sequence

from core.errors import ProviderRejected
from core.integrations.content_index.index_rows import embedded_text, text_sha256
from core.models.content import Passage
from core.protocols.embedder import Embedder, Vectors

_BATCH = 64


def embedded(embedder: Embedder, passages: Sequence[Passage]) -> dict[str, Vectors]:
    """The vectors of passages by the hash of their text.

    Raises:
        ProviderFailed: the embedder gave none, or not one for each text.
    """
    texts = {text_sha256(p): embedded_text(p) for p in passages}
    names = list(texts)
    made: dict[str, Vectors] = {}
    for start in range(0, len(names), _BATCH):
        batch = names[start : start + _BATCH]
        rows = embedder.embed([texts[name] for name in batch])
        if len(rows) != len(batch):
            why = f"it gave {len(rows)} vectors for {len(batch)} texts"
            raise ProviderRejected(embedder.describe(), "embed passages", why)
        made |= dict(zip(batch, rows, strict=True))
    return made
