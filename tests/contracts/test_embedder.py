"""What every embedder must do: the real model on this machine, the real client over loopback."""

import json
import re

import numpy as np
import pytest

from core.errors import ConfigInvalid, FailureKind, ProviderRejected, ProviderUnavailable
from core.integrations.embedder import PROVIDERS
from core.protocols.patience import ServiceLimits
from core.protocols.provider import ProviderContext
from tests.models import sentence_model
from tests.servers.faults import ANY
from tests.servers.openai_server import OpenAIServer
from tests.servers.replies import Reply, embeddings_of
from tests.servers.ways_in import WAYS, context_for, engine_of, server_for

MODEL = "test-embedding-1"
TEXTS = ["A warm wool sweater.", "Returns within thirty days."]


# For answers that never come; whatever does come has time.
QUICK = ServiceLimits(timeout_s=0.3, connect_s=0.3, request_s=0.5)
UNHURRIED = ServiceLimits(timeout_s=20, connect_s=20, request_s=20)


def environment(server):
    return server.environment | {"OPENAI_EMBEDDING_MODEL": MODEL}


@pytest.fixture
def server():
    with OpenAIServer(models=(MODEL,)) as running:
        yield running


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture(params=["onnx", *WAYS])
def embedder(request, tmp_path):
    if request.param == "onnx":
        folder = sentence_model(tmp_path)
        known = {"CPO_EMBEDDER_FOLDER": str(folder)}
        yield PROVIDERS["onnx"](ProviderContext(known, tmp_path))
        return
    with server_for(request.param, models=(MODEL,)) as running:
        yield PROVIDERS[engine_of(request.param)](context_for(request.param, running))


def test_every_provider_is_tested_here():
    assert set(PROVIDERS) == {"onnx", *(engine_of(way) for way in WAYS)}


def test_each_text_has_one_vector_of_length_one_in_order(embedder):
    vectors = embedder.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape[0] == len(TEXTS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert embedder.embed(TEXTS[::-1])[::-1] == pytest.approx(vectors, abs=1e-3)


def test_the_same_text_has_the_same_vector_alone_and_in_company(embedder):
    many = [f"A text with {'many ' * (i % 7)}words, number {i}." for i in range(40)]
    alone = embedder.embed([many[17]])[0]
    assert embedder.embed(many)[17] @ alone == pytest.approx(1.0, abs=1e-2)
    assert np.array_equal(embedder.embed([many[17]])[0], alone)


def test_texts_about_the_same_thing_are_nearer(embedder):
    wool, knit, tax = embedder.embed(
        ["a warm wool sweater", "a warm wool jumper", "quarterly tax law"]
    )
    assert wool @ knit > wool @ tax


def test_no_texts_have_no_vectors(embedder):
    assert len(embedder.embed([])) == 0


def test_it_has_a_name_and_an_identity(embedder):
    assert embedder.describe()
    assert embedder.identity


@pytest.mark.parametrize(
    ("engine", "known", "words"),
    [
        ("onnx", {}, "name it in CPO_EMBEDDER_FOLDER"),
        ("onnx", {"CPO_EMBEDDER_FOLDER": "/no/such/folder"}, "there is no file model.onnx"),
        ("openai_compatible", {}, "needs OPENAI_BASE_URL"),
        ("openai_compatible", {"OPENAI_BASE_URL": "http://a/v1"}, "needs OPENAI_EMBEDDING_MODEL"),
        (
            "openai_compatible",
            {"OPENAI_BASE_URL": "nonsense", "OPENAI_EMBEDDING_MODEL": "m"},
            "OPENAI_BASE_URL is no address",
        ),
    ],
)
def test_what_is_missing_is_named_when_it_is_built(engine, known, words, tmp_path):
    with pytest.raises(ConfigInvalid, match=words):
        PROVIDERS[engine](ProviderContext(known, tmp_path))


def test_a_file_that_is_no_model_is_named(tmp_path):
    pytest.importorskip("onnxruntime", reason="requirements-vectors.txt is not installed")
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"not a model")
    built = PROVIDERS["onnx"](ProviderContext({"CPO_EMBEDDER_FOLDER": str(tmp_path)}, tmp_path))
    with pytest.raises(ProviderUnavailable, match="Local ONNX model"):
        built.embed(["a"])


def test_another_model_file_is_another_identity(tmp_path):
    def identity(content):
        for name in ("model.onnx", "tokenizer.json"):
            (tmp_path / name).write_bytes(content)
        context = ProviderContext({"CPO_EMBEDDER_FOLDER": str(tmp_path)}, tmp_path)
        return PROVIDERS["onnx"](context).identity

    assert identity(b"one") == identity(b"one") != identity(b"two")


