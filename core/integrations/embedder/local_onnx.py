"""Embeddings on this machine: a sentence model as ONNX with its tokenizer, from one folder.

The folder holds `model.onnx` and `tokenizer.json`. The model takes input_ids, attention_mask and,
if it wants them, token_type_ids, and gives a vector for each token; their mean over the tokens of
a text is its vector, as the sentence-transformers models are trained.
"""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from core.errors import ConfigInvalid, ProviderRejected, ProviderUnavailable
from core.integrations.embedder.vectors import unit
from core.protocols.embedder import Vectors
from core.protocols.provider import ProviderContext

FOLDER = "CPO_EMBEDDER_FOLDER"
_MODEL, _TOKENIZER = "model.onnx", "tokenizer.json"
_NAME = "Local ONNX model"
# Longer texts are cut: the models in use here were trained on 256 tokens, and a passage has fewer.
_MOST_TOKENS = 256
# Few texts at once keep the padding, and with it the time, small.
_BATCH = 16


class _Named(Protocol):
    name: str


class _Encoding(Protocol):
    ids: list[int]
    attention_mask: list[int]


class _Session(Protocol):
    """What is used of onnxruntime's session."""

    def get_inputs(self) -> Sequence[_Named]: ...

    def run(
        self, outputs: None, inputs: dict[str, npt.NDArray[np.int64]]
    ) -> Sequence[npt.NDArray[np.float32]]: ...


class _Tokenizer(Protocol):
    """What is used of the tokenizer."""

    def encode_batch(self, texts: Sequence[str]) -> Sequence[_Encoding]: ...


class _Model(NamedTuple):
    session: _Session
    tokenizer: _Tokenizer


class _Loaded:
    """The model and its tokenizer, read when they are first needed and kept."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self._both: _Model | None = None
        self._identity = ""

    def both(self) -> _Model:
        with self._lock:
            if self._both is None:
                self._both = self._read()
            return self._both

    def identity(self) -> str:
        with self._lock:
            if not self._identity:
                digest = hashlib.sha256()
                for name in (_MODEL, _TOKENIZER):
                    digest.update((self._folder / name).read_bytes())
                self._identity = f"onnx {digest.hexdigest()[:16]} mean {_MOST_TOKENS}"
            return self._identity

    def _read(self) -> _Model:
        try:
            # An extra of its own: who searches by words alone does without.
            import onnxruntime  # noqa: PLC0415
            import tokenizers  # noqa: PLC0415
        except ImportError as error:
            raise ConfigInvalid(
                "The embedder 'onnx' needs the packages onnxruntime and tokenizers; install "
                "requirements-vectors.txt, or set CPO_EMBEDDER to none."
            ) from error
        try:
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            session: Any = onnxruntime.InferenceSession(
                str(self._folder / _MODEL), options, providers=["CPUExecutionProvider"]
            )
            tokenizer: Any = tokenizers.Tokenizer.from_file(str(self._folder / _TOKENIZER))
        # Both libraries raise a bare Exception for a file they cannot read.
        except Exception as error:
            raise ProviderUnavailable(_NAME, f"be read from {self._folder}", str(error)) from error
        tokenizer.enable_truncation(_MOST_TOKENS)
        tokenizer.enable_padding()
        return _Model(session, tokenizer)


@dataclass(frozen=True, slots=True)
class OnnxEmbedder:
    """Mean-pooled token vectors of a local model; nothing leaves the machine."""

    folder: Path
    _loaded: _Loaded = field(repr=False, compare=False)

    @property
    def identity(self) -> str:
        """The hash of model and tokenizer."""
        return self._loaded.identity()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A vector of length 1 for each text, in order."""
        session, tokenizer = self._loaded.both()
        wanted = {name.name for name in session.get_inputs()}
        # Texts of like length side by side; the padding of a batch is the longest of it.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        rows: dict[int, Vectors] = {}
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            encoded = tokenizer.encode_batch([texts[place] for place in places])
            made = _pooled(session, wanted, encoded)
            rows.update(zip(places, made, strict=True))
        return np.stack([rows[place] for place in range(len(texts))]) if rows else _none()

    def check(self) -> str:
        """Embeds one word.

        Raises:
            ProviderFailed: the model cannot be read, or gives no vector.
        """
        return f"{self.describe()} answered; {self.embed(['ready']).shape[1]} numbers"

    def describe(self) -> str:
        """What people call it."""
        return f"{_NAME} {self.folder.name}"


def build(context: ProviderContext) -> OnnxEmbedder:
    """The model in the folder that CPO_EMBEDDER_FOLDER names.

    Raises:
        ConfigInvalid: no folder is named, or a file is missing in it.
    """
    named = context.environment.get(FOLDER, "")
    if not named:
        raise ConfigInvalid(
            f"The embedder 'onnx' needs a folder with {_MODEL} and {_TOKENIZER}; "
            f"name it in {FOLDER}."
        )
    folder = Path(named).expanduser()
    for name in (_MODEL, _TOKENIZER):
        if not (folder / name).is_file():
            raise ConfigInvalid(f"{FOLDER} is {folder}, and there is no file {name} in it.")
    return OnnxEmbedder(folder, _Loaded(folder))


def _pooled(session: _Session, wanted: set[str], encoded: Sequence[_Encoding]) -> Vectors:
    mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
    inputs = {
        "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
        "attention_mask": mask,
        "token_type_ids": np.zeros_like(mask),
    }
    found = session.run(None, {name: value for name, value in inputs.items() if name in wanted})[0]
    if found.ndim == 3:  # one vector a token
        weights = mask[:, :, None].astype(np.float32)
        found = (found * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    try:
        return unit(found)
    except ValueError as error:
        raise ProviderRejected(_NAME, "embed texts", str(error)) from error


def _none() -> Vectors:
    return np.zeros((0, 0), dtype=np.float32)
