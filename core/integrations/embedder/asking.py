"""Vectors from an endpoint of OpenAI's protocol (`POST /embeddings`), wherever it is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from openai import APIConnectionError, APIStatusError, OpenAI, omit
from openai.types import CreateEmbeddingResponse
from pydantic import ValidationError

from core.errors import FailureKind, ProviderRejected
from core.integrations.embedder.vectors import unit
from core.integrations.openai_address import OpenAIAddress
from core.integrations.openai_client import openai_client
from core.integrations.openai_failures import Failing, failing_at
from core.protocols.embedder import Vectors
from core.protocols.patience import Patient
from core.protocols.provider import ProviderContext
from core.protocols.telemetry import MODEL, OPERATION, PROVIDER, TOKENS_IN, note, provider_name

_TASK = "embed texts"
# Endpoints refuse more than 2,048 texts at once; less keeps a retry cheap.
_BATCH = 128


@dataclass(frozen=True, slots=True)
class EndpointEmbedder:
    """The embeddings of one model at one endpoint; each batch is asked for with patience."""

    client: OpenAI = field(repr=False)
    address: OpenAIAddress
    patient: Patient
    dimensions: int | None = None

    @property
    def identity(self) -> str:
        """The endpoint and the model."""
        shortened = f" {self.dimensions}" if self.dimensions else ""
        return f"{self.client.base_url} {self.address.model}{shortened}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A vector of length 1 for each text, in order."""
        rows = [row for batch in _batches(texts) for row in self._asked(batch)]
        if not rows:
            return np.zeros((0, 0), dtype=np.float32)
        try:
            return unit(np.array(rows, dtype=np.float32))
        except (ValueError, TypeError) as error:  # also vectors of different lengths
            raise ProviderRejected(
                self.describe(), _TASK, str(error), kind=FailureKind.UNUSABLE
            ) from error

    def check(self) -> str:
        """Embeds one word, once.

        Raises:
            ProviderFailed: the endpoint did not answer, or not with a vector.
        """
        vector = self._rows(["ready"])[0]
        by = "; signed in by identity" if self.address.keyless else ""
        return f"{self.describe()} at {self.address.place} answered; {len(vector)} numbers{by}"

    def describe(self) -> str:
        """What people call it."""
        return f"embeddings by {self.address.model}"

    def _asked(self, batch: Sequence[str]) -> list[list[float]]:
        return self.patient.ask(lambda: self._rows(batch))

    def _rows(self, batch: Sequence[str]) -> list[list[float]]:
        failing = self._failing()
        engine, model = self.address.engine, self.address.model
        note({OPERATION: "embeddings", PROVIDER: provider_name(engine), MODEL: model})
        try:
            # Floats, because not every endpoint knows the client's own packed form.
            response = self.client.embeddings.with_raw_response.create(
                model=self.address.model,
                input=list(batch),
                encoding_format="float",
                dimensions=self.dimensions or omit,
            )
        except APIStatusError as error:
            raise failing.status(error) from error
        except APIConnectionError as error:
            raise failing.connection(error) from error
        found = _vectors(response.text, failing)
        if sorted(found) != list(range(len(batch))):
            why = f"it gave {len(found)} vectors for {len(batch)} texts"
            raise failing.rejected(why, FailureKind.UNUSABLE)
        return [found[place] for place in range(len(batch))]

    def _failing(self) -> Failing:
        plain = failing_at(self.address, self.describe())
        return Failing(
            plain.provider,
            plain.advice,
            plain.secret,
            _TASK,
            filtered="change the text it objects to",
            later="set limits.embedding.rate_limit in config/azure_config.yaml",
        )


def embedder_at(
    address: OpenAIAddress, context: ProviderContext, dimensions: int | None = None
) -> EndpointEmbedder:
    """The embedder at an address, asked as the settings say."""
    client = openai_client(address, context.azure.limits.embedding, context)
    return EndpointEmbedder(client, address, context.patient, dimensions)


def _vectors(text: str, failing: Failing) -> dict[int, list[float]]:
    """The vectors in a body, by place.

    Raises:
        ProviderUnavailable: the body is broken.
    """
    try:
        answer = CreateEmbeddingResponse.model_validate(json.loads(text))
    except (json.JSONDecodeError, ValidationError) as error:
        raise failing.malformed() from error
    note({TOKENS_IN: answer.usage.prompt_tokens})
    return {row.index: row.embedding for row in answer.data}


def _batches(texts: Sequence[str]) -> list[Sequence[str]]:
    return [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