@pytest.mark.parametrize("name", ANY)
def test_each_fault_has_its_error_its_state_and_nothing_stands_in(name, way):
    fault = ANY[name]
    with server_for(way, script=lambda _: fault.reply, models=(MODEL,)) as running:
        limits = QUICK if fault.silent else UNHURRIED
        built = PROVIDERS[engine_of(way)](context_for(way, running, limits=limits))
        with pytest.raises(fault.error, match=fault.words) as caught:
            built.embed(["a"])
        # Neither the library nor anybody else asked again.
        assert len(running.asked) == 1
    assert type(caught.value) is fault.error
    assert caught.value.kind is fault.kind
    assert running.key not in str(caught.value)


ROW = {"object": "embedding", "index": 0, "embedding": [3.0, 4.0]}


def answer(*rows):
    document = {"object": "list", "model": MODEL, "data": list(rows)}
    return Reply(
        raw=json.dumps(document | {"usage": {"prompt_tokens": 1, "total_tokens": 1}}).encode()
    )


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer(), "0 vectors for 1 texts"),
        (answer(ROW, ROW | {"index": 1}), "2 vectors for 1 texts"),
        (answer(ROW | {"index": 7}), "1 vectors for 1 texts"),
        (answer(ROW | {"embedding": [0.0, 0.0]}), "only zeros"),
    ],
)
def test_vectors_that_do_not_fit_the_texts_are_refused(reply, words, server, tmp_path):
    server.script = lambda asked: reply
    built = PROVIDERS["openai_compatible"](ProviderContext(environment(server), tmp_path))
    with pytest.raises(ProviderRejected, match=words) as caught:
        built.embed(["a"])
    assert caught.value.kind is FailureKind.UNUSABLE


def test_each_batch_is_asked_for_with_patience(way):
    class Twice:
        """Asks once more after a failure."""

        def ask(self, once):
            try:
                return once()
            except ProviderUnavailable:
                return once()

    busy = [Reply(status=503, error={"message": "down"})]
    with server_for(way, models=(MODEL,)) as running:
        running.script = lambda asked: (
            busy.pop() if busy else Reply(raw=json.dumps(embeddings_of(asked.body)).encode())
        )
        built = PROVIDERS[engine_of(way)](context_for(way, running, patient=Twice()))
        assert len(built.embed(TEXTS)) == 2
        assert len(running.asked) == 2


def test_the_check_embeds_one_word_and_says_how_long_a_vector_is(embedder):
    assert re.search(r"answered; \d+ numbers", embedder.check())


def test_an_answer_out_of_order_is_put_in_order(server, tmp_path):
    rows = (ROW | {"index": 1, "embedding": [0.0, 2.0]}, ROW)
    server.script = lambda asked: answer(*rows)
    built = PROVIDERS["openai_compatible"](ProviderContext(environment(server), tmp_path))
    assert built.embed(["a", "b"]).tolist() == [pytest.approx([0.6, 0.8]), pytest.approx([0, 1])]


def test_a_wrong_key_is_said_without_the_key(server, tmp_path):
    known = environment(server) | {"OPENAI_API_KEY": "sk-wrong-9876543210"}
    built = PROVIDERS["openai_compatible"](ProviderContext(known, tmp_path))
    with pytest.raises(ProviderRejected, match="OPENAI_API_KEY") as caught:
        built.embed(["a"])
    assert "sk-wrong" not in str(caught.value)


def test_many_texts_are_asked_for_in_batches(server, tmp_path):
    built = PROVIDERS["openai_compatible"](ProviderContext(environment(server), tmp_path))
    assert len(built.embed([f"text {i}" for i in range(300)])) == 300
    assert [len(asked.body["input"]) for asked in server.asked] == [128, 128, 44]


@pytest.mark.parametrize(
    ("headers", "logged"),
    [
        ({"x-request-id": "req-1"}, "req-1"),
        ({"apim-request-id": "apim-1"}, "apim-1"),
        ({"x-ms-request-id": "ms-1"}, "ms-1"),
        ({"x-request-id": "a text of somebody, not a name"}, ""),
        ({}, ""),
    ],
)
def test_each_answer_is_logged_with_the_id_of_the_service_and_without_texts(
    headers, logged, server, tmp_path, caplog
):
    server.script = lambda asked: Reply(
        raw=json.dumps(embeddings_of(asked.body)).encode(), headers=headers
    )
    embedder = PROVIDERS["openai_compatible"](ProviderContext(environment(server), tmp_path))
    with caplog.at_level("INFO", logger="core"):
        embedder.embed(TEXTS)
    (record,) = [r for r in caplog.records if hasattr(r, "request_id")]
    assert (record.request_id, record.status) == (logged, 200)
    assert not [text for text in (*TEXTS, "somebody") if text in caplog.text]
