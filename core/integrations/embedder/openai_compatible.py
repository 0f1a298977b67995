"""Embeddings from any endpoint that speaks OpenAI's protocol (`POST /embeddings`)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from openai import APIConnectionError, APIStatusError, OpenAI, OpenAIError

from core.errors import ProviderFailed, ProviderRejected, ProviderUnavailable
from core.integrations.embedder.vectors import unit
from core.integrations.openai_address import openai_address
from core.protocols.embedder import Vectors
from core.protocols.provider import ProviderContext

_TASK = "embed texts"
# A search waits for it, and a person for the search.
_TIMEOUT_S = 30.0
_RETRIES = 2
# Endpoints refuse more than 2,048 texts at once; less keeps a retry cheap.
_BATCH = 128
_ADVICE = {
    401: "it does not accept the key (401); check OPENAI_API_KEY",
    403: "this key may not use the model (403); ask whoever gave it to you",
    404: "it knows no such model or address (404); check OPENAI_EMBEDDING_MODEL and "
    "OPENAI_BASE_URL",
}


@dataclass(frozen=True, slots=True)
class OpenAICompatibleEmbedder:
    """The embeddings of one model at one endpoint."""

    client: OpenAI
    model: str

    @property
    def identity(self) -> str:
        """The endpoint and the model."""
        return f"{self.client.base_url} {self.model}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A vector of length 1 for each text, in order."""
        rows = [row for batch in _batches(texts) for row in self._rows(batch)]
        if not rows:
            return np.zeros((0, 0), dtype=np.float32)
        try:
            return unit(np.array(rows, dtype=np.float32))
        except (ValueError, TypeError) as error:  # also vectors of different lengths
            raise ProviderRejected(self.describe(), _TASK, str(error)) from error

    def describe(self) -> str:
        """What people call it."""
        return f"embeddings by {self.model}"

    def _rows(self, batch: Sequence[str]) -> list[list[float]]:
        try:
            # Floats, because not every endpoint knows the client's own packed form.
            answer = self.client.embeddings.create(
                model=self.model, input=list(batch), encoding_format="float"
            )
        except APIStatusError as error:
            raise self._status(error) from error
        except APIConnectionError as error:
            why = "there is no connection to it, or it did not answer in time"
            raise ProviderUnavailable(self.describe(), _TASK, why) from error
        except (OpenAIError, json.JSONDecodeError, ValueError) as error:
            why = "its answer is not in the form of the protocol"
            raise ProviderRejected(self.describe(), _TASK, why) from error
        found = {row.index: row.embedding for row in answer.data or ()}
        if sorted(found) != list(range(len(batch))):
            why = f"it gave {len(found)} vectors for {len(batch)} texts"
            raise ProviderRejected(self.describe(), _TASK, why)
        return [found[place] for place in range(len(batch))]

    def _status(self, error: APIStatusError) -> ProviderFailed:
        status = error.status_code
        if status in {408, 409, 429} or status >= 500:
            why = f"it is busy or out of order ({status}); try again later"
            return ProviderUnavailable(self.describe(), _TASK, why)
        why = _ADVICE.get(status, f"it refused the request ({status})")
        return ProviderRejected(self.describe(), _TASK, why)


def build(context: ProviderContext) -> OpenAICompatibleEmbedder:
    """The model OPENAI_EMBEDDING_MODEL at OPENAI_BASE_URL, with OPENAI_API_KEY where one is needed.

    Raises:
        ConfigInvalid: the address or the model is missing, or the address is none.
    """
    found = openai_address(context, job="embedder", model="OPENAI_EMBEDDING_MODEL")
    client = OpenAI(base_url=found.url, api_key=found.key, timeout=_TIMEOUT_S, max_retries=_RETRIES)
    return OpenAICompatibleEmbedder(client, found.model)


def _batches(texts: Sequence[str]) -> list[Sequence[str]]:
    return [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
